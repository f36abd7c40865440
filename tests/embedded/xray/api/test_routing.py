"""Requests to the X-Ray API: what they give, page by page, and what is wrong with bad ones."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from api_calls import xray_call
from hypothesis import HealthCheck, given, settings, strategies as st

from tracing_lab.embedded.xray import XRayService

EXAMPLE = json.loads((Path(__file__).parents[3] / "data" / "xray_worked_example.json").read_text())
TRACE_ID = EXAMPLE["trace_id"]
START_S = 1795435200
WINDOW = {"StartTime": START_S, "EndTime": START_S + 600}
BAD_RECORDS: list[tuple[str, dict[str, Any]]] = [
    ("SegmentsSentCount", {"SegmentsSentCount": "1"}),
    ("BackendConnectionErrors", {"BackendConnectionErrors": 1}),
    ("OtherCount", {"BackendConnectionErrors": {"OtherCount": -1}}),
]

Call = Callable[..., dict[str, Any]]


@pytest.fixture
def xray(tmp_path: Path) -> Iterator[XRayService]:
    xray = XRayService(
        tmp_path, region="us-east-1", account_id="123456789012", clock=lambda: 2000.0
    )
    yield xray
    xray.close()


@pytest.fixture
def call(xray: XRayService) -> Call:
    def post(path: str, **members: object) -> dict[str, Any]:
        response = xray.handle(xray_call(path, json.dumps(members).encode()))
        assert response.status == 200, response.body
        return dict(json.loads(response.body))

    return post


def refusal(xray: XRayService, path: str, body: bytes) -> str:
    response = xray.handle(xray_call(path, body))
    assert response.status == 400
    assert dict(response.headers)["x-amzn-ErrorType"] == "InvalidRequestException"
    content = json.loads(response.body)
    assert content["message"] == content["Message"]
    return str(content["message"])


def document(number: int, *, start_s: float, end_s: float) -> str:
    trace_id = f"1-{START_S + number:08x}-{number:024x}"
    times = {"start_time": start_s, "end_time": end_s}
    return json.dumps({"id": f"{number:016x}", "name": "n", "trace_id": trace_id, **times})


@pytest.mark.parametrize("time_in_id", ["4efaaf4d", "fffffff0"])
@pytest.mark.parametrize("kind", [None, "TraceId", "Event", "Service"])
def test_traces_with_random_ids_are_found_by_their_start(
    xray: XRayService, call: Call, kind: str | None, time_in_id: str
) -> None:
    # AWS accepts ids of OpenTelemetry's default generator since October 2023
    trace_id = f"1-{time_in_id}-{1:024x}"
    times = {"start_time": START_S + 1.5, "end_time": START_S + 2}
    xray.ingest([json.dumps({"id": f"{1:016x}", "name": "a", "trace_id": trace_id, **times})])
    chosen = {"TimeRangeType": kind} if kind else {}
    for end_s, found in ((START_S + 1, []), (START_S + 9, [trace_id])):
        answer = call("/TraceSummaries", StartTime=START_S, EndTime=end_s, **chosen)
        assert [one["Id"] for one in answer["TraceSummaries"]] == found


def ids_of(pages: list[dict[str, Any]]) -> list[int]:
    return [int(one["Id"][2:10], 16) - START_S for page in pages for one in page["TraceSummaries"]]


def all_pages(call: Call, **members: object) -> list[dict[str, Any]]:
    pages = [call("/TraceSummaries", **members)]
    while token := pages[-1].get("NextToken"):
        pages.append(call("/TraceSummaries", **members, NextToken=token))
    return pages


def test_documents_that_were_put_come_back_as_a_trace(call: Call) -> None:
    texts = [json.dumps(one) for one in EXAMPLE["raw"]]
    assert call("/TraceSegments", TraceSegmentDocuments=texts) == {"UnprocessedTraceSegments": []}
    answer = call("/Traces", TraceIds=[TRACE_ID])
    (trace,) = answer["Traces"]
    assert (trace["Id"], trace["Duration"], trace["LimitExceeded"]) == (TRACE_ID, 0.95, False)
    names = [json.loads(one["Document"])["name"] for one in trace["Segments"]]
    assert names == [one["name"] for one in EXAMPLE["processed"]]
    assert answer["UnprocessedTraceIds"] == []


def test_good_documents_are_kept_when_others_are_rejected(call: Call) -> None:
    texts = ["[]", document(1, start_s=START_S, end_s=START_S + 1)]
    (entry,) = call("/TraceSegments", TraceSegmentDocuments=texts)["UnprocessedTraceSegments"]
    assert entry["ErrorCode"] == "MissingId"
    assert len(call("/TraceSummaries", **WINDOW)["TraceSummaries"]) == 1


def test_the_summary_of_the_worked_example_is_as_documented(xray: XRayService, call: Call) -> None:
    xray.ingest(json.dumps(one) for one in EXAMPLE["raw"])
    answer = call("/TraceSummaries", **WINDOW)
    (summary,) = answer["TraceSummaries"]
    assert summary["EntryPoint"] == EXAMPLE["summary"]["TraceSummaries"][0]["EntryPoint"]
    assert answer["TracesProcessedCount"] == 1
    assert "NextToken" not in answer


def test_unknown_traces_are_named_and_repeated_ids_come_once(xray: XRayService, call: Call) -> None:
    xray.ingest([document(1, start_s=1, end_s=2)])
    known, unknown = f"1-{START_S + 1:08x}-{1:024x}", "1-00000000-000000000000000000000000"
    answer = call("/Traces", TraceIds=[unknown, known, known])
    assert [one["Id"] for one in answer["Traces"]] == [known]
    assert answer["UnprocessedTraceIds"] == [unknown]


def test_pages_come_newest_first_and_hold_every_trace_once(xray: XRayService, call: Call) -> None:
    xray.ingest(document(n, start_s=START_S, end_s=START_S + 1) for n in range(250))
    pages = all_pages(call, **WINDOW)
    assert [len(page["TraceSummaries"]) for page in pages] == [100, 100, 50]
    assert ids_of(pages) == list(reversed(range(250)))
    assert [page["ApproximateTime"] for page in pages] == [START_S + 150, START_S + 50, START_S]


def test_traces_that_arrive_while_paging_shift_no_pages(xray: XRayService, call: Call) -> None:
    xray.ingest(document(n, start_s=START_S, end_s=START_S + 1) for n in range(150))
    first = call("/TraceSummaries", **WINDOW)
    xray.ingest(document(n, start_s=START_S, end_s=START_S + 1) for n in range(150, 180))
    second = call("/TraceSummaries", **WINDOW, NextToken=first["NextToken"])
    assert ids_of([first, second]) == list(reversed(range(150)))


@pytest.mark.parametrize(
    "kind, window, found",
    [
        (None, (0, 3), [2, 1, 0]),
        ("TraceId", (1, 3), [2, 1]),
        ("Event", (15, 25), [1, 0]),
        ("Event", (0, 100), [2, 1, 0]),
        ("Service", (15, 25), [0]),
        ("Service", (20, 20), []),
    ],
)
def test_each_time_range_type_has_a_time_of_its_own(
    xray: XRayService, call: Call, kind: str | None, window: tuple[int, int], found: list[int]
) -> None:
    for number, (start_s, end_s) in enumerate([(10, 20), (20, 30), (30, 40)]):
        xray.ingest([document(number, start_s=START_S + start_s, end_s=START_S + end_s)])
    request = {"StartTime": START_S + window[0], "EndTime": START_S + window[1]}
    answer = call("/TraceSummaries", **request, **({"TimeRangeType": kind} if kind else {}))
    assert ids_of([answer]) == found
    matched = ["MatchedEventTime" in one for one in answer["TraceSummaries"]]
    assert matched == [kind == "Event"] * len(found)


@pytest.mark.parametrize(
    "share, expected", [(1, range(100)), (0.25, range(75, 100)), (0, range(0))]
)
def test_a_partial_scan_looks_at_the_newest_part_of_the_range(
    xray: XRayService, call: Call, share: float, expected: range
) -> None:
    xray.ingest(document(n, start_s=START_S, end_s=START_S + 1) for n in range(100))
    window = {"StartTime": START_S, "EndTime": START_S + 100}
    strategy = {"Name": "PartialScan", "Value": share}
    answer = call("/TraceSummaries", **window, SamplingStrategy=strategy)
    assert ids_of([answer]) == list(reversed(expected))
    assert answer["TracesProcessedCount"] == len(expected)
    every = call("/TraceSummaries", **window, SamplingStrategy=strategy, Sampling=False)
    assert len(every["TraceSummaries"]) == 100


def test_a_lower_rate_takes_some_traces_of_a_higher_one(xray: XRayService, call: Call) -> None:
    xray.ingest(document(n, start_s=START_S, end_s=START_S + 1) for n in range(100))
    few, many = (
        {
            *ids_of(
                [
                    call(
                        "/TraceSummaries",
                        **WINDOW,
                        SamplingStrategy={"Name": "FixedRate", "Value": rate},
                    )
                ]
            )
        }
        for rate in (0.2, 0.6)
    )
    assert few < many


def test_a_fixed_rate_gives_about_that_share(xray: XRayService, call: Call) -> None:
    xray.ingest(document(n, start_s=START_S, end_s=START_S + 1) for n in range(100))
    strategy = {"Name": "FixedRate", "Value": 0.4}
    answer = call("/TraceSummaries", **WINDOW, Sampling=True, SamplingStrategy=strategy)
    assert 20 < len(answer["TraceSummaries"]) < 60
    assert answer["TracesProcessedCount"] == 100


def test_the_revision_tells_that_a_read_trace_has_changed(xray: XRayService, call: Call) -> None:
    xray.ingest([document(1, start_s=START_S, end_s=START_S + 1)])
    trace_id = call("/TraceSummaries", **WINDOW)["TraceSummaries"][0]["Id"]
    late = json.loads(document(2, start_s=START_S, end_s=START_S + 2)) | {"trace_id": trace_id}
    xray.ingest([json.dumps(late)])
    (summary,) = call("/TraceSummaries", **WINDOW)["TraceSummaries"]
    assert (summary["Revision"], summary["Duration"]) == (2, 2.0)


def test_both_graphs_show_the_worked_example(xray: XRayService, call: Call) -> None:
    xray.ingest(json.dumps(one) for one in EXAMPLE["raw"])
    whole = call("/ServiceGraph", **WINDOW)
    assert whole["Services"] == call("/TraceGraph", TraceIds=[TRACE_ID])["Services"]
    assert len(whole["Services"]) == 8
    assert (whole["StartTime"], whole["EndTime"]) == (START_S, START_S + 600)
    later = {"StartTime": START_S + 1, "EndTime": START_S + 600}
    assert call("/ServiceGraph", **later)["Services"] == []
    assert call("/TraceGraph", TraceIds=[])["Services"] == []


def test_the_default_group_is_everything(call: Call) -> None:
    assert call("/ServiceGraph", **WINDOW, GroupName="Default")["Services"] == []


def test_the_default_rule_is_listed(call: Call) -> None:
    (record,) = call("/GetSamplingRules")["SamplingRuleRecords"]
    assert record["SamplingRule"]["RuleARN"] == "arn:aws:xray:us-east-1::sampling-rule/Default"
    assert record["SamplingRule"]["Priority"] == 10000
    assert record["CreatedAt"] == 0


STATISTICS = {
    "RuleName": "Default",
    "ClientID": "ABCDEF1234567890ABCDEF10",
    "Timestamp": START_S,
    "RequestCount": 1,
    "SampledCount": 1,
}


def test_a_client_gets_its_share_of_the_reservoir(call: Call) -> None:
    answer = call("/SamplingTargets", SamplingStatisticsDocuments=[STATISTICS])
    (target,) = answer["SamplingTargetDocuments"]
    assert (target["ReservoirQuota"], target["FixedRate"]) == (1, 0.05)


def test_telemetry_is_taken(call: Call) -> None:
    assert call("/TelemetryRecords", TelemetryRecords=[{"Timestamp": START_S}]) == {}


def bad(path: str, says: str, **members: object) -> Any:
    return pytest.param(path, json.dumps(members).encode(), says, id=f"{path} {says}")


@pytest.mark.parametrize(
    "path, body, says",
    [
        ("/TraceSummaries", b"{", "not JSON"),
        ("/TraceSummaries", b"[1]", "must be a JSON object"),
        ("/TraceSummaries", b"", "StartTime must be a time"),
        bad("/TraceSummaries", "EndTime must be a time", StartTime=1),
        bad("/TraceSummaries", "StartTime must be a time", StartTime="noon", EndTime=2),
        bad("/TraceSummaries", "StartTime must not be after", StartTime=3, EndTime=2),
        bad("/TraceSummaries", "longer than 24 hours", StartTime=0, EndTime=86401),
        bad("/TraceSummaries", "TimeRangeType must be one of", **WINDOW, TimeRangeType="Day"),
        bad("/TraceSummaries", "TimeRangeType must be a string", **WINDOW, TimeRangeType=1),
        bad("/TraceSummaries", "Sampling must be true or false", **WINDOW, Sampling="yes"),
        bad("/TraceSummaries", "SamplingStrategy must be", **WINDOW, SamplingStrategy=1),
        bad(
            "/TraceSummaries",
            "SamplingStrategy.Value must be",
            **WINDOW,
            SamplingStrategy={"Value": 2},
        ),
        bad("/TraceSummaries", "column 9: expected", **WINDOW, FilterExpression="fault = maybe"),
        bad("/TraceSummaries", "NextToken must be a token", **WINDOW, NextToken="abc"),
        bad("/TraceSummaries", "NextToken must be a token", **WINDOW, NextToken="é"),
        bad("/TraceSummaries", "NextToken must be a token", **WINDOW, NextToken="WzFd"),
        bad("/Traces", "TraceIds must be a list."),
        bad("/Traces", "at most 5 items, not 6", TraceIds=["a"] * 6),
        bad("/Traces", "TraceIds must be a list of strings", TraceIds=[1]),
        bad("/Traces", "1 to 35 characters", TraceIds=["a" * 36]),
        bad("/TraceGraph", "TraceIds must be a list", TraceIds="a"),
        bad("/ServiceGraph", "EndTime must be", StartTime=1),
        bad(
            "/ServiceGraph",
            "Time range cannot be longer than 6 hours",
            StartTime=0,
            EndTime=21601,
        ),
        bad("/ServiceGraph", "there is no group mine", **WINDOW, GroupName="mine"),
        bad("/ServiceGraph", "GroupName must be", **WINDOW, GroupName=""),
        bad("/TraceSegments", "TraceSegmentDocuments must be a list"),
        bad("/TraceSegments", "a list of strings", TraceSegmentDocuments=[{}]),
        bad(
            "/TelemetryRecords", "TelemetryRecords must be a list of objects", TelemetryRecords=[1]
        ),
        bad("/TelemetryRecords", "Timestamp must be", TelemetryRecords=[{}]),
        bad("/TelemetryRecords", "Hostname must be", TelemetryRecords=[], Hostname="h" * 256),
        *(
            bad(
                "/TelemetryRecords",
                f"{name} must be",
                TelemetryRecords=[{"Timestamp": START_S, **member}],
            )
            for name, member in BAD_RECORDS
        ),
        bad("/SamplingTargets", "SamplingStatisticsDocuments must be a list"),
        bad(
            "/SamplingTargets",
            "at most 25 items",
            SamplingStatisticsDocuments=[STATISTICS] * 26,
        ),
        *(
            bad(
                "/SamplingTargets",
                f"{name} must be",
                SamplingStatisticsDocuments=[{**STATISTICS, name: value}],
            )
            for name, value in [
                ("RuleName", None),
                ("ClientID", "short"),
                ("ClientID", None),
                ("RequestCount", -1),
                ("SampledCount", "1"),
                ("Timestamp", None),
            ]
        ),
    ],
)
def test_bad_requests_are_refused_with_the_name_of_the_member(
    xray: XRayService, path: str, body: bytes, says: str
) -> None:
    assert says in refusal(xray, path, body)


def test_an_unknown_path_is_not_found(xray: XRayService) -> None:
    assert xray.handle(xray_call("/Nothing", b"{}")).status == 404


PATHS = ["/TraceSummaries", "/Traces", "/ServiceGraph", "/TraceGraph", "/SamplingTargets"]
NAMES = ["StartTime", "EndTime", "TraceIds", "NextToken", "SamplingStrategy", "Sampling"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(0, 3e9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PATHS), st.dictionaries(st.sampled_from(NAMES), json_values) | json_values)
def test_no_request_makes_the_service_fail(xray: XRayService, path: str, body: object) -> None:
    assert xray.handle(xray_call(path, json.dumps(body).encode())).status in (200, 400)


def test_a_store_that_cannot_be_used_is_an_internal_failure(xray: XRayService) -> None:
    xray.close()
    body = json.dumps({"TraceSegmentDocuments": [document(1, start_s=1, end_s=2)]})
    response = xray.handle(xray_call("/TraceSegments", body.encode()))
    assert response.status == 500
    assert "closed" in json.loads(response.body)["message"]


def test_an_emitted_document_is_seen_and_a_bad_one_is_logged(
    xray: XRayService, call: Call, caplog: pytest.LogCaptureFixture
) -> None:
    good = json.loads(document(1, start_s=START_S, end_s=START_S + 1))
    xray.emit(good)
    with caplog.at_level(logging.ERROR):
        xray.emit({**good, "name": "no?"})
    assert "InvalidName" in caplog.text
    assert len(call("/TraceSummaries", **WINDOW)["TraceSummaries"]) == 1


def test_received_documents_are_seen_at_once(xray: XRayService, call: Call) -> None:
    assert xray.receive([document(1, start_s=START_S, end_s=START_S + 1).encode()]) == []
    assert len(call("/TraceSummaries", **WINDOW)["TraceSummaries"]) == 1


def test_a_reset_leaves_nothing(xray: XRayService, call: Call) -> None:
    xray.ingest(json.dumps(one) for one in EXAMPLE["raw"])
    assert call("/ServiceGraph", **WINDOW)["Services"]
    xray.reset()
    assert call("/TraceSummaries", **WINDOW)["TraceSummaries"] == []
    assert call("/ServiceGraph", **WINDOW)["Services"] == []


def test_a_very_large_trace_says_that_it_exceeds_the_limit(xray: XRayService, call: Call) -> None:
    base = json.loads(document(1, start_s=START_S, end_s=START_S + 1))
    pad = {"default": {"pad": "x" * 60_000}}
    for number in range(9):
        xray.ingest([json.dumps({**base, "id": f"{number:016x}", "metadata": pad})])
    assert call("/Traces", TraceIds=[base["trace_id"]])["Traces"][0]["LimitExceeded"] is True
