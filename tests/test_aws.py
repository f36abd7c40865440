"""The AWS facade: endpoints, credentials, retries and error translation."""

import threading
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)
from hypothesis import given, strategies as st

from tracing_lab.aws import (
    AWS_CONTROL_PLANE,
    LOCAL_CONTROL_PLANE,
    Aws,
    Caller,
    Clients,
    call_patiently,
    connect,
)
from tracing_lab.aws.control_plane import ControlPlane, Quota
from tracing_lab.aws.pacing import Pacer
from tracing_lab.aws.retrying import waits_s
from tracing_lab.config import Config
from tracing_lab.errors import (
    AwsError,
    CredentialsError,
    EndpointUnreachableError,
    FilterSyntaxError,
    NotFoundError,
)
from tracing_lab.filters import parse

EMULATOR = Config(endpoint_url="http://127.0.0.1:9")


def refusal(
    code: str, text: str = "no", operation: str = "CreateFunction", status: int = 400
) -> ClientError:
    metadata = {"RequestId": "req-1", "HTTPStatusCode": status}
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
    return Caller(
        lambda service: client, endpoint_url=endpoint_url, sleep=waits.append, uniform=max
    )


def test_call_names_service_and_operation_and_gives_the_answer() -> None:
    client = FakeClient({"Role": 1})
    assert caller(client, []).call("iam:GetRole", "r", RoleName="r") == {"Role": 1}
    assert client.calls == [("get_role", {"RoleName": "r"})]


@pytest.mark.parametrize(
    "operation,code,text",
    [
        ("lambda:CreateFunction", "InvalidParameterValueException", "cannot be assumed by Lambda"),
        ("wafv2:AssociateWebACL", "WAFUnavailableEntityException", "not yet"),
        ("lambda:AddPermission", "ResourceConflictException", "update is in progress for resource"),
        ("lambda:TagResource", "ResourceConflictException", "in the following state: Pending"),
        ("events:PutRule", "ConcurrentModificationException", "x"),
        ("events:DeleteRule", "ValidationException", "Rule can't be deleted since it has targets."),
        ("iam:PutRolePolicy", "NoSuchEntity", "x"),
        ("apigateway:CreateRestApi", "TooManyRequestsException", "x"),
        ("apigateway:UpdateAccount", "BadRequestException", "does not have required permissions"),
    ],
)
def test_failure_that_passes_by_itself_is_retried(operation: str, code: str, text: str) -> None:
    waits: list[float] = []
    client = FakeClient(refusal(code, text), refusal(code, text), {"ok": 1})
    assert caller(client, waits).call(operation, "f") == {"ok": 1}
    assert waits == [0.2, 0.4]


@pytest.mark.parametrize(
    "operation,code,text",
    [
        ("lambda:CreateFunction", "ResourceConflictException", "Function already exist: f"),
        ("iam:DeleteRolePolicy", "NoSuchEntity", "x"),
        ("lambda:CreateFunction", "InvalidParameterValueException", "Runtime is not supported"),
    ],
)
def test_failure_that_stays_is_not_retried(operation: str, code: str, text: str) -> None:
    waits: list[float] = []
    with pytest.raises(AwsError, match=text):
        caller(FakeClient(refusal(code, text)), waits).call(operation, "f")
    assert waits == []


class PlainClient:
    """What boto3's client of Lambda looks like to its caller."""

    def __init__(self, *answers: Any) -> None:
        self.fake = FakeClient(*answers)
        names = {"create_function": "CreateFunction"}
        model = SimpleNamespace(service_name="lambda")
        self.meta = SimpleNamespace(method_to_api_mapping=names, service_model=model)

    def create_function(self, **params: Any) -> Any:
        return self.fake.create_function(**params)


def test_a_plain_call_waits_until_a_new_role_is_known() -> None:
    new = refusal(
        "InvalidParameterValueException",
        "The role defined for the function cannot be assumed by Lambda.",
    )
    client, waits = PlainClient(new, new, {"State": "Pending"}), list[float]()
    answer = call_patiently(client.create_function, sleep=waits.append, FunctionName="shipping")
    assert answer == {"State": "Pending"}
    assert client.fake.calls == [("create_function", {"FunctionName": "shipping"})] * 3
    assert len(waits) == 2


