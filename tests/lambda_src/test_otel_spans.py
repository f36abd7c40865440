"""What handlers with OpenTelemetry share, in memory."""

from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from aws_lambda_powertools import Logger, Metrics
from aws_xray_sdk.core.models.trace_header import TraceHeader
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from hypothesis import given, strategies as st

from shop.frame import service, trace_id
from shop.otel_spans import named_errors, propagate_own_span


class Span:
    """Stands in for OpenTelemetry's span."""

    def __init__(self) -> None:
        self.attributes: dict[str, Any] = {}

    def set_attribute(self, key: str, value: Any) -> None:
        self.attributes[key] = value


class Propagator:
    """Stands in for OpenTelemetry's propagator."""

    def inject(self, carrier: dict[str, Any]) -> None:
        carrier["X-Amzn-Trace-Id"] = "Root=1-2-3;Parent=own"


class Context:
    """Stands in for Lambda's context object."""

    aws_request_id = "r-1"


@pytest.fixture
def on_lambda(monkeypatch: pytest.MonkeyPatch) -> Iterator[BaseClient]:
    """Run as on Lambda, where botocore itself sets the header."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-2-3;Parent=lambda")
    session = botocore.session.Session()
    session.set_credentials("test", "test")
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=1)
    client = session.create_client(
        "events", region_name="us-east-1", endpoint_url="http://127.0.0.1:9", config=config
    )
    yield client
    client.close()


def header_sent_by(client: Any) -> str:
    """Return the trace header of a call to an endpoint where nothing answers."""
    sent: list[Any] = []
    client.meta.events.register(
        "before-send", lambda request, **_: sent.append(request.headers["X-Amzn-Trace-Id"])
    )
    with pytest.raises(EndpointConnectionError):
        client.put_events(Entries=[{"Source": "s", "DetailType": "d", "Detail": "{}"}])
    value = sent[0]
    return str(value, "ascii") if isinstance(value, bytes) else str(value)


@pytest.mark.parametrize("switch, parent", [({}, "lambda"), ({"PROPAGATE_OWN_SPAN": "1"}, "own")])
def test_calls_carry_lambdas_parent_or_if_wanted_their_own_span(
    switch: dict[str, str], parent: str, on_lambda: BaseClient
) -> None:
    propagate_own_span(on_lambda, Propagator(), switch)
    assert header_sent_by(on_lambda) == f"Root=1-2-3;Parent={parent}"


@pytest.mark.parametrize("value", ["", "0", "true"])
def test_no_other_value_switches_the_own_span_on(value: str, on_lambda: BaseClient) -> None:
    propagate_own_span(on_lambda, Propagator(), {"PROPAGATE_OWN_SPAN": value})
    assert header_sent_by(on_lambda).endswith("Parent=lambda")


def test_an_error_names_itself_on_the_span_and_goes_on() -> None:
    span = Span()
    with pytest.raises(KeyError), named_errors(span):
        raise KeyError
    assert span.attributes == {"error": "KeyError"}


def test_work_without_an_error_names_none() -> None:
    span = Span()
    with named_errors(span):
        pass
    assert span.attributes == {}


def test_the_frame_needs_no_tracer(capsys: pytest.CaptureFixture[str]) -> None:
    @service(Logger(service="s"), Metrics(service="s", namespace="n"))
    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        return {**event, "request": context.aws_request_id}

    assert handler({"a": 1}, Context()) == {"a": 1, "request": "r-1"}
    assert capsys.readouterr().out == ""


ID = st.text("0123456789abcdef-", min_size=1)


@given(root=ID, parent=ID, lineage=ID, order=st.permutations([0, 1, 2, 3]))
def test_the_trace_id_is_the_one_that_the_sdk_reads(
    root: str, parent: str, lineage: str, order: list[int]
) -> None:
    parts = [f"Root={root}", f"Parent={parent}", "Sampled=1", f"Lineage={lineage}"]
    header = ";".join(parts[at] for at in order)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("_X_AMZN_TRACE_ID", header)
        assert trace_id() == TraceHeader.from_header_str(header).root == root
