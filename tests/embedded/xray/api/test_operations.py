"""All operations of the X-Ray API: each answers, and no request makes one fail."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tracing_lab.embedded.storage.damage import damaged_files
from tracing_lab.embedded.xray.api.records import RecordChange, Records
from tracing_lab.errors import EmbeddedError

EXAMPLE = json.loads((Path(__file__).parents[3] / "data" / "xray_worked_example.json").read_text())
EPOCH_S = 1_795_435_200
SPAN = {"StartTime": EPOCH_S, "EndTime": EPOCH_S + 600}
INSIGHT = {"InsightId": "12345678-1234-4234-8234-123456789012"}
TAGS = [{"Key": "k", "Value": "v"}]
RULE = {
    "RuleName": "r",
    "ResourceARN": "*",
    "Priority": 1,
    "FixedRate": 0.5,
    "ReservoirSize": 1,
    "ServiceName": "*",
    "ServiceType": "*",
    "Host": "*",
    "HTTPMethod": "*",
    "URLPath": "*",
    "Version": 1,
    "Attributes": {"a": "b"},
    "SamplingRateBoost": {"MaxRate": 1, "CooldownWindowMinutes": 1},
}
COUNTS = {"RequestCount": 1, "SampledCount": 1, "BorrowCount": 0, "Timestamp": EPOCH_S}
ANOMALIES = {"AnomalyCount": 1, "TotalCount": 1, "SampledAnomalyCount": 0, "Timestamp": EPOCH_S}
DOCUMENT = {"id": "1" * 16, "name": "n", "trace_id": f"1-6b042ac0-{1:024x}"}
DOCUMENT_TEXT = json.dumps(DOCUMENT | {"start_time": EPOCH_S, "end_time": EPOCH_S + 1})
POLICY = '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "xray:*"}}'
RULE_ARN = "arn:aws:xray:us-east-1::sampling-rule/Default"

GOOD: dict[str, dict[str, Any]] = {
    "/TraceSegments": {"TraceSegmentDocuments": [DOCUMENT_TEXT]},
    "/TelemetryRecords": {"TelemetryRecords": [{"Timestamp": EPOCH_S}]},
    "/TraceSummaries": {**SPAN, "TimeRangeType": "Event", "FilterExpression": "fault"},
    "/Traces": {"TraceIds": [DOCUMENT["trace_id"]]},
    "/ServiceGraph": {**SPAN, "GroupName": "Default"},
    "/TraceGraph": {"TraceIds": [DOCUMENT["trace_id"]]},
    "/TimeSeriesServiceStatistics": {
        **SPAN,
        "EntitySelectorExpression": 'service("n")',
        "Period": 60,
        "ForecastStatistics": True,
    },
    "/GetSamplingRules": {"NextToken": "ImEi"},
    "/CreateSamplingRule": {"SamplingRule": RULE, "Tags": TAGS},
    "/UpdateSamplingRule": {"SamplingRuleUpdate": {"RuleName": "Default", "FixedRate": 0.5}},
    "/DeleteSamplingRule": {"RuleName": "r"},
    "/SamplingStatisticSummaries": {"NextToken": "ImEi"},
    "/SamplingTargets": {
        "SamplingStatisticsDocuments": [{"RuleName": "Default", "ClientID": "a" * 24, **COUNTS}],
        "SamplingBoostStatisticsDocuments": [
            {"RuleName": "Default", "ServiceName": "s", **ANOMALIES}
        ],
    },
    "/CreateGroup": {
        "GroupName": "g",
        "FilterExpression": "fault",
        "InsightsConfiguration": {"InsightsEnabled": True, "NotificationsEnabled": True},
        "Tags": TAGS,
    },
    "/UpdateGroup": {"GroupName": "Default", "InsightsConfiguration": {"InsightsEnabled": True}},
    "/DeleteGroup": {"GroupName": "g"},
    "/GetGroup": {"GroupName": "Default"},
    "/Groups": {"NextToken": "ImEi"},
    "/TagResource": {"ResourceARN": RULE_ARN, "Tags": TAGS},
    "/UntagResource": {"ResourceARN": RULE_ARN, "TagKeys": ["k"]},
    "/ListTagsForResource": {"ResourceARN": RULE_ARN},
    "/EncryptionConfig": {},
    "/PutEncryptionConfig": {"Type": "KMS", "KeyId": "k"},
    "/GetTraceSegmentDestination": {},
    "/UpdateTraceSegmentDestination": {
        "Destination": "XRay",
        "CloudWatchLogsConfiguration": {"SpansLogGroupKmsKeyId": "k"},
    },
    "/GetIndexingRules": {},
    "/UpdateIndexingRule": {
        "Name": "Default",
        "Rule": {"Probabilistic": {"DesiredSamplingPercentage": 5}},
    },
    "/PutResourcePolicy": {
        "PolicyName": "p",
        "PolicyDocument": POLICY,
        "BypassPolicyLockoutCheck": False,
    },
    "/DeleteResourcePolicy": {"PolicyName": "p", "PolicyRevisionId": "1"},
    "/ListResourcePolicies": {"NextToken": "ImEi"},
    "/StartTraceRetrieval": {"TraceIds": [DOCUMENT["trace_id"]], **SPAN},
    "/ListRetrievedTraces": {"RetrievalToken": "t", "TraceFormat": "XRAY"},
    "/GetRetrievedTracesGraph": {"RetrievalToken": "t"},
    "/CancelTraceRetrieval": {"RetrievalToken": "t"},
    "/InsightSummaries": {**SPAN, "GroupName": "Default", "States": ["ACTIVE"], "MaxResults": 1},
    "/Insight": INSIGHT,
    "/InsightEvents": {**INSIGHT, "MaxResults": 1},
    "/InsightImpactGraph": {**INSIGHT, **SPAN},
}
"""A good request to each operation, in an order in which most of them succeed."""

REFUSED = {
    "/ListRetrievedTraces": "ResourceNotFoundException",
    "/GetRetrievedTracesGraph": "ResourceNotFoundException",
    "/CancelTraceRetrieval": "ResourceNotFoundException",
    "/Insight": "InvalidRequestException",
    "/InsightEvents": "InvalidRequestException",
    "/InsightImpactGraph": "InvalidRequestException",
}
"""What names something that is not there."""


def test_every_operation_of_aws_is_known() -> None:
    client = boto3.client("xray", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    model = client.meta.service_model
    paths = {model.operation_model(one).http["requestUri"] for one in model.operation_names}
    client.close()
    assert paths == set(GOOD)


def test_every_operation_answers_a_good_request_in_the_modelled_shape(xray_lab: Any) -> None:
    model = xray_lab.client.meta.service_model
    operations = [model.operation_model(name) for name in model.operation_names]
    shapes = {one.http["requestUri"]: one.output_shape for one in operations}
    xray_lab.service.ingest(json.dumps(one) for one in EXAMPLE["raw"])
    for path, members in GOOD.items():
        answer = xray_lab.post(path, json.dumps(members).encode())
        if path in REFUSED:
            assert dict(answer.headers)["x-amzn-ErrorType"] == REFUSED[path]
        else:
            assert answer.status == 200, (path, answer.body)
            assert list(misfits(shapes[path], json.loads(answer.body), path)) == []


PLAIN_TYPES: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "double": (int, float),
    "integer": (int,),
    "long": (int,),
    "string": (str,),
    "timestamp": (int, float),
}


def misfits(shape: Any, value: Any, place: str) -> Iterator[str]:
    """Yield the members of a response that AWS's model does not know or has another type for."""
    if shape.type_name == "structure":
        assert isinstance(value, dict), place
        for name, inner in value.items():
            if name in shape.members:
                yield from misfits(shape.members[name], inner, f"{place}.{name}")
            else:
                yield f"{place}.{name} is unknown"
    elif shape.type_name in ("list", "map"):
        for inner in value if shape.type_name == "list" else value.values():
            yield from misfits(getattr(shape, "member", None) or shape.value, inner, place)
    elif type(value) not in PLAIN_TYPES[shape.type_name]:
        yield f"{place} is {value!r}"