def test_a_plain_call_that_fails_for_good_is_named() -> None:
    client = PlainClient(refusal("ResourceConflictException", "Function already exist: shipping"))
    with pytest.raises(AwsError, match="lambda:CreateFunction on shipping"):
        call_patiently(client.create_function, sleep=[].append, FunctionName="shipping")


def test_retries_are_bounded_and_their_waits_have_full_jitter() -> None:
    waits: list[float] = []
    client = FakeClient(*[refusal("ConcurrentModificationException")] * 40)
    with pytest.raises(AwsError):
        caller(client, waits).call("iam:TagRole", "r")
    assert len(client.calls) == len(waits) + 1
    assert waits[:7] == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    assert 90 <= sum(waits) < 95
    drawn = list(waits_s(90, uniform=lambda low, high: low + high / 4))
    assert drawn == [ceiling / 4 for ceiling in waits]


LOST = [
    ConnectionClosedError(endpoint_url="http://x"),
    ReadTimeoutError(endpoint_url="http://x"),
    refusal("InternalFailure", status=500),
]


@pytest.mark.parametrize("lost", LOST)
def test_lost_answer_is_asked_for_again_if_that_does_no_harm(lost: Exception) -> None:
    waits: list[float] = []
    assert caller(FakeClient(lost, {"ok": 1}), waits).call("iam:PutRolePolicy", "r") == {"ok": 1}
    assert waits == [0.2]


@pytest.mark.parametrize("lost", LOST)
def test_lost_answer_of_what_would_be_made_twice_is_given_to_the_caller(lost: Exception) -> None:
    waits: list[float] = []
    client = FakeClient(lost, {"id": "another"})
    with pytest.raises(AwsError) as caught:
        caller(client, waits).call("apigateway:CreateRestApi", "api")
    assert caught.value.outcome_unknown
    assert (waits, len(client.calls)) == ([], 1)


def test_refusal_after_a_lost_answer_leaves_the_outcome_open() -> None:
    # GIVEN a deletion that was done, whose answer was lost, and that is then refused
    waits: list[float] = []
    client = FakeClient(LOST[0], refusal("InvalidRequestException", "there is no such group"))
    with pytest.raises(AwsError, match="no such group") as caught:
        caller(client, waits).call("xray:DeleteGroup", "g")
    assert caught.value.outcome_unknown
    assert waits == [0.2]


def test_pages_are_fetched_again_after_a_throttle() -> None:
    pages = iter([refusal("ThrottlingException"), [{"Roles": [1]}, {"Roles": [2]}]])

    def paginate() -> Any:
        answer = next(pages)
        if isinstance(answer, Exception):
            raise answer
        return answer

    client = SimpleNamespace(get_paginator=lambda name: SimpleNamespace(paginate=paginate))
    waits: list[float] = []
    asked: Any = client
    assert caller(asked, waits).pages("iam:ListRoles", "roles", "Roles") == [1, 2]
    assert waits == [0.2]


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
        (refusal("InvalidRequestException"), AwsError, "Correct what the message names"),
    ],
)
def test_each_failure_has_its_kind_and_remedy(
    exception: Exception, kind: type[AwsError], remedy: str
) -> None:
    with pytest.raises(AwsError, match=remedy) as caught:
        caller(FakeClient(*[exception] * 9), []).call("iam:GetRole", "r")
    assert type(caught.value) is kind
    assert caught.value.__cause__ is exception


def test_the_end_of_a_long_message_is_there_too() -> None:
    try:
        parse("payment { error }")
    except FilterSyntaxError as mistake:
        answer = refusal("InvalidRequestException", f"FilterExpression: {mistake}")
    with pytest.raises(AwsError, match=r"found payment\. Correct"):
        caller(FakeClient(answer), []).call("xray:GetTraceSummaries", "trace summaries")


