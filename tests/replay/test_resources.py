"""The resources of a replay: names, permissions and modes, without AWS."""

import json
from typing import Any

import pytest
from recorded_systems import Accepted, Api, Calls, Entry, Function, Host, Publishes, recorded
from stacks import SITE

import tracing_lab as tl
from tracing_lab.errors import ConfigError
from tracing_lab.package import DeploymentPackage
from tracing_lab.replay.resources import replay_resources
from tracing_lab.replay.shape import ReplayNames, ReplayShape
from tracing_lab.stack import Names, Resource
from tracing_lab.stack.planning import in_order

CONFIG = tl.Config(project_name="shop", environment="test", tags={"team": "a"})
OWN = tl.replay.config_of_replay(CONFIG)
NAMES = ReplayNames(Names(OWN, SITE), "http://127.0.0.1:1")
CODE = DeploymentPackage(service="a", data=b"", sha256_base64="c2hh", handler="a.b")

INNER = Api("inner-api", Function("inner"))
OUTER = Api(
    "outer-api",
    Function("outer", (Calls(INNER), Publishes((Function("listener"),)), Calls(Host("host")))),
)


def wanted(*entries: Entry) -> dict[str, Resource]:
    model = tl.replay.derive(tl.spans.spans_from_traces(recorded(*entries)))
    found = replay_resources(NAMES, model, dict.fromkeys(model.stand_ins, CODE))
    assert len({resource.logical for resource in found}) == len(found)
    return {resource.logical: resource for resource in in_order(found)}


def actions(role: Resource) -> dict[str, Any]:
    statements = role.properties["Policies"]["least-privilege"]["Statement"]
    return {statement["Sid"]: statement["Resource"] for statement in statements}


def test_names_and_tags_are_of_a_stack_of_its_own() -> None:
    tagged = [item for item in wanted(OUTER).values() if "Tags" in item.properties]
    assert len(tagged) > 10
    for resource in tagged:
        assert resource.properties["Tags"] == {
            "team": "a",
            "tracing-lab:stack": "shop-test-replay",
        }
        assert "shop-test-replay-" in resource.name


def test_a_name_without_room_for_the_replays_is_an_error() -> None:
    config = tl.Config(project_name="a" * 26, environment="test")
    with pytest.raises(ConfigError, match="project_name and environment"):
        tl.replay.config_of_replay(config)


def test_services_that_were_no_functions_are_not_traced_by_lambda() -> None:
    found = wanted(OUTER)
    modes = {
        name: item.properties["TracingConfig"]["Mode"]
        for name, item in found.items()
        if item.type == "AWS::Lambda::Function"
    }
    assert sorted(modes.values()) == ["Active", "Active", "Active", "PassThrough"]


def test_a_stand_in_may_only_call_what_the_service_called() -> None:
    found = wanted(OUTER)
    outer, listener = (actions(found[f"service-{number}-role"]) for number in (1, 3))
    assert outer.keys() == {"WriteOwnLog", "WriteTraces", "PublishToOwnBus", "InvokeCallees"}
    assert outer["PublishToOwnBus"].endswith(f"event-bus/{NAMES.stack.bus}")
    assert len(outer["InvokeCallees"]) == 1
    assert listener.keys() == {"WriteOwnLog", "WriteTraces"}


def test_apis_have_a_route_per_function_and_entries_without_one_an_untraced_api() -> None:
    found = wanted(OUTER, Function("direct"))
    assert [*found["api-1"].properties["Methods"]] == ["/service-1"]
    assert [*found["front"].properties["Methods"]] == ["/service-5"]
    assert found["api-1-stage"].properties["TracingEnabled"] is True
    assert found["front-stage"].properties["TracingEnabled"] is False


def test_events_from_outside_have_a_route_that_does_not_wait() -> None:
    found = wanted(Function("direct"), Accepted(Function("direct")), Accepted(Function("late")))
    methods = found["front"].properties["Methods"]
    kinds = {path: methods[path]["POST"]["Type"] for path in methods}
    assert kinds == {
        "/service-1": "AWS_PROXY",
        "/service-1/event": "AWS",
        "/service-2/event": "AWS",
    }
    event = methods["/service-1/event"]["POST"]
    assert event["RequestParameters"] == {
        "integration.request.header.X-Amz-Invocation-Type": "'Event'"
    }
    assert event["Uri"] == methods["/service-1"]["POST"]["Uri"]
    allowed = {
        name: item.properties["SourceArn"].rpartition("/POST/")[2]
        for name, item in found.items()
        if item.type == "AWS::Lambda::Permission"
    }
    assert allowed == {
        "service-1-front-permission": "service-1",
        "service-1-front-event-permission": "service-1/event",
        "service-2-front-event-permission": "service-2/event",
    }


def test_a_replay_has_the_retries_of_its_own_functions() -> None:
    """Stand-ins have no settings for events, so that Lambda retries as it usually does."""
    few = CONFIG.replace(lambda_max_retries=0)
    assert tl.replay.config_of_replay(few).lambda_max_retries == 2


def test_the_address_of_a_called_api_is_a_variable() -> None:
    outer = wanted(OUTER)["service-1-function"]
    variables = outer.properties["Environment"]["Variables"]
    assert variables["API_URL_API_2"] == "http://127.0.0.1:1/_aws/execute-api/${api-2.Id}/prod"
    assert "api-2" in outer.depends_on
    account = ReplayNames(NAMES.stack, None)
    address = "https://${api-2.Id}.execute-api.us-east-1.amazonaws.com/prod"
    assert account.api_url("api-2") == address


def test_without_events_there_is_no_bus() -> None:
    shape = ReplayShape.of(tl.replay.derive(tl.spans.spans_from_traces(recorded(INNER))))
    assert not shape.has_bus
    assert "bus" not in wanted(INNER)


def test_the_timeout_is_beyond_the_longest_run() -> None:
    slow = Api("a", Function("f", (), own_s=40.0))
    assert wanted(slow)["service-1-function"].properties["Timeout"] == 70
    endless = Api("a", Function("f", (), own_s=4000.0))
    assert wanted(endless)["service-1-function"].properties["Timeout"] == 900


def test_nothing_recorded_is_in_the_resources() -> None:
    text = json.dumps([item.properties for item in wanted(OUTER).values()], default=str)
    assert [name for name in ("inner", "outer", "listener", "host") if name in text] == []
