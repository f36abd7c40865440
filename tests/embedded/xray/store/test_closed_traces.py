"""A trace takes documents for seven days."""

import json
from typing import Any

DAY_S = 24 * 3600
OLD = "1-6b042ac0-5d09aa705e56bbd015254801"  # of the lab's first second
FOREIGN = "1-00000001-5d09aa705e56bbd015254801"  # made from an id that has no time in it
FUTURE = "1-fffffff1-5d09aa705e56bbd015254801"  # another one


def put(lab: Any, number: int, trace_id: str = OLD) -> list[dict[str, str]]:
    document = {"id": f"{number:016x}", "name": "n", "trace_id": trace_id}
    times = {"start_time": lab.now_s, "end_time": lab.now_s + 1}
    answer = lab.client.put_trace_segments(TraceSegmentDocuments=[json.dumps(document | times)])
    return list(answer["UnprocessedTraceSegments"])


def ids(lab: Any, trace_id: str = OLD) -> list[str]:
    (trace,) = lab.client.batch_get_traces(TraceIds=[trace_id])["Traces"]
    return [one["Id"] for one in trace["Segments"]]


def test_a_trace_is_closed_after_seven_days(xray_lab: Any) -> None:
    assert put(xray_lab, 1) == []
    xray_lab.now_s += 7 * DAY_S
    assert put(xray_lab, 2) == []
    xray_lab.now_s += 7 * DAY_S + 1
    (late,) = put(xray_lab, 3)
    assert (late["Id"], late["ErrorCode"]) == ("0000000000000003", "InvalidSegment")
    assert late["Message"].endswith("the trace is closed for updates")
    assert ids(xray_lab) == ["0000000000000001", "0000000000000002"]


def test_the_first_document_of_a_trace_may_be_of_any_age(xray_lab: Any) -> None:
    for number, days in enumerate((40, 400), 1):
        xray_lab.now_s += days * DAY_S
        assert put(xray_lab, number, f"{OLD[:-1]}{number}") == []


def test_ids_without_a_time_close_like_others(xray_lab: Any) -> None:
    for trace_id in (FOREIGN, FUTURE):
        assert put(xray_lab, 1, trace_id) == []
        assert put(xray_lab, 2, trace_id) == []
    xray_lab.now_s += 8 * DAY_S
    for trace_id in (FOREIGN, FUTURE):
        assert len(put(xray_lab, 3, trace_id)) == 1


def test_the_others_of_a_request_are_taken(xray_lab: Any) -> None:
    put(xray_lab, 1)
    xray_lab.now_s += 8 * DAY_S
    times = {"start_time": xray_lab.now_s, "end_time": xray_lab.now_s}
    texts = [
        json.dumps({"id": f"{number:016x}", "name": "n", "trace_id": trace_id, **times})
        for number, trace_id in ((2, OLD), (3, FOREIGN))
    ]
    answer = xray_lab.client.put_trace_segments(TraceSegmentDocuments=texts)
    assert [one["Id"] for one in answer["UnprocessedTraceSegments"]] == ["0000000000000002"]
    assert ids(xray_lab, FOREIGN) == ["0000000000000003"]
