"""The AWS facade: endpoints, credentials, retries and error translation."""

import threading
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
)

from tracing_lab.aws import Aws, Caller, Clients, connect
from tracing_lab.config import Config
from tracing_lab.errors import (
    AwsError,
    CredentialsError,
    EndpointUnreachableError,
    NotFoundError,
)

EMULATOR = Config(endpoint_url="http://127.0.0.1:9")


def refusal(code: str, text: str = "no", operation: str = "CreateFunction") -> ClientError:
    metadata = {"RequestId": "req-1", "HTTPStatusCode": 400}
    answer: Any = {"Error": {"Code": code, "Message": text}, "ResponseMetadata": metadata}
    return ClientError(answer, operation)


class FakeClient:
    """Answers every operation with the next of some answers; errors are raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.calls = list(answers), []

    def __getattr__(self, operation: str) -> Any:
        def call(**params: Any) -> Any:
            self.calls.append((operation, params))
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


def caller(client: FakeClient, waits: list[float], endpoint_url: str | None = None) -> Caller:
    return Caller(lambda service: client, endpoint_url=endpoint_url, sleep=waits.append)


def test_call_names_service_and_operation_and_gives_the_answer() -> None:
    client = FakeClient({"Role": 1})
    assert caller(client, []).call("iam:GetRole", "r", RoleName="r") == {"Role": 1}
    assert client.calls == [("get_role", {"RoleName": "r"})]


@pytest.mark.parametrize(
    "code,text",
    [
        ("InvalidParameterValueException", "The role ... cannot be assumed by Lambda."),
        ("ResourceConflictException", "An update is in progress for resource: arn"),
        ("ResourceConflictException", "... is currently in the following state: Pending"),
        ("ConcurrentModificationException", "x"),
        ("TooManyRequestsException", "x"),
        ("BadRequestException", "The role ARN does not have required permissions"),
    ],
)
def test_failure_that_passes_by_itself_is_retried(code: str, text: str) -> None:
    waits: list[float] = []
    client = FakeClient(refusal(code, text), refusal(code, text), {"ok": 1})
    assert caller(client, waits).call("lambda:CreateFunction", "f") == {"ok": 1}
    assert waits == [0.25, 0.5]


def test_failure_that_stays_is_not_retried() -> None:
    waits: list[float] = []
    client = FakeClient(refusal("ResourceConflictException", "Function already exist: f"))
    with pytest.raises(AwsError, match="already exist"):
        caller(client, waits).call("lambda:CreateFunction", "f")
    assert waits == []


def test_retries_are_bounded_at_about_a_minute() -> None:
    waits: list[float] = []
    client = FakeClient(*[refusal("ConcurrentModificationException")] * 20)
    with pytest.raises(AwsError):
        caller(client, waits).call("iam:TagRole", "r")
    assert len(client.calls) == len(waits) + 1 == 10
    assert 45 < sum(waits) < 75


def test_error_names_operation_resource_request_and_remedy() -> None:
    with pytest.raises(AwsError) as caught:
        caller(FakeClient(refusal("AccessDeniedException", "Not allowed")), []).call(
            "lambda:CreateFunction", "shop-order"
        )
    error = caught.value
    assert (error.operation, error.code, error.request_id) == (
        "lambda:CreateFunction",
        "AccessDeniedException",
        "req-1",
    )
    for part in ("lambda:CreateFunction", "shop-order", "Not allowed", "Ask for", "req-1"):
        assert part in str(error)


@pytest.mark.parametrize(
    "exception,kind,remedy",
    [
        (refusal("ResourceNotFoundException"), NotFoundError, "apply"),
        (refusal("NoSuchEntity"), NotFoundError, "apply"),
        (refusal("NotFoundException"), NotFoundError, "apply"),
        (refusal("ExpiredToken"), CredentialsError, "Sign in again"),
        (refusal("UnrecognizedClientException"), CredentialsError, "unset the AWS_"),
        (NoCredentialsError(), CredentialsError, "set AWS_PROFILE"),
        (EndpointConnectionError(endpoint_url="http://x"), EndpointUnreachableError, "Check the"),
        (ParamValidationError(report="too long"), AwsError, "refused before sending"),
        (refusal("LimitExceededException"), AwsError, "quota"),
    ],
)
def test_each_failure_has_its_kind_and_remedy(
    exception: Exception, kind: type[AwsError], remedy: str
) -> None:
    with pytest.raises(AwsError, match=remedy) as caught:
        caller(FakeClient(exception), []).call("iam:GetRole", "r")
    assert type(caught.value) is kind
    assert caught.value.__cause__ is exception


def test_dead_emulator_is_named_with_how_to_start_it() -> None:
    with pytest.raises(EndpointUnreachableError, match="tracing-lab embedded start"):
        Aws(EMULATOR).sts.caller_identity()


def test_wait_until_polls_until_the_answer_is_as_wished() -> None:
    waits: list[float] = []
    client = FakeClient({"State": "Pending"}, {"State": "Active"})
    caller(client, waits).wait_until("lambda:Get", "f", lambda answer: answer["State"] == "Active")
    assert waits == [0.25]


def test_wait_until_gives_up() -> None:
    client = FakeClient(*[{}] * 20)
    with pytest.raises(AwsError, match="still not ready"):
        caller(client, []).wait_until("lambda:Get", "f", lambda answer: False)


def test_embedded_target_is_started_where_the_config_says() -> None:
    asked: list[dict[str, Any]] = []

    def ensure_running(**arguments: Any) -> Any:
        asked.append(arguments)
        return SimpleNamespace(endpoint_url="http://127.0.0.1:5000")

    folder = Path("state")
    config = Config(embedded_port=5000, embedded_state_dir=folder)
    assert connect(config, ensure_running=ensure_running).endpoint_url == "http://127.0.0.1:5000"
    assert asked == [{"port": 5000, "state_dir": folder}]


def test_other_emulator_starts_nothing() -> None:
    clients = connect(EMULATOR, ensure_running=lambda **_: pytest.fail("started"))
    assert clients.endpoint_url == "http://127.0.0.1:9"


def test_emulator_never_sees_the_users_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "missing"))
    client = connect(EMULATOR)("sts")
    credentials = client._request_signer._credentials.get_frozen_credentials()
    assert (credentials.access_key, credentials.token) == ("test", None)
    assert client.meta.endpoint_url == "http://127.0.0.1:9"


def test_real_account_ignores_an_emulators_endpoint_in_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    client = connect(Config(target="aws", aws_region="eu-west-1"))("xray")
    assert client.meta.endpoint_url == "https://xray.eu-west-1.amazonaws.com"
    assert client._request_signer._credentials.access_key == "AKIAREAL"


def test_missing_profile_of_a_real_account_is_a_credentials_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    with pytest.raises(CredentialsError, match="no-such-profile"):
        connect(Config(target="aws"))


def test_missing_credentials_of_a_real_account_are_a_credentials_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "missing"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "missing"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(CredentialsError, match="aws sso login"):
        Aws(Config(target="aws")).sts.caller_identity()


def test_each_client_is_made_once_for_all_threads() -> None:
    made: list[str] = []

    class Session:
        def client(self, service: str, **settings: Any) -> str:
            made.append(service)
            return service

    clients = Clients(Session())
    threads = [threading.Thread(target=clients, args=("iam",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clients("logs") == "logs"
    assert sorted(made) == ["iam", "logs"]


def aws(client: FakeClient) -> Aws:
    return Aws(EMULATOR, client_factory=lambda service: client, sleep=lambda seconds: None)


def test_failed_entry_of_an_answered_call_is_an_error() -> None:
    entry = {"ErrorCode": "ResourceNotFoundException", "ErrorMessage": "gone"}
    client = FakeClient({"FailedEntryCount": 1, "FailedEntries": [entry]})
    with pytest.raises(AwsError, match=r"events:PutTargets on rule: ResourceNotFound.*gone"):
        aws(client).events.put_targets("bus", "rule", [{"Id": "1", "Arn": "arn"}])


def test_event_that_was_not_accepted_is_an_error() -> None:
    entry = {"ErrorCode": "InternalFailure", "ErrorMessage": "x"}
    client = FakeClient({"FailedEntryCount": 1, "Entries": [entry]})
    with pytest.raises(AwsError, match="InternalFailure"):
        aws(client).events.put_event("bus", source="s", detail_type="t", detail={})


def test_accepted_event_gives_its_id() -> None:
    client = FakeClient({"FailedEntryCount": 0, "Entries": [{"EventId": "e1"}]})
    put = aws(client).events.put_event("bus", source="s", detail_type="t", detail={"a": 1})
    assert put == "e1"
    assert client.calls[0][1]["Entries"][0]["Detail"] == '{"a": 1}'


def test_new_function_is_waited_for() -> None:
    client = FakeClient({"State": "Pending"}, {"State": "Pending"}, {"State": "Active"})
    aws(client).lambda_.create_function("f", zip_bytes=b"", Role="r")
    names = [name for name, _ in client.calls]
    assert names == ["create_function", *["get_function_configuration"] * 2]


def test_changed_function_is_waited_for() -> None:
    client = FakeClient({"LastUpdateStatus": "InProgress"}, {"LastUpdateStatus": "Successful"})
    aws(client).lambda_.update_configuration("f", Timeout=3)
    assert [name for name, _ in client.calls][-1] == "get_function_configuration"


def paged(*pages: dict[str, Any]) -> tuple[Aws, list[dict[str, Any]]]:
    """Make a facade whose every operation has these pages, and the list of what it is asked."""
    asked: list[dict[str, Any]] = []

    def paginate(**params: Any) -> Any:
        asked.append(params)
        return iter(pages)

    client = SimpleNamespace(get_paginator=lambda name: SimpleNamespace(paginate=paginate))
    return Aws(EMULATOR, client_factory=lambda service: client), asked


def test_traces_of_all_pages_and_unprocessed_ids_are_collected() -> None:
    found, asked = paged(
        {"Traces": [{"Id": "1"}], "UnprocessedTraceIds": ["3"]}, {"Traces": [{"Id": "2"}]}
    )
    assert found.xray.batch_get_traces(("1", "2", "3")) == ([{"Id": "1"}, {"Id": "2"}], ["3"])
    assert asked == [{"TraceIds": ["1", "2", "3"]}]


def test_filter_expression_is_sent_only_if_there_is_one() -> None:
    found, asked = paged({"TraceSummaries": [{"Id": "1"}]}, {"TraceSummaries": []})
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert found.xray.trace_summaries(start=noon, end=noon) == [{"Id": "1"}]
    found.xray.trace_summaries(start=noon, end=noon, filter_expression="fault")
    assert [params.get("FilterExpression", "none") for params in asked] == ["none", "fault"]


def test_graphs_come_page_by_page() -> None:
    found, asked = paged({"Services": [1]}, {"Services": [2]})
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert found.xray.service_graph(start=noon, end=noon) == [{"Services": [1]}, {"Services": [2]}]
    assert len(found.xray.trace_graph(("1",))) == 2
    assert asked == [{"StartTime": noon, "EndTime": noon}, {"TraceIds": ["1"]}]


def test_failing_page_is_translated() -> None:
    throttled = refusal("ThrottledException")

    def get_paginator(name: str) -> Any:
        raise throttled

    factory = SimpleNamespace(get_paginator=get_paginator)
    found = Aws(EMULATOR, client_factory=lambda service: factory)
    with pytest.raises(AwsError, match="xray:BatchGetTraces on 1 traces: ThrottledException"):
        found.xray.batch_get_traces(["1"])


def test_log_group_must_match_the_whole_name() -> None:
    found, _ = paged({"logGroups": [{"logGroupName": "/aws/lambda/order-2"}]})
    with pytest.raises(NotFoundError, match="/aws/lambda/order: there is no such log group"):
        found.logs.describe_group("/aws/lambda/order")


def test_log_events_of_a_range_are_collected() -> None:
    found, asked = paged({"events": [{"message": "a"}]}, {"events": [{"message": "b"}]})
    events = found.logs.filter_events("group", start_ms=1, end_ms=2, pattern="x")
    assert [event["message"] for event in events] == ["a", "b"]
    assert (asked[0]["startTime"], asked[0]["endTime"], asked[0]["filterPattern"]) == (1, 2, "x")


def test_page_that_an_emulator_sends_is_cut_short() -> None:
    with pytest.raises(AwsError) as caught:
        caller(FakeClient(refusal("404", "<html>\n" + "x " * 900)), []).call("iam:GetRole", "r")
    assert len(str(caught.value)) < 500
    assert "\n" not in str(caught.value)


def test_partition_comes_from_the_callers_arn() -> None:
    client = FakeClient({"Account": "1", "Arn": "arn:aws-cn:iam::1:user/me"})
    identity = aws(client).sts.caller_identity()
    assert (identity.account_id, identity.partition) == ("1", "aws-cn")