def test_dead_emulator_is_named_with_how_to_start_it() -> None:
    with pytest.raises(EndpointUnreachableError, match="tracing-lab embedded start"):
        Aws(EMULATOR).sts.caller_identity()


def test_wait_until_polls_until_the_answer_is_as_wished() -> None:
    waits: list[float] = []
    client = FakeClient({"State": "Pending"}, {"State": "Active"})
    caller(client, waits).wait_until("lambda:Get", "f", lambda answer: answer["State"] == "Active")
    assert waits == [0.2]


def test_wait_until_gives_up() -> None:
    client = FakeClient(*[{}] * 60)
    with pytest.raises(AwsError, match="still not ready"):
        caller(client, []).wait_until("lambda:Get", "f", lambda answer: False)


class FakeClock:
    """Seconds that pass only in sleep."""

    def __init__(self) -> None:
        self.now_s, self.slept_s = 100.0, []

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.now_s += seconds


def test_calls_keep_to_the_quotas_of_their_operation_and_service() -> None:
    clock = FakeClock()
    quotas = [Quota("a:Create", per_s=0.25), Quota("a:*", per_s=1, burst=3, but=("a:Get",))]
    pacer = Pacer(quotas, clock=clock, sleep=clock.sleep)
    for operation in ("a:Create", "a:Create", "a:Get", "b:Create", "a:Other", "a:Other"):
        pacer.wait(operation)
    # The second Create waits for its own bucket, in which time the service's is full again.
    assert clock.slept_s == [4.0]
    pacer.wait("a:Other")
    assert clock.slept_s[1:] == [1.0]


@given(
    st.lists(st.tuples(st.sampled_from(["a:X", "a:Y"]), st.floats(0, 3)), max_size=40),
    st.floats(0.1, 5),
    st.integers(1, 5),
)
def test_no_window_of_time_has_more_calls_than_its_quota(
    calls: list[tuple[str, float]], per_s: float, burst: int
) -> None:
    clock, made_at_s = FakeClock(), []
    pacer = Pacer([Quota("a:*", per_s, burst)], clock=clock, sleep=clock.sleep)
    for operation, pause_s in calls:
        clock.now_s += pause_s
        pacer.wait(operation)
        made_at_s.append(clock())
    for first, start_s in enumerate(made_at_s):
        for last in range(first, len(made_at_s)):
            window_s = made_at_s[last] - start_s
            assert last - first + 1 <= burst + per_s * window_s + 1e-6


def test_calls_of_all_services_keep_to_the_endpoints_quotas() -> None:
    waits: list[float] = []
    paced = Aws(
        EMULATOR,
        client_factory=lambda service: FakeClient(*[{"Role": {}}] * 3),
        control_plane=ControlPlane(quotas=(Quota("iam:GetRole", per_s=0.01),)),
        sleep=waits.append,
    )
    for _ in range(3):
        paced.iam.get_role("r")
    assert waits == pytest.approx([100, 200], abs=1)


def test_only_a_real_account_has_quotas() -> None:
    assert connect(EMULATOR).control_plane == LOCAL_CONTROL_PLANE
    assert not LOCAL_CONTROL_PLANE.quotas
    assert connect(Config(target="aws")).control_plane == AWS_CONTROL_PLANE


@pytest.mark.parametrize(
    "operation,seconds_between",
    [
        ("apigateway:CreateRestApi", 3),
        ("apigateway:CreateDeployment", 5),
        ("apigateway:DeleteRestApi", 30),
        ("apigateway:UpdateAccount", 20),
        ("apigateway:GetAccount", 1 / 10),
        ("lambda:CreateFunction", 1 / 15),
        ("lambda:GetFunction", 1 / 100),
        ("events:PutRule", 1 / 50),
    ],
)
def test_each_operation_has_its_published_quota(operation: str, seconds_between: float) -> None:
    covering = [quota for quota in AWS_CONTROL_PLANE.quotas if quota.covers(operation)]
    assert max(1 / quota.per_s for quota in covering) == pytest.approx(seconds_between)


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


