"""What providers make of answers that AWS gives and its emulators do not."""

from types import SimpleNamespace
from typing import Any

import pytest

from tracing_lab.deploy.providers.api_policy import policy_of
from tracing_lab.deploy.providers.events import RuleProvider
from tracing_lab.deploy.providers.functions import FunctionProvider
from tracing_lab.deploy.providers.stages import StageProvider
from tracing_lab.deploy.providers.topics import SubscriptionProvider
from tracing_lab.deploy.providers.usage import ApiKeyProvider, UsagePlanProvider
from tracing_lab.deploy.providers.waf import WebAclAssociationProvider
from tracing_lab.stack import Observed, Resource

TAGS = {"tracing-lab:stack": "s"}


class _Recorder:
    """Responds to calls from a table and notes all of them."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers
        self.calls: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any, **_: Any) -> Any:
            self.calls.append((name, *arguments))
            return self._answers.get(name)

        return call


Recorder: Any = _Recorder


def stage(wanted: dict[str, Any], **settings: Any) -> Any:
    shown = {"stageName": "prod", "deploymentId": "d", "methodSettings": {"*/*": settings}}
    provider: Any = StageProvider(Recorder(stages=[shown], account_limits=(1250, 2500.0)), "arn")
    properties = {"RestApiId": "a", "StageName": "prod", "Tags": TAGS, **wanted}
    return provider.observe(Resource("T", "stage", "n", properties)).properties.get("Throttling")


@pytest.mark.parametrize("burst,rate", [(5000, 10000.0), (-1, -1.0), (1250, 2500.0)])
def test_limits_of_the_account_are_no_limits_of_the_stage(burst: int, rate: float) -> None:
    limits = {"throttlingBurstLimit": burst, "throttlingRateLimit": rate}
    assert stage({}, **limits) is None
    assert stage({}, throttlingBurstLimit=5, throttlingRateLimit=1.0) == {
        "BurstLimit": 5,
        "RateLimit": 1.0,
    }
    wanted = {"BurstLimit": burst, "RateLimit": rate}
    assert stage({"Throttling": wanted}, **limits) == wanted  # or it would be set for ever


def test_policy_is_read_as_it_was_written() -> None:
    arn = "arn:aws:execute-api:us-east-1:123456789012"
    text = '{"Statement": [{"Resource": "%s/*"}, {"Resource": "%s/*"}]}'
    found = policy_of(text % (f"{arn}:abc", f"{arn}:other"), "abc")
    resources = [one["Resource"] for one in found["Statement"]]
    assert resources == ["execute-api:/*", f"{arn}:other/*"]


def subscription(endpoint: str, *found: tuple[str, str], mark: str | None) -> tuple[Any, Any]:
    listed = [
        {"Endpoint": email, "Protocol": "email", "SubscriptionArn": arn, "TopicArn": "t"}
        for email, arn in found
    ]
    tags = {} if mark is None else {"tracing-lab:subscriber": mark}
    sns = Recorder(tags=tags, subscriptions=listed)
    properties = {"Endpoint": endpoint, "Protocol": "email", "TopicArn": "t"}
    provider: Any = SubscriptionProvider(sns)
    return provider.observe(Resource("T", "s", "n", properties)), (provider, sns)


def test_only_the_marked_subscription_is_ours() -> None:
    others = ("you@example.com", "arn:you")
    assert subscription("me@example.com", others, mark=None)[0] is None
    _, (provider, sns) = subscription("me@example.com", mark=None)
    provider.create(
        Resource("T", "s", "n", {"TopicArn": "t", "Protocol": "email", "Endpoint": "a@b.c"})
    )
    mark = next(call[2] for call in sns.calls if call[0] == "tag")["tracing-lab:subscriber"]
    found, _ = subscription("x@y.z", ("a@b.c", "arn:a"), others, mark=mark)
    assert found.properties["Endpoint"] == "a@b.c"
    # AND one that has vanished is made again, or its mark is taken away
    assert subscription("a@b.c", others, mark=mark)[0] is None
    assert subscription("x@y.z", others, mark=mark)[0].properties["Endpoint"] == ""


def test_subscription_that_its_recipient_cancelled_is_made_again() -> None:
    # GIVEN our mark of an address whose recipient has cancelled
    email, mark = "a@b.c", "d648b243a3e817ea"
    cancelled = (email, "Deleted")
    # THEN the subscription does not exist
    assert subscription(email, cancelled, mark=mark)[0] is None
    # AND a newer one to the same address does
    found, _ = subscription(email, cancelled, (email, "arn:new"), mark=mark)
    assert found.outputs == {"Arn": "arn:new"}


@pytest.mark.parametrize(
    "arn,calls",
    [
        ("arn:a", ["unsubscribe", "untag"]),
        ("PendingConfirmation", ["untag"]),
        ("Deleted", ["untag"]),
    ],
)
def test_nobody_can_end_an_unconfirmed_subscription(arn: str, calls: list[str]) -> None:
    _, (provider, sns) = subscription("a@b.c", mark=None)
    sns.calls.clear()
    provider.delete(Observed(Resource("T", "s", "n", {}), {"TopicArn": "t"}, {"Arn": arn}))
    assert [call[0] for call in sns.calls] == calls


def test_usage_plan_lets_its_stages_go_before_it_is_deleted() -> None:
    usage = Recorder()
    stages = [{"ApiId": "a", "Stage": "prod"}]
    found = Observed(Resource("T", "p", "n", {}), {"ApiStages": stages}, {"Id": "1"})
    UsagePlanProvider(usage, "arn").delete(found)
    removed = [{"op": "remove", "path": "/apiStages", "value": "a:prod"}]
    assert usage.calls == [("update_plan", "1", removed), ("delete_plan", "1")]


def test_web_acl_of_someone_else_is_left_on_our_stage() -> None:
    wafv2, gateway = Recorder(web_acl_arn="arn:theirs"), Recorder(tags={})
    provider: Any = WebAclAssociationProvider(wafv2, gateway)
    properties = {"ResourceArn": "stage", "WebACLArn": "arn:ours"}
    assert provider.observe(Resource("T", "w", "n", properties)) is None
    assert wafv2.calls == []
    ours = SimpleNamespace(properties={**properties, "WebACLArn": ""})
    provider.delete(ours)  # somebody else was faster
    assert [call[0] for call in [*wafv2.calls, *gateway.calls[1:]]] == ["untag"]


def test_stage_that_went_with_a_replacement_is_not_taken_out_of_the_plan_again() -> None:
    # GIVEN a plan that had a stage which is gone by now
    old, new = {"ApiId": "a", "Stage": "old"}, {"ApiId": "a", "Stage": "new"}
    usage = Recorder(plans_named=[{"id": "1", "name": "n", "apiStages": [], "tags": TAGS}])
    properties = {"ApiStages": [new], "Quota": {}, "Tags": TAGS, "Throttle": {}}
    resource = Resource("T", "p", "n", properties)
    found = Observed(resource, {**properties, "ApiStages": [old]}, {"Id": "1"})
    # WHEN it shall have another
    UsagePlanProvider(usage, "arn").update(resource, found, frozenset({"ApiStages"}))
    # THEN that is only added
    added = [{"op": "add", "path": "/apiStages", "value": "a:new"}]
    assert usage.calls[-1] == ("update_plan", "1", added)


def test_key_and_plan_that_were_made_twice_are_made_one() -> None:
    # GIVEN two keys and two plans of our name and tag, and one of each of someone else
    both = [{"id": str(number), "name": "n", "tags": TAGS} for number in (2, 3)]
    listed = [{"id": "1", "name": "n", "tags": {}}, *both]
    usage = Recorder(keys_named=listed, plans_named=listed)
    resource = Resource("T", "p", "n", {"Tags": TAGS})
    for provider in (ApiKeyProvider(usage, "arn"), UsagePlanProvider(usage, "arn")):
        # THEN the older of ours counts, and the other is a difference that goes with an update
        found = provider.observe(resource)
        assert found is not None
        assert (found.outputs["Id"], found.properties["Duplicates"]) == ("2", ["3"])
        provider.update(resource, found, frozenset({"Duplicates"}))
    assert [call for call in usage.calls if call[0].startswith("delete")] == [
        ("delete_key", "3"),
        ("delete_plan", "3"),
    ]


def test_limits_are_added_replaced_and_removed() -> None:
    usage = Recorder(plans_named=[])
    new = {"BurstLimit": 2, "RateLimit": 2.5}
    for present, wanted in (({}, new), (new, {**new, "BurstLimit": 3}), (new, {})):
        shared = {"ApiStages": [], "Quota": {}, "Tags": TAGS}
        resource = Resource("T", "p", "n", {**shared, "Throttle": wanted})
        found = Observed(resource, {**shared, "Throttle": present}, {"Id": "1"})
        UsagePlanProvider(usage, "arn").update(resource, found, frozenset({"Throttle"}))
    patches = [[(one["op"], one["path"]) for one in call[2]] for call in usage.calls]
    limits = ("/throttle/burstLimit", "/throttle/rateLimit")
    assert patches == [
        [("add", path) for path in limits],
        [("replace", path) for path in limits],
        [("remove", "/throttle")],
    ]


NEW = {"NewMember": "DEFAULT"}
"""What AWS may return some day of every structure."""


def test_member_that_aws_adds_to_a_target_is_no_difference() -> None:
    target: Any = {"Arn": "arn:f", "DeadLetterConfig": {"Arn": "q"}, "Input": "{}"}
    retries = {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 0}
    wanted = {**target, "RetryPolicy": retries}
    shown = {
        **wanted,
        **NEW,
        "Id": "i",
        "DeadLetterConfig": {"Arn": "q", **NEW},
        "RetryPolicy": {**retries, **NEW},
    }
    rule = {"Arn": "arn:r", "State": "ENABLED", "EventPattern": "{}"}
    provider: Any = RuleProvider(Recorder(describe_rule=rule, targets=[shown], tags=TAGS))
    found = provider.observe(Resource("T", "r", "n", {"EventBusName": "b", "Tags": TAGS}))
    assert found.properties["Targets"] == {"i": wanted}


def test_member_that_aws_adds_to_a_function_is_no_difference() -> None:
    settings: dict[str, Any] = {
        "DeadLetterConfig": {"TargetArn": "q"},
        "EphemeralStorage": {"Size": 512},
    }
    shown = {name: {**value, **NEW} for name, value in settings.items()}
    others = {"CodeSha256": "c", "FunctionArn": "arn:f", "Layers": [], "Timeout": 3}
    answer = {
        "Configuration": {**shown, **others, **NEW},
        "Concurrency": {"ReservedConcurrentExecutions": 2, **NEW},
        "Tags": TAGS,
    }
    provider: Any = FunctionProvider(Recorder(get_function=answer), {})
    found = provider.observe(Resource("T", "f", "n", {"Tags": TAGS}))
    assert found.properties == {
        **settings,
        "Architectures": ["x86_64"],
        "CodeSha256": "c",
        "Environment": {"Variables": {}},
        "FunctionName": "n",
        "ReservedConcurrentExecutions": 2,
        "Tags": TAGS,
        "Timeout": 3,
        "TracingConfig": {"Mode": "PassThrough"},
    }


def test_member_that_aws_adds_to_access_logs_is_no_difference() -> None:
    log = {"destinationArn": "arn:l", "format": "f", "newMember": "DEFAULT"}
    shown = {"stageName": "prod", "deploymentId": "d", "accessLogSettings": log}
    provider: Any = StageProvider(Recorder(stages=[shown]), "arn")
    properties = {"RestApiId": "a", "StageName": "prod", "Tags": TAGS}
    found = provider.observe(Resource("T", "stage", "n", properties))
    assert found.properties["AccessLogSetting"] == {"DestinationArn": "arn:l", "Format": "f"}
