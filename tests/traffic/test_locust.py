"""A load from several processes: the same orders at the same times, in the same log, by Locust."""

import importlib.util
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from orders_server import created, outputs_at, serving

from tracing_lab.errors import (
    EndpointUnreachableError,
    FireInterruptedError,
    MissingExtraError,
    TrafficError,
)
from tracing_lab.traffic import fire, fire_locust, random_orders, schedule, write_locust_files
from tracing_lab.traffic.load import TrafficLoad
from tracing_lab.traffic.locust_files import answers_from_lines
from tracing_lab.traffic.locust_run import _run
from tracing_lab.traffic.sending import LoadPlan

needs_locust = pytest.mark.skipif(
    importlib.util.find_spec("locust") is None, reason="Locust is an extra"
)
NOWHERE: Any = SimpleNamespace(
    api_endpoint="http://127.0.0.1:9", endpoint_url="http://127.0.0.1:9", api_key="secret-key"
)


def test_the_files_have_the_schedule_the_mix_and_no_api_key(tmp_path: Path) -> None:
    options: dict[str, Any] = {"scenario": "poisson", "orders": 40, "rate": 10.0, "seed": 3}
    made = write_locust_files(NOWHERE, tmp_path / "load", processes=4, bad_share=0.5, **options)
    compile(made.read_text("utf-8"), made.name, "exec")
    text = (made.parent / "load.json").read_text("utf-8")
    load = json.loads(text)
    assert (load["endpoint"], load["processes"]) == ("http://127.0.0.1:9", 4)
    due_s = [order["due_s"] for order in load["orders"]]
    assert due_s == schedule("poisson", orders=40, rate=10.0, seed=3)
    assert [order["number"] for order in load["orders"]] == [*range(40)]
    good = [order for order in load["orders"] if not order["bad"]]
    same = random_orders(40, seed=3)
    assert [order["body"] for order in good] == [same[order["number"]].body for order in good]
    assert 10 <= len(good) <= 30
    assert "secret-key" not in text + made.read_text("utf-8")


@pytest.mark.parametrize(
    "options, part",
    [
        ({"workers": 3}, "workers=3 is a closed loop"),
        ({"processes": 0}, "processes=0 must be a whole number from 1 to 64"),
        ({"processes": True}, "processes=True must be a whole number"),
        ({"rate": -1}, "rate=-1 must be"),
        ({"scenario": "sedate"}, "Did you mean"),
    ],
)
def test_bad_input_is_refused_before_anything_is_written(
    options: dict[str, Any], part: str, tmp_path: Path
) -> None:
    with pytest.raises(TrafficError, match=part):
        write_locust_files(NOWHERE, tmp_path / "load", **options)
    assert not (tmp_path / "load").exists()


def test_without_locust_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "locust", None)  # as where it is not installed
    with pytest.raises(MissingExtraError, match=r"pip install 'tracing-lab\[locust\]'"):
        fire_locust(NOWHERE, orders=1)


def test_results_are_read_as_those_of_fire() -> None:
    orders = random_orders(3, seed=1)
    created_text, header = (
        '{"orderId": "o-1"}',
        "Root=1-6b042ac0-5d09aa705e56bbd015254801;Sampled=0",
    )
    lines = [
        json.dumps([2, "trace-2", 10.0, 10.5, 11.0, 201, created_text, "", header]),
        json.dumps([0, "trace-0", 8.0, 8.0, 9.0, 502, "Bad Gateway", "", None]),
        json.dumps([1, "trace-1", 9.0, 9.0, 9.5, None, "", "ConnectionRefusedError: no", None]),
    ]
    third, first, second = answers_from_lines(lines, orders, sampled=True)
    assert (third.order_no, third.order_id, third.sampled, third.status) == (2, "o-1", False, 201)
    assert (third.scheduled_s, third.sent_s, third.finished_s) == (10.0, 10.5, 11.0)
    assert (first.error, first.sampled) == ("HTTP 502: Bad Gateway", True)
    assert (second.error, second.connected) == ("ConnectionRefusedError: no", False)
    assert [answer.customer_id for answer in (first, second, third)] == [
        order.customer_id for order in orders
    ]


@needs_locust
def test_two_workers_send_what_fire_sends_when_it_is_due() -> None:
    options: dict[str, Any] = {"orders": 40, "rate": 40.0, "seed": 3, "bad_share": 0.2}
    seen: list[tuple[int, int]] = []
    with serving(created) as server:
        log = fire_locust(
            outputs_at(server.server_port),
            processes=2,
            sampled=None,
            id_prefix="locust-",
            progress=lambda *done: seen.append(done),
            **options,
        )
        requests = [*server.requests]
        same = fire(outputs_at(server.server_port), **options)
    assert seen == [(done, 40) for done in range(1, 41)]
    assert [*log.columns] == [*same.columns]
    assert (log.dtypes == same.dtypes).all()
    assert set(log["status"]) == {201}
    pd.testing.assert_frame_equal(log[["customer_id", "bad"]], same[["customer_id", "bad"]])
    due_s = (log["scheduled"] - log["scheduled"].iloc[0]).dt.total_seconds()
    assert due_s.tolist() == pytest.approx([number / 40 for number in range(40)], abs=1e-3)
    assert (log["send_lag_s"] >= 0).all()
    headers = {header for _, header, _ in requests}
    assert headers == {f"Root={trace_id}" for trace_id in log["trace_id"]}
    ids = {body["orderId"] for _, _, body in requests}
    assert ids == {f"locust-{number}" for number in range(40)}


@needs_locust
def test_an_endpoint_that_nobody_serves_is_an_error() -> None:
    with pytest.raises(EndpointUnreachableError, match=r"127\.0\.0\.1:9"):
        fire_locust(NOWHERE, orders=3, rate=50)


@needs_locust
def test_an_interruption_keeps_what_was_answered_and_ends_all_processes() -> None:
    def stop(done: int, _orders: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with serving(created) as server, pytest.raises(FireInterruptedError) as caught:
        fire_locust(outputs_at(server.server_port), orders=2_000, rate=20, progress=stop)
    assert len(caught.value.log) >= 3
    assert set(caught.value.log["status"]) == {201}


@needs_locust
def test_a_locust_that_ends_early_shows_its_last_lines(tmp_path: Path) -> None:
    plan = LoadPlan.of(NOWHERE, TrafficLoad(orders=2))
    (tmp_path / "locustfile.py").write_text("raise RuntimeError('no such luck')\n")
    with pytest.raises(TrafficError, match=r"(?s)after 0 of 2 orders.*no such luck"):
        [*_run(tmp_path, plan, 1)]
