"""Event source mappings of streams: what is accepted, and what is rejected as on AWS."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_planes import REGION, client_of, make_function

from tracing_lab.embedded.moto.plane import ControlPlane

ACCOUNT = "123456789012"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
INVALID = "InvalidParameterValueException"


@pytest.fixture
def stream(control: ControlPlane) -> str:
    """Return the ARN of a stream, with a function beside it."""
    make_function(control)
    tables = client_of(control, "dynamodb")
    made = tables.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    return str(made["TableDescription"]["LatestStreamArn"])


def test_a_mapping_reads_a_stream_as_it_says(control: ControlPlane, stream: str) -> None:
    functions = client_of(control, "lambda")
    made = functions.create_event_source_mapping(
        FunctionName="f",
        EventSourceArn=stream,
        StartingPosition="LATEST",
        BatchSize=7,
        MaximumBatchingWindowInSeconds=2,
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=3,
        MaximumRecordAgeInSeconds=60,
        DestinationConfig={"OnFailure": {"Destination": QUEUE}},
        FunctionResponseTypes=["ReportBatchItemFailures"],
        FilterCriteria={"Filters": [{"Pattern": '{"eventName": ["INSERT"]}'}]},
    )
    (mapping,) = control.catalog(REGION).stream_mappings()
    assert (mapping.id, mapping.stream_arn) == (made["UUID"], stream)
    assert (mapping.batch_size, mapping.window_s, mapping.starts_at_end) == (7, 2.0, True)
    assert (mapping.most_retries, mapping.most_age_s, mapping.bisects) == (3, 60, True)
    assert (mapping.on_failure_arn, mapping.reports_failures) == (QUEUE, True)
    assert mapping.matches is not None
    assert [mapping.matches({"eventName": name}) for name in ("INSERT", "REMOVE")] == [True, False]
    functions.update_event_source_mapping(UUID=made["UUID"], MaximumRetryAttempts=0, BatchSize=1)
    (changed,) = control.catalog(REGION).stream_mappings()
    assert (changed.most_retries, changed.batch_size, changed.most_age_s) == (0, 1, 60)
    functions.update_event_source_mapping(UUID=made["UUID"], Enabled=False)
    assert control.catalog(REGION).stream_mappings() == ()
    assert control.catalog(REGION).queue_mappings() == ()


def test_the_defaults_are_awss(control: ControlPlane, stream: str) -> None:
    client_of(control, "lambda").create_event_source_mapping(
        FunctionName="f", EventSourceArn=stream, StartingPosition="TRIM_HORIZON"
    )
    (mapping,) = control.catalog(REGION).stream_mappings()
    assert (mapping.batch_size, mapping.window_s, mapping.starts_at_end) == (100, 0.0, False)
    assert (mapping.most_retries, mapping.most_age_s, mapping.bisects) == (-1, -1, False)


REJECTED: list[tuple[dict[str, Any], str]] = [
    ({"StartingPosition": None}, "Value null at 'startingPosition'"),
    ({"StartingPosition": "AT_TIMESTAMP"}, "Unsupported starting position"),
    ({"ScalingConfig": {"MaximumConcurrency": 2}}, "Unsupported ScalingConfig parameter"),
    ({"MaximumRecordAgeInSeconds": 59}, "MaximumRecordAgeInSeconds must be -1, or between 60"),
    ({"TumblingWindowInSeconds": 9}, "TumblingWindowInSeconds is not simulated"),
    (
        {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::bucket"}}},
        "Unsupported destination arn:aws:s3:::bucket",
    ),
    ({"FilterCriteria": {"Filters": [{"Pattern": '{"a": 1}'}]}}, "Invalid filter pattern"),
    ({"EventSourceArn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t/stream/1"}, "not found"),
]


@pytest.mark.parametrize("members, message", REJECTED)
def test_what_streams_do_not_have_is_rejected(
    control: ControlPlane, stream: str, members: dict[str, Any], message: str
) -> None:
    given = {"EventSourceArn": stream, "StartingPosition": "LATEST", **members}
    given = {name: value for name, value in given.items() if value is not None}
    with pytest.raises(ClientError, match=message) as caught:
        client_of(control, "lambda").create_event_source_mapping(FunctionName="f", **given)
    assert caught.value.response["Error"]["Code"] == INVALID
    assert control.catalog(REGION).stream_mappings() == ()


@pytest.mark.parametrize(
    "members",
    [
        {"StartingPosition": "LATEST"},
        {"BisectBatchOnFunctionError": True},
        {"MaximumRetryAttempts": 1},
        {"MaximumRecordAgeInSeconds": 60},
        {"ParallelizationFactor": 1},
        {"DestinationConfig": {"OnFailure": {"Destination": QUEUE}}},
    ],
)
def test_what_queues_do_not_have_is_rejected(
    control: ControlPlane, members: dict[str, Any]
) -> None:
    make_function(control)
    client_of(control, "sqs").create_queue(QueueName="q")
    (name,) = members
    with pytest.raises(ClientError, match=f"Unsupported {name} parameter") as caught:
        client_of(control, "lambda").create_event_source_mapping(
            FunctionName="f", EventSourceArn=QUEUE, **members
        )
    assert caught.value.response["Error"]["Code"] == INVALID


def test_a_mapping_and_its_stream_are_the_same_after_a_kill(
    restart: Callable[[], ControlPlane],
) -> None:
    control = restart()
    make_function(control)
    tables = client_of(control, "dynamodb")
    made = tables.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    client_of(control, "lambda").create_event_source_mapping(
        FunctionName="f",
        EventSourceArn=made["TableDescription"]["LatestStreamArn"],
        StartingPosition="LATEST",
    )
    before = control.catalog(REGION).stream_mappings()
    assert len(before) == 1
    assert restart().catalog(REGION).stream_mappings() == before
