"""Lambda's control plane through AWS's own client: names, limits, revisions, lists, aliases."""

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import control_planes
import pytest
from archives import app_zip
from botocore.exceptions import ClientError

from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.function_specs import routes_to
from tracing_lab.embedded.moto.plane import ControlPlane

REGION = "eu-west-1"
ARN = f"arn:aws:lambda:{REGION}:123456789012:function:f"
PERMISSION = {"Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LAST_MODIFIED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000")


@pytest.fixture
def create(control: ControlPlane) -> Callable[..., Any]:
    """Make a function of some settings."""
    role = control_planes.make_role(control)

    def make(name: str = "f", **settings: Any) -> Any:
        members = {"Runtime": "python3.13", "Handler": "app.handler", **settings}
        given = {key: value for key, value in members.items() if value is not None}
        code = {"ZipFile": app_zip()}
        client = control_planes.client_of(control, "lambda")
        return client.create_function(FunctionName=name, Role=role, Code=code, **given)

    return make


@pytest.fixture
def functions(control: ControlPlane) -> Any:
    return control_planes.client_of(control, "lambda")


def error_of(call: Callable[..., Any], **members: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**members)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_what_is_shown_has_lambdas_form(create: Any, functions: Any) -> None:
    made = create()
    assert (made["State"], made["StateReasonCode"]) == ("Pending", "Creating")
    shown = functions.get_function_configuration(FunctionName="f")
    assert (shown["State"], shown["LastUpdateStatus"]) == ("Active", "Successful")
    assert LAST_MODIFIED.fullmatch(shown["LastModified"])
    assert UUID.fullmatch(shown["RevisionId"])
    arn = shown["RuntimeVersionConfig"]["RuntimeVersionArn"]
    assert re.fullmatch(rf"arn:aws:lambda:{REGION}::runtime:[0-9a-f]{{64}}", arn)
    changed = functions.update_function_configuration(FunctionName="f", Timeout=9)
    assert (changed["LastUpdateStatus"], changed["Timeout"]) == ("InProgress", 9)


def test_a_revision_is_expected_or_not(create: Any, functions: Any) -> None:
    first = create()["RevisionId"]
    assert functions.get_function(FunctionName="f")["Configuration"]["RevisionId"] == first
    change = partial(functions.update_function_configuration, FunctionName="f")
    second = change(Timeout=5, RevisionId=first)["RevisionId"]
    assert second != first
    message = (
        "The Revision Id provided does not match the latest Revision Id. Call the "
        "GetFunction/GetAlias API to retrieve the latest Revision Id"
    )
    stale = ("PreconditionFailedException", message)
    assert error_of(change, Timeout=6, RevisionId=first) == stale
    update = partial(functions.update_function_code, FunctionName="f", ZipFile=app_zip())
    assert error_of(update, RevisionId=first) == stale
    assert error_of(functions.publish_version, FunctionName="f", RevisionId=first) == stale
    other = error_of(functions.publish_version, FunctionName="f", CodeSha256="other")
    assert other[1].startswith("CodeSHA256 (other) is different from current CodeSHA256 in $LATEST")
    version = functions.publish_version(FunctionName="f", RevisionId=second)
    assert version["LoggingConfig"]["LogFormat"] == "Text"
    assert version["RevisionId"] not in {first, second}


@pytest.mark.parametrize(
    "settings, code, message",
    [
        (
            {"Environment": {"Variables": {"A1": "x" * 5000}}},
            "InvalidParameterValueException",
            "environment variables you have provided exceeded the 4KB limit",
        ),
        (
            {"Environment": {"Variables": {"AWS_REGION": "x", "OWN": "x"}}},
            "InvalidParameterValueException",
            "Reserved keys used in this request: AWS_REGION",
        ),
        (
            {"Environment": {"Variables": {"1A": "x"}}},
            "ValidationException",
            "Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
        ),
        ({"Timeout": 901}, "ValidationException", "have value less than or equal to 900"),
        ({"MemorySize": 20000}, "ValidationException", "have value less than or equal to 10240"),
        ({"Runtime": "python3.7"}, "InvalidParameterValueException", "python3.7 is no longer"),
        ({"Runtime": "python4"}, "ValidationException", "Member must satisfy enum value set"),
        (
            {"Runtime": None},
            "InvalidParameterValueException",
            "Runtime and Handler are mandatory parameters for functions created with deployment",
        ),
    ],
)
def test_settings_beyond_lambdas_limits(
    create: Any, settings: Any, code: str, message: str
) -> None:
    found = error_of(create, **settings)
    assert found[0] == code
    assert message in found[1]


