"""Root causes as lines, and unusable summaries."""

from typing import Any

import pytest

from tracing_lab.errors import TraceDataError
from tracing_lab.summaries import (
    frame_from_summaries,
)

NOON = 1795435200.0  # 2026-11-23T12:00:00Z


def summary(number: int = 1, **members: Any) -> dict[str, Any]:
    """Make a summary with nothing but an id, a start and what is given."""
    return {"Id": f"1-6b042ac0-{number:024x}", "StartTime": NOON, **members}


def service(name: str, *entities: dict[str, Any]) -> dict[str, Any]:
    return {"Name": name, "Names": [name], "EntityPath": [{"Name": name}, *entities]}


def test_root_causes_read_as_a_line() -> None:
    exceptions = [{"Name": "CardDeclined", "Message": "card o-1 was declined"}]
    charge = {"Name": "charge_payment", "Exceptions": exceptions, "Remote": False}
    slow = {"Name": "Invocation", "Coverage": 0.617, "Remote": False}
    members: dict[str, Any] = {
        "FaultRootCauses": [{"Services": [service("api"), service("payment", charge)]}],
        "ErrorRootCauses": [{"Services": [service("api")]}, {"Services": []}],
        "ResponseTimeRootCauses": [{"Services": [service("api"), service("order", slow)]}],
    }
    row = frame_from_summaries([summary(**members)]).iloc[0]
    declined = "api > payment > charge_payment: CardDeclined: card o-1 was declined"
    assert row["fault_causes"] == (declined,)
    assert row["error_causes"] == ("api", "")
    assert row["response_time_causes"] == ("api > order > Invocation (62%)",)


@pytest.mark.parametrize(
    "members,text",
    [
        ({"Id": None}, 'summary number 0 has no "Id"'),
        ({"Id": ""}, 'summary number 0 has no "Id"'),
        ({"StartTime": "yesterday"}, '"StartTime" is missing or not a time'),
        ({"StartTime": float("nan")}, '"StartTime" is missing or not a time'),
        ({"StartTime": 1e300}, '"StartTime" is missing or not a time'),
        ({"StartTime": True}, '"StartTime" is missing or not a time'),
        ({"Id": "1-xyz-1", "StartTime": None}, '"StartTime" is missing or not a time'),
        ({"MatchedEventTime": []}, '"MatchedEventTime" is missing or not a time'),
        ({"Duration": "1 s"}, '"Duration" is not a number'),
        ({"Duration": True}, '"Duration" is not a number'),
        ({"Duration": -0.001}, '"Duration" is negative'),
        ({"ResponseTime": float("nan")}, '"ResponseTime" is negative or not finite'),
        ({"HasFault": "false"}, '"HasFault" is not true or false'),
        ({"Revision": 2**63}, '"Revision" is beyond 64 bits'),
        ({"Http": {"HttpStatus": -(2**70)}}, '"HttpStatus" is beyond 64 bits'),
        ({"Revision": "1"}, '"Revision" is not a whole number'),
        ({"Http": []}, '"Http" is not an object'),
        ({"Http": {"HttpStatus": "200"}}, '"HttpStatus" is not a whole number'),
        ({"Http": {"HttpURL": 1}}, '"HttpURL" is not a text'),
        ({"EntryPoint": {"Name": 1}}, '"Name" is not a text'),
        ({"Annotations": []}, '"Annotations" is not an object'),
        ({"Annotations": {"a": [1]}}, '"Annotations" is not built as'),
        ({"Annotations": {"a": [{}]}}, '"Annotations" is not built as'),
        (
            {"Annotations": {"a": [{"AnnotationValue": {"x": [1]}}]}},
            '"Annotations" is not built as',
        ),
        ({"ServiceIds": [None]}, '"ServiceIds" is not built as'),
        ({"Users": [{}]}, '"Users" is not built as'),
        ({"FaultRootCauses": [{"Services": [{}]}]}, '"FaultRootCauses" is not built as'),
    ],
)
def test_an_unusable_summary_is_refused_with_its_reason(members: dict[str, Any], text: str) -> None:
    with pytest.raises(TraceDataError, match=text):
        frame_from_summaries([summary() | members])


def test_what_is_no_summary_is_refused() -> None:
    with pytest.raises(TraceDataError, match="summary number 0 is not an object"):
        frame_from_summaries(["1-6b042ac0-5d09aa705e56bbd015254801"])  # type: ignore[list-item]


def test_all_unusable_summaries_are_listed() -> None:
    with pytest.raises(TraceDataError, match=r"\(2 problems\)"):
        frame_from_summaries([summary(1, Duration="x"), summary(2), summary(3, HasFault=1)])