def test_a_group_without_insights_has_none_and_no_id_is_known(xray_lab: Any) -> None:
    client = xray_lab.client
    answer = client.get_insight_summaries(**SPAN, GroupName="Default", States=["CLOSED"])
    assert answer["InsightSummaries"] == []
    with pytest.raises(client.exceptions.InvalidRequestException, match="no insight 12345678"):
        client.get_insight(**INSIGHT)


@pytest.mark.parametrize(
    "path, members, says",
    [
        ("/InsightSummaries", SPAN, "GroupName or GroupARN"),
        ("/InsightSummaries", {"GroupName": "Default"}, "StartTime"),
        ("/InsightSummaries", {**SPAN, "GroupName": "nobody"}, "no group nobody"),
        ("/InsightSummaries", {**SPAN, "GroupName": "Default", "States": ["OLD"]}, "States"),
        ("/InsightSummaries", {**SPAN, "GroupName": "Default", "MaxResults": 101}, "MaxResults"),
        ("/Insight", {}, "InsightId is missing"),
        ("/Insight", {"InsightId": "1"}, "InsightId must be a UUID"),
        ("/InsightEvents", {**INSIGHT, "MaxResults": 0}, "MaxResults"),
        ("/InsightImpactGraph", INSIGHT, "StartTime"),
    ],
)
def test_bad_requests_about_insights_name_the_member(
    xray_lab: Any, path: str, members: dict[str, Any], says: str
) -> None:
    status, code, message = xray_lab.refusal(path, members)
    assert (status, code) == (400, "InvalidRequestException")
    assert says in message


