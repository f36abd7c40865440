"""Log lines and metric lines of the services."""

import json
from datetime import UTC, datetime

import pytest

from logs import Logger
from metrics import Metric, Metrics


def test_a_log_line_carries_what_it_is_bound_to() -> None:
    lines: list[str] = []
    log = Logger(
        service="order-service",
        write=lines.append,
        now=lambda: datetime(2026, 11, 23, 10, 0, tzinfo=UTC),
    )
    log.bind(trace_id="1-a", request_id="r-1").info("order created", order_id="o-1")
    assert json.loads(lines[0]) == {
        "timestamp": "2026-11-23T10:00:00.000+00:00",
        "level": "INFO",
        "service": "order-service",
        "message": "order created",
        "trace_id": "1-a",
        "request_id": "r-1",
        "order_id": "o-1",
    }


def test_levels_are_named() -> None:
    lines: list[str] = []
    log = Logger(service="s", write=lines.append)
    log.warning("w")
    log.exception("e")  # noqa: LOG004 (it is no logging.Logger)
    assert [json.loads(line)["level"] for line in lines] == ["WARNING", "ERROR"]


def test_binding_leaves_the_logger_as_it_was() -> None:
    lines: list[str] = []
    log = Logger(service="s", write=lines.append)
    log.bind(trace_id="1-a")
    log.info("m")
    assert "trace_id" not in json.loads(lines[0])


def test_a_message_with_line_ends_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    Logger(service="s").info("one\ntwo", path=object)
    assert capsys.readouterr().out.count("\n") == 1


def test_metrics_are_one_line_in_the_embedded_metric_format() -> None:
    lines: list[str] = []
    metrics = Metrics(service="payment-service", write=lines.append, now_s=lambda: 1795435200.25)
    metrics.emit(
        Metric(name="PaymentsProcessed", value=1),
        Metric(name="PaymentAmount", value=9.5, unit="None"),
        trace_id="1-a",
    )
    assert [json.loads(line) for line in lines] == [
        {
            "trace_id": "1-a",
            "_aws": {
                "Timestamp": 1795435200250,
                "CloudWatchMetrics": [
                    {
                        "Namespace": "TracingLab",
                        "Dimensions": [["service"]],
                        "Metrics": [
                            {"Name": "PaymentsProcessed", "Unit": "Count"},
                            {"Name": "PaymentAmount", "Unit": "None"},
                        ],
                    }
                ],
            },
            "service": "payment-service",
            "PaymentsProcessed": 1,
            "PaymentAmount": 9.5,
        }
    ]
