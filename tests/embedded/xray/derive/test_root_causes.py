"""Root causes of traces that can be followed by hand."""

import json
from typing import Any

from hypothesis import given, strategies as st

from tracing_lab.embedded.xray.derive.processing import process
from tracing_lab.embedded.xray.derive.summaries import summarise

TRACE_ID = "1-6b042ac0-000000000000000000000001"
KEY_ERROR = {"id": "f" * 16, "type": "KeyError", "message": "sku missing"}


def entity(number: int, name: str, **members: Any) -> dict[str, Any]:
    return {"id": f"{number:016x}", "name": name, "start_time": 10.0, "end_time": 11.0, **members}


def called_by(number: int, **members: Any) -> dict[str, Any]:
    return {"parent_id": f"{number:016x}", **members}


def causes_of(*documents: dict[str, Any]) -> tuple[Any, Any, Any]:
    summary = summarise(process(TRACE_ID, documents))
    kinds = ("FaultRootCauses", "ErrorRootCauses", "ResponseTimeRootCauses")
    return tuple(summary[kind] for kind in kinds)


def names(cause: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [
        (one["Name"], [part["Name"] for part in one["EntityPath"]]) for one in cause["Services"]
    ]


def failing_order() -> list[dict[str, Any]]:
    """Return an API whose function failed in its handler; the function itself says error."""
    call = entity(2, "Lambda", namespace="aws", fault=True)
    handler = entity(5, "## handler", fault=True, cause={"exceptions": [KEY_ERROR]})
    fine = entity(6, "DynamoDB")
    return [
        entity(1, "api", origin="AWS::ApiGateway::Stage", fault=True, subsegments=[call]),
        entity(3, "fn", origin="AWS::Lambda", error=True, **called_by(2)),
        entity(4, "fn", error=True, **called_by(3), subsegments=[fine, handler])
        | {"origin": "AWS::Lambda::Function"},
    ]


def test_a_fault_is_followed_from_the_root_to_where_it_arose() -> None:
    (cause,), errors, slow = causes_of(*failing_order())
    expected = [("api", ["api", "Lambda"]), ("fn", ["fn"]), ("fn", ["fn", "## handler"])]
    assert names(cause) == expected
    assert cause["ClientImpacting"] is True
    api, service, function = cause["Services"]
    assert (api["Type"], service["Type"]) == ("AWS::ApiGateway::Stage", "AWS::Lambda")
    assert api["EntityPath"][1] == {"Name": "Lambda", "Exceptions": [], "Remote": True}
    exceptions = function["EntityPath"][1]["Exceptions"]
    assert exceptions == [{"Name": "KeyError", "Message": "sku missing"}]
    assert (errors, slow) == ([], [])


def test_a_fault_that_the_root_does_not_see_does_not_impact_the_client() -> None:
    (cause,), errors, _ = causes_of(
        entity(1, "api"), entity(2, "worker", fault=True, **called_by(1))
    )
    assert names(cause) == [("worker", ["worker"])]
    assert cause["ClientImpacting"] is False
    assert errors == []


def test_a_path_that_begins_within_a_service_names_the_service_first() -> None:
    query = entity(2, "query", fault=True, namespace="remote")
    (cause,), _, _ = causes_of(entity(1, "shop", subsegments=[query]))
    assert names(cause)[0] == ("shop", ["shop", "query"])


def test_an_error_counts_when_it_reaches_the_root() -> None:
    worker = entity(2, "worker", error=True, **called_by(1))
    assert causes_of(entity(1, "api"), worker) == ([], [], [])
    faults, (cause,), _ = causes_of(entity(1, "api", error=True), worker)
    assert faults == []
    assert names(cause) == [("api", ["api"]), ("worker", ["worker"])]


def test_equal_causes_come_once_and_there_are_at_most_ten() -> None:
    same = [entity(number, "call", fault=True) for number in (2, 3)]
    faults, _, _ = causes_of(entity(1, "shop", fault=True, subsegments=same))
    assert len(faults) == 1
    many = [entity(number, f"call {number}", fault=True) for number in range(2, 30)]
    faults, _, _ = causes_of(entity(1, "shop", fault=True, subsegments=many))
    assert len(faults) == 10


def test_a_slow_response_is_followed_along_the_largest_shares() -> None:
    work = entity(4, "compute", end_time=12.0)
    short = entity(5, "store", end_time=10.4)
    call = entity(2, "call", namespace="remote", end_time=12.8)
    _, _, (cause,) = causes_of(
        entity(1, "api", end_time=13.0, subsegments=[call]),
        entity(3, "fn", **called_by(2), subsegments=[short, work]) | {"end_time": 12.5},
    )
    assert names(cause) == [("api", ["api", "call"]), ("fn", ["fn", "compute"])]
    parts = [part for one in cause["Services"] for part in one["EntityPath"]]
    assert [part["Coverage"] for part in parts] == [1.0, 0.933, 0.833, 0.667]
    assert [part["Remote"] for part in parts] == [False, True, False, False]


def test_a_quick_response_has_no_cause_however_long_its_late_work_takes() -> None:
    late = entity(2, "worker", end_time=60.0, **called_by(1))
    assert causes_of(entity(1, "api", end_time=11.9), late) == ([], [], [])


trees = st.lists(
    st.tuples(
        st.integers(1, 8),
        st.integers(0, 9),
        st.sampled_from([{}, {"fault": True}, {"error": True}]),
        st.sampled_from(["f" * 16, {}, {"exceptions": 1}, {"exceptions": [1, {"type": 1}, {}]}]),
        st.floats(10, 20),
        st.booleans(),
    ),
    max_size=10,
)


@given(trees)
def test_any_trace_with_whatever_parents_has_causes_with_services(
    rows: list[tuple[int, int, dict[str, Any], Any, float, bool]],
) -> None:
    documents = []
    for number, parent, flag, cause, end_s, nested in rows:
        flags = {**flag, "cause": cause}
        inner = {"subsegments": [entity(number + 100, "part", **flags)]} if nested else {}
        above = called_by(parent) if parent else {}
        document = entity(number, f"s{number}", **inner, **above, **flags)
        documents.append(document | {"end_time": end_s})
    for causes in causes_of(*documents):
        json.dumps(causes)
        assert all(one["EntityPath"] for cause in causes for one in cause["Services"])