def test_settings_within_the_limits(create: Any) -> None:
    variables = {"A1": "x" * 4000, "Z_9": "y" * 91}  # 2 + 4000 + 3 + 91 = 4096 bytes
    made = create(Timeout=900, MemorySize=10240, Environment={"Variables": variables})
    assert made["Environment"]["Variables"] == variables


def test_functions_come_in_pages_without_what_only_the_function_shows(
    create: Any, functions: Any
) -> None:
    for number in range(3):
        create(f"f{number}")
    pages = list(functions.get_paginator("list_functions").paginate(MaxItems=2))
    names = [[one["FunctionName"] for one in page["Functions"]] for page in pages]
    assert names == [["f0", "f1"], ["f2"]]
    assert {"State", "RuntimeVersionConfig"}.isdisjoint(pages[0]["Functions"][0])
    assert error_of(functions.list_functions, Marker="x")[0] == "InvalidParameterValueException"
    functions.publish_version(FunctionName="f0")
    versions = functions.list_versions_by_function(FunctionName="f0", MaxItems=1)
    assert [one["Version"] for one in versions["Versions"]] == ["$LATEST"]
    rest = functions.list_versions_by_function(FunctionName="f0", Marker=versions["NextMarker"])
    assert [one["Version"] for one in rest["Versions"]] == ["1"]


def test_a_function_that_cannot_be_shown_does_not_hide_the_others(
    create: Any, functions: Any
) -> None:
    create("f")
    create("g")
    function = backend("lambda", REGION).get_function("f")
    function.environment_vars = {"BUS": object()}  # as CloudFormation's Ref of a bus once left it
    listed = functions.list_functions()["Functions"]
    assert [one["FunctionName"] for one in listed] == ["f", "g"]


def test_each_qualifier_has_settings_for_events_of_its_own(create: Any, functions: Any) -> None:
    create()
    functions.publish_version(FunctionName="f")
    functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    put = partial(functions.put_function_event_invoke_config, FunctionName="f")
    put(MaximumRetryAttempts=0)
    put(Qualifier="live", MaximumRetryAttempts=1, MaximumEventAgeInSeconds=60)
    get = partial(functions.get_function_event_invoke_config, FunctionName="f")
    latest, live = get(), get(Qualifier="live")
    assert (latest["FunctionArn"], latest["MaximumRetryAttempts"]) == (f"{ARN}:$LATEST", 0)
    assert (live["FunctionArn"], live["MaximumRetryAttempts"]) == (f"{ARN}:live", 1)
    retries = {
        qualifier: routes_to(REGION, "f", qualifier)[0][1].max_retries
        for qualifier in (None, "live", "1")
    }
    assert retries == {None: 0, "live": 1, "1": 2}
    functions.update_function_event_invoke_config(
        FunctionName="f", Qualifier="live", MaximumRetryAttempts=2
    )
    changed = get(Qualifier="live")
    assert (changed["MaximumRetryAttempts"], changed["MaximumEventAgeInSeconds"]) == (2, 60)
    listed = functions.list_function_event_invoke_configs(FunctionName="f")
    assert len(listed["FunctionEventInvokeConfigs"]) == 2
    functions.delete_function_event_invoke_config(FunctionName="f", Qualifier="live")
    code, message = error_of(get, Qualifier="live")
    assert code == "ResourceNotFoundException"
    assert message == f"The function {ARN}:live doesn't have an EventInvokeConfig"
    assert error_of(put, Qualifier="nope", MaximumRetryAttempts=1)[0] == code


