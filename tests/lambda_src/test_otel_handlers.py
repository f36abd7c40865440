"""The four handlers with OpenTelemetry's layer, beside those with the SDK, in processes.

The layer's exporter sends over UDP, and boto3 talks to an EventBridge of the test.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from lambda_zips import EVENTS, FIRST, SECOND, TRACE, Aws, Run, post, running_zips
from otel_layers import VARIABLE, distro_folder
from otel_zips import running_otel_zips

from tracing_lab.package import SERVICES

DISTRO = distro_folder()
pytestmark = pytest.mark.skipif(DISTRO is None, reason=f"{VARIABLE} names no installed distro")


@pytest.fixture(scope="module")
def otel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    assert DISTRO is not None
    with running_otel_zips(tmp_path_factory.mktemp, DISTRO) as aws:
        yield aws


@pytest.fixture(scope="module")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    with running_zips(tmp_path_factory.mktemp) as aws:
        yield aws


def without_times(run: Run) -> list[dict[str, Any]]:
    """Return log lines without what is another each time, or names the place in the code."""
    varying = {"timestamp", "location", "_aws"}
    return [{k: v for k, v in line.items() if k not in varying} for line in run.lines]


@pytest.mark.parametrize("service", SERVICES)
def test_responses_events_log_lines_and_metrics_are_those_of_the_sdks_handlers(
    service: str, otel: Aws, sdk: Aws
) -> None:
    ours, theirs = (aws.function(service).invoke(EVENTS[service]) for aws in (otel, sdk))
    assert ours.returned == theirs.returned
    assert [sent for _, sent in ours.calls] == [sent for _, sent in theirs.calls]
    assert without_times(ours) == without_times(theirs)


@pytest.mark.parametrize("service", SERVICES)
def test_annotations_and_steps_are_those_of_the_sdks_handlers(
    service: str, otel: Aws, sdk: Aws
) -> None:
    ours, theirs = (aws.function(service).invoke(EVENTS[service]) for aws in (otel, sdk))
    for document in theirs.documents:
        name = document["name"].replace("events", "Events")
        same = ours.named(name)
        assert document.get("annotations", {}).items() <= same["annotations"].items()
    names = {document["name"].lower() for document in ours.documents}
    handlers_own = {f"lab-{service}"}
    assert names - handlers_own == {document["name"] for document in theirs.documents}


@pytest.mark.parametrize("own", [False, True])
def test_putevents_carries_lambdas_parent_or_its_own_span(own: bool, otel: Aws) -> None:  # noqa: FBT001
    extra = {"PROPAGATE_OWN_SPAN": "1"} if own else {}
    run = otel.function("order", **extra).invoke(post())
    ((headers, _),) = run.calls
    parent = run.named("Events")["id"] if own else FIRST
    assert headers["X-Amzn-Trace-Id"].startswith(f"Root={TRACE};Parent={parent};Sampled=1")


def test_a_warm_environment_keeps_two_invocations_of_one_trace_apart(otel: Aws) -> None:
    function = otel.function("notification")
    for parent in (FIRST, SECOND):
        header = f"Root={TRACE};Parent={parent};Sampled=1"
        run = function.invoke(EVENTS["notification"], header=header)
        root = run.named("lab-notification")
        assert root["parent_id"] == parent
        assert run.named("send_notifications")["parent_id"] == root["id"]


def test_a_rejected_order_is_the_callers_error_and_no_fault(otel: Aws) -> None:
    run = otel.function("order").invoke(post("{"))
    step = run.named("process_order")
    assert run.returned["statusCode"] == 400
    assert step["annotations"]["error"] == "InvalidRequest"
    assert step["error"]
    assert "fault" not in step


def test_a_failure_names_its_error_and_its_cause(otel: Aws) -> None:
    faults = '{"error_rate": 1, "error_type": "Declined"}'
    run = otel.function("payment", FAULTS=faults).invoke(EVENTS["payment"])
    assert run.outcome["raised"] == "Declined"
    assert run.calls == []
    step = run.named("charge_payment")
    assert (step["fault"], step["annotations"]["error"]) == (True, "Declined")
    (line,) = run.lines
    assert (line["message"], line["error"]) == ("invocation failed", "Declined")


def test_what_is_not_sampled_makes_no_segments(otel: Aws) -> None:
    run = otel.function("order").invoke(post(), header=f"Root={TRACE};Parent={FIRST};Sampled=0")
    assert run.body["traceId"] == TRACE
    assert run.documents == []
    assert run.calls[0][0]["X-Amzn-Trace-Id"].endswith(";Sampled=0")
