"""Which document of two measured a call."""

import pytest

from tracing_lab.xray_model.calls import observer_of_call, waits_for_callee

TARGET = {"id": "b", "name": "payment", "origin": "AWS::Lambda"}


@pytest.mark.parametrize(
    "kind, waits", [("segment", True), ("subsegment", True), ("inferred", False)]
)
def test_only_what_is_inferred_does_not_wait(kind: str, *, waits: bool) -> None:
    assert waits_for_callee(kind) is waits


@pytest.mark.parametrize(
    "caller, observer",
    [
        ({"id": "a", "name": "Lambda", "namespace": "aws"}, "a"),  # a subsegment in its segment
        ({"id": "a", "name": "payment", "origin": "AWS::Lambda"}, "a"),  # the service's segment
        ({"id": "a", "name": "Events", "inferred": True}, "b"),  # an event bus
    ],
)
def test_an_edge_shows_the_caller_unless_it_is_an_event_service(
    caller: dict[str, object], observer: str
) -> None:
    assert observer_of_call(caller, TARGET)["id"] == observer