def test_each_qualifier_has_a_policy_of_its_own(
    control: ControlPlane, create: Any, functions: Any
) -> None:
    create()
    functions.publish_version(FunctionName="f")
    functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    add = partial(functions.add_permission, FunctionName="f", StatementId="s", **PERMISSION)
    add(Qualifier="live")
    live = functions.get_policy(FunctionName="f", Qualifier="live")
    (statement,) = json.loads(live["Policy"])["Statement"]
    assert statement["Resource"] == f"{ARN}:live"
    missing = ("ResourceNotFoundException", "The resource you requested does not exist.")
    assert error_of(functions.get_policy, FunctionName="f") == missing
    may = partial(control.catalog(REGION).may_invoke, principal="events.amazonaws.com")
    allowed = [may(f"{ARN}{suffix}", source_arn="arn:x") for suffix in (":live", "", ":1")]
    assert allowed == [True, False, False]
    assert error_of(add, Qualifier="live")[0] == "ResourceConflictException"
    add()
    functions.remove_permission(FunctionName="f", StatementId="s", Qualifier="live")
    assert error_of(functions.get_policy, FunctionName="f", Qualifier="live") == missing
    assert may(ARN, source_arn="arn:x")
    gone = partial(functions.remove_permission, FunctionName="f", StatementId="s")
    assert error_of(gone, Qualifier="live")[0] == "ResourceNotFoundException"


def test_an_alias_moves(create: Any, functions: Any) -> None:
    create()
    functions.publish_version(FunctionName="f")
    functions.create_alias(FunctionName="f", Name="live", FunctionVersion="$LATEST")
    functions.update_alias(FunctionName="f", Name="live", FunctionVersion="1")
    ((_, found),) = routes_to(REGION, "f", "live")
    assert (found.version, found.qualifier) == ("1", "live")


def test_a_version_that_an_alias_uses_stays(create: Any, functions: Any) -> None:
    create()
    functions.publish_version(FunctionName="f")
    functions.update_function_code(FunctionName="f", ZipFile=app_zip("x = 1"))
    functions.publish_version(FunctionName="f")
    weights = {"AdditionalVersionWeights": {"1": 0.5}}
    functions.create_alias(
        FunctionName="f", Name="live", FunctionVersion="2", RoutingConfig=weights
    )
    for version in ("1", "2"):
        code, message = error_of(functions.delete_function, FunctionName="f", Qualifier=version)
        assert code == "ResourceConflictException"
        assert "live" in message
    functions.delete_alias(FunctionName="f", Name="live")
    functions.delete_function(FunctionName="f", Qualifier="1")