def test_sessions_share_what_was_read_of_services() -> None:
    loaders = [connect(EMULATOR)._session._session.get_component("data_loader") for _ in range(2)]
    assert loaders[0] is loaders[1]
    paths = loaders[0].search_paths
    connect(EMULATOR)
    assert loaders[0].search_paths == paths  # no session leaves anything behind


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


def test_summaries_come_page_by_page_and_a_failure_repeats_one_page() -> None:
    client = FakeClient(
        {"TraceSummaries": [{"Id": "1"}], "NextToken": "a"},
        refusal("ThrottledException", operation="GetTraceSummaries", status=429),
        {"TraceSummaries": [], "NextToken": "b"},  # a page may be empty although more follow
        {"TraceSummaries": [{"Id": "2"}]},
    )
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    pages = aws(client).xray.trace_summary_pages(noon, noon, filter_expression="fault")
    assert [*pages] == [[{"Id": "1"}], [], [{"Id": "2"}]]
    assert [params.get("NextToken") for _, params in client.calls] == [None, "a", "a", "b"]
    assert {params["FilterExpression"] for _, params in client.calls} == {"fault"}


def test_filter_expression_is_sent_only_if_there_is_one() -> None:
    client = FakeClient({"TraceSummaries": []})
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert [*aws(client).xray.trace_summary_pages(noon, noon)] == [[]]
    assert client.calls == [("get_trace_summaries", {"StartTime": noon, "EndTime": noon})]


def test_graphs_come_page_by_page() -> None:
    found, asked = paged({"Services": [1]}, {"Services": [2]})
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert found.xray.service_graph(start=noon, end=noon) == [{"Services": [1]}, {"Services": [2]}]
    assert len(found.xray.trace_graph(("1",))) == 2
    assert asked == [{"StartTime": noon, "EndTime": noon}, {"TraceIds": ["1"]}]


def test_failing_page_is_translated() -> None:
    refused = refusal("InvalidRequestException")

    def get_paginator(name: str) -> Any:
        raise refused

    factory = SimpleNamespace(get_paginator=get_paginator)
    found = Aws(EMULATOR, client_factory=lambda service: factory)
    with pytest.raises(AwsError, match="xray:BatchGetTraces on 1 traces: InvalidRequestException"):
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


def test_results_of_a_query_are_collected_over_all_pages() -> None:
    row = [{"field": "n", "value": "1"}]
    client = FakeClient(
        {"queryId": "q"},
        {"status": "Running", "results": []},
        {"status": "Complete", "results": [row, row], "nextToken": "2"},
        {"status": "Complete", "results": [row]},
    )
    logs = aws(client).logs
    assert logs.start_query(["a", "b"], "limit 3", start_s=1, end_s=2) == "q"
    assert logs.query_status("q") == "Running"
    assert logs.query_results("q") == [row, row, row]
    assert client.calls[0][1]["logGroupNames"] == ["a", "b"]
    assert [params.get("nextToken") for _, params in client.calls[2:]] == [None, "2"]


def test_a_malformed_query_is_an_error_about_the_query() -> None:
    client = FakeClient(refusal("MalformedQueryException"))
    with pytest.raises(AwsError, match="Correct the query where the message says"):
        aws(client).logs.start_query(["a"], "limit", start_s=1, end_s=2)


def test_page_that_an_emulator_sends_is_cut_short() -> None:
    with pytest.raises(AwsError) as caught:
        caller(FakeClient(refusal("404", "<html>\n" + "x " * 900)), []).call("iam:GetRole", "r")
    assert len(str(caught.value)) < 500
    assert "x ... x" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_partition_comes_from_the_callers_arn() -> None:
    client = FakeClient({"Account": "1", "Arn": "arn:aws-cn:iam::1:user/me"})
    identity = aws(client).sts.caller_identity()
    assert (identity.account_id, identity.partition) == ("1", "aws-cn")
