"""Retries that are to come, from literal documents."""

from typing import Any

import pytest

from tracing_lab.xray_model.retries import PendingRetry, pending_retries

SEGMENT = "4174aefb49d05401"
Document = dict[str, Any]


def attempt(number: int, end_s: float, **flags: bool) -> Document:
    return {"name": f"Attempt #{number}", "start_time": end_s - 1, "end_time": end_s, **flags}


def service(*attempts: Document, status: int = 202, **members: Any) -> Document:
    dwell = {"name": "Dwell Time", "start_time": 9.0, "end_time": 10.0}
    return {
        "id": SEGMENT,
        "name": "payment",
        "origin": "AWS::Lambda",
        "http": {"response": {"status": status}},
        "subsegments": [dwell, *attempts],
        **members,
    }


def run(end_s: float | None, **flags: bool) -> Document:
    end = {"in_progress": True} if end_s is None else {"end_time": end_s}
    document = {"id": "224acacf31b69901", "parent_id": SEGMENT, "origin": "AWS::Lambda::Function"}
    return {**document, "start_time": 10.0, **end, **flags}


def due(*documents: Document, **options: Any) -> list[tuple[int, float]]:
    return [(one.attempts, one.due_s) for one in pending_retries(documents, **options)]


def test_a_failed_attempt_is_repeated_after_a_minute_and_after_two_more() -> None:
    first = attempt(1, 11.0, error=True)
    assert pending_retries([service(first)]) == [PendingRetry("payment", SEGMENT, 1, 71.0)]
    assert due(service(first, attempt(2, 80.0, fault=True))) == [(2, 200.0)]
    assert due(service(first, attempt(2, 80.0, error=True), attempt(3, 201.0, error=True))) == []


def test_a_success_is_not_repeated() -> None:
    assert due(service(attempt(1, 11.0))) == []
    assert due(service(attempt(1, 11.0, error=True), attempt(2, 80.0))) == []
    assert due(service()) == []


def test_a_synchronous_call_is_not_repeated() -> None:
    assert due(service(attempt(1, 11.0, error=True), status=200)) == []
    assert due({**service(attempt(1, 11.0, error=True)), "origin": "AWS::EC2::Instance"}) == []


@pytest.mark.parametrize("limit, expected", [(0, []), (1, [(1, 71.0)]), (2, [(1, 71.0)])])
def test_retries_are_limited_as_configured(limit: int, expected: list[tuple[int, float]]) -> None:
    assert due(service(attempt(1, 11.0, error=True)), max_retries=limit) == expected


def test_the_runs_count_where_the_attempts_are_not_written() -> None:
    assert due(service(), run(11.0, error=True)) == [(1, 71.0)]
    assert due(service(), run(11.0)) == []


def test_an_attempt_that_has_begun_is_not_to_come() -> None:
    assert due(service(attempt(1, 11.0, error=True)), run(11.0, error=True), run(None)) == []


def test_events_of_one_trace_come_by_their_time() -> None:
    early = service(attempt(1, 5.0, error=True), id="a" * 16)
    assert due(service(attempt(1, 11.0, error=True)), early) == [(1, 65.0), (1, 71.0)]


@pytest.mark.parametrize(
    "odd",
    [
        {},
        service(subsegments=7),
        service(subsegments=[7, {"name": 7}]),
        service(http=7),
        service(http={"response": 7}),
        service({"name": "Attempt #1", "start_time": "now", "end_time": True, "error": True}),
    ],
)
def test_odd_documents_have_no_retries(odd: Document) -> None:
    assert due(odd) == []