def test_the_account_has_settings(create: Any, functions: Any) -> None:
    create()
    functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=30)
    limits = functions.get_account_settings()["AccountLimit"]
    assert (limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"]) == (1000, 970)


def test_a_layer_is_found_by_its_arn(functions: Any) -> None:
    layer = functions.publish_layer_version(LayerName="l", Content={"ZipFile": app_zip()})
    found = functions.get_layer_version_by_arn(Arn=layer["LayerVersionArn"])
    assert found["LayerVersionArn"] == layer["LayerVersionArn"]
    unknown = f"arn:aws:lambda:{REGION}:123456789012:layer:other:1"
    code, _ = error_of(functions.get_layer_version_by_arn, Arn=unknown)
    assert code == "ResourceNotFoundException"


def test_a_function_may_be_created_by_its_arn(create: Any, functions: Any) -> None:
    assert create("123456789012:function:f")["FunctionArn"] == ARN
    assert functions.get_function(FunctionName="f")["Configuration"]["FunctionName"] == "f"


FIFO = f"arn:aws:sqs:{REGION}:123456789012:q.fifo"


@pytest.fixture
def queue(control: ControlPlane) -> str:
    """Make a queue whose messages are hidden for 30 s; gives its ARN."""
    control_planes.client_of(control, "sqs").create_queue(QueueName="q")
    return f"arn:aws:sqs:{REGION}:123456789012:q"


def test_a_mapping_polls_a_queue_as_it_says(
    control: ControlPlane, create: Any, functions: Any, queue: str
) -> None:
    create()
    functions.publish_version(FunctionName="f")
    functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    made = functions.create_event_source_mapping(
        FunctionName=f"{ARN}:live",
        EventSourceArn=queue,
        BatchSize=20,
        MaximumBatchingWindowInSeconds=1,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        ScalingConfig={"MaximumConcurrency": 7},
        FilterCriteria={"Filters": [{"Pattern": '{"body": ["x"]}'}]},
    )
    assert (made["State"], made["FunctionArn"]) == ("Creating", f"{ARN}:live")
    assert functions.get_event_source_mapping(UUID=made["UUID"])["State"] == "Enabled"
    (mapping,) = control.catalog(REGION).queue_mappings()
    assert (mapping.queue_arn, mapping.function_arn) == (queue, f"{ARN}:live")
    assert (mapping.batch_size, mapping.window_s, mapping.max_concurrency) == (20, 1.0, 7)
    assert mapping.reports_failures
    assert mapping.matches is not None
    assert [mapping.matches({"body": body}) for body in ("x", "y")] == [True, False]
    functions.update_event_source_mapping(UUID=made["UUID"], Enabled=False)
    assert control.catalog(REGION).queue_mappings() == ()
    functions.delete_event_source_mapping(UUID=made["UUID"])
    assert functions.list_event_source_mappings()["EventSourceMappings"] == []


@pytest.mark.parametrize(
    "members, code, message",
    [
        (
            {"EventSourceArn": f"arn:aws:kinesis:{REGION}:123456789012:stream/s"},
            "InvalidParameterValueException",
            "CreateEventSourceMapping with EventSourceArn is not simulated: only SQS queues",
        ),
        ({"BatchSize": 11}, "InvalidParameterValueException", "Maximum batch window in seconds"),
        (
            {"FilterCriteria": {"Filters": [{"Pattern": '{"body": 1}'}]}},
            "InvalidParameterValueException",
            "Invalid filter pattern definition",
        ),
        (
            {"EventSourceArn": FIFO, "MaximumBatchingWindowInSeconds": 1},
            "InvalidParameterValueException",
            "Batching window is not supported for FIFO queues",
        ),
        (
            {"EventSourceArn": FIFO, "BatchSize": 11, "MaximumBatchingWindowInSeconds": 0},
            "InvalidParameterValueException",
            "Batch size 11 exceeds the maximum of 10 for FIFO queues",
        ),
        ({"FunctionName": "nope"}, "ResourceNotFoundException", "Function not found"),
        (
            {"FunctionName": "slow"},
            "InvalidParameterValueException",
            "Queue visibility timeout: 30 seconds is less than Function timeout: 31 seconds",
        ),
        ({"FunctionName": ARN}, "ResourceConflictException", "already exists"),
    ],
)
def test_mappings_that_lambda_rejects(
    create: Any, functions: Any, queue: str, members: Any, code: str, message: str
) -> None:
    create()
    create("slow", Timeout=31)
    make = functions.create_event_source_mapping
    if members.get("FunctionName") == ARN:
        make(FunctionName="f", EventSourceArn=queue)
    found = error_of(make, **{"FunctionName": "f", "EventSourceArn": queue, **members})
    assert found[0] == code
    assert message in found[1]


def test_a_mapping_cannot_get_a_function_that_outlasts_the_visibility_timeout(
    create: Any, functions: Any, queue: str
) -> None:
    create()
    create("slow", Timeout=31)
    made = functions.create_event_source_mapping(FunctionName="f", EventSourceArn=queue)
    change = functions.update_event_source_mapping
    found = error_of(change, UUID=made["UUID"], FunctionName="slow")
    assert found[0] == "InvalidParameterValueException"
    assert "30 seconds is less than Function timeout: 31 seconds" in found[1]
    assert functions.get_event_source_mapping(UUID=made["UUID"])["FunctionArn"] == ARN


def test_a_mapping_of_a_fifo_queue_cannot_get_a_window(
    control: ControlPlane, create: Any, functions: Any
) -> None:
    create()
    attributes = {"FifoQueue": "true"}
    sqs = control_planes.client_of(control, "sqs")
    sqs.create_queue(QueueName="q.fifo", Attributes=attributes)
    made = functions.create_event_source_mapping(FunctionName="f", EventSourceArn=FIFO)
    change = functions.update_event_source_mapping
    found = error_of(change, UUID=made["UUID"], MaximumBatchingWindowInSeconds=1)
    assert found == (
        "InvalidParameterValueException",
        "Batching window is not supported for FIFO queues",
    )