ODD_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=40),
    st.sampled_from(["Default", "g", "r", "*", "ImEi", "MQ==", "x" * 1100, "\x00", "\ud800"]),
    st.lists(st.none() | st.text(max_size=3) | st.just({}), max_size=3),
    st.dictionaries(st.text(max_size=3), st.none() | st.integers() | st.just([]), max_size=3),
)


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, bytes]:
    """Return a good request of which one or two members, somewhere, are replaced or left out."""
    path = draw(st.sampled_from(sorted(GOOD)))
    body: dict[str, Any] = json.loads(json.dumps(GOOD[path]))
    for _ in range(draw(st.integers(1, 2))):
        place: Any = body
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = draw(st.sampled_from([*keys, "Other"] if isinstance(place, dict) else keys))
            deeper = place.get(key) if isinstance(place, dict) else place[key]
            if not (isinstance(deeper, dict | list) and deeper) or draw(st.booleans()):
                break
            place = deeper
        if isinstance(place, dict) and draw(st.integers(0, 4)) == 0:
            place.pop(key, None)
        else:
            place[key] = draw(ODD_VALUES)
    return path, json.dumps(body).encode()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mutated())
def test_no_mutated_request_makes_an_operation_fail(
    xray_lab: Any, request_: tuple[str, bytes]
) -> None:
    path, body = request_
    answer = xray_lab.post(path, body)
    assert answer.status in (200, 400, 404), (path, body, answer.body)
    assert isinstance(json.loads(answer.body), dict)


SETTINGS_OF_0_1_0 = """
CREATE TABLE records (kind TEXT, key TEXT, body BLOB, PRIMARY KEY (kind, key)) WITHOUT ROWID;
INSERT INTO records VALUES ('group', 'kept', '{"n": 1}');
INSERT INTO records VALUES ('tag', 'a', 'true');
"""


def test_settings_of_an_older_version_are_taken_over(tmp_path: Path) -> None:
    older = tmp_path / "settings.sqlite3"
    with closing(sqlite3.connect(older)) as connection:
        connection.executescript(SETTINGS_OF_0_1_0)
    for _ in range(2):
        records = Records(tmp_path / "settings.log")
        assert (records.all("group"), records.get("tag", "a")) == ({"kept": {"n": 1}}, True)
        records.close()
        assert not older.exists()


def test_settings_of_an_older_version_that_are_damaged_are_set_aside(tmp_path: Path) -> None:
    (tmp_path / "settings.sqlite3").write_bytes(b"no database" * 100)
    records = Records(tmp_path / "settings.log")
    records.write(RecordChange("group", "a", 1))
    assert records.all("group") == {"a": 1}
    records.close()
    assert len(damaged_files(tmp_path)) == 1


def test_a_setting_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    records = Records(tmp_path / "settings.log")
    records.close()
    with pytest.raises(EmbeddedError, match="Free some disk space"):
        records.write(RecordChange("group", "a", 1))
    assert records.get("group", "a") is None
