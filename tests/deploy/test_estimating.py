"""How long a plan will take: by its longest chain of calls, its quotas, and its new roles."""

from fault_proxy import NamedClients
from stacks import CODE

from tracing_lab import deploy
from tracing_lab.aws import AWS_CONTROL_PLANE, Aws, ControlPlaneProfile
from tracing_lab.aws.calling.control_plane import Quota
from tracing_lab.config import Config
from tracing_lab.deploy.estimating import estimate_many_s, estimate_s, urgency
from tracing_lab.stack import Action, Plan, Resource, Site, Step, plan, resources

PERMISSION = "AWS::Lambda::Permission"  # one call
ROLE = "AWS::IAM::Role"  # two calls


def step(type_: str, name: str, *after: str, action: Action = Action.CREATE) -> Step:
    return Step(action, Resource(type_, name, name, {}), after=after)


def whole_stack(*, foreign_log_role: bool = False) -> Plan:
    site = Site("123456789012", "us-east-1", foreign_log_role=foreign_log_role)
    return plan(resources(Config(), site, CODE), {})


def test_longest_chain_decides_when_there_are_no_quotas() -> None:
    steps = [step(ROLE, "a"), step(PERMISSION, "b", "a"), step(PERMISSION, "c")]
    assert estimate_s(steps, ControlPlaneProfile(call_s=2.0)) == 6.0
    assert urgency(steps) == {"a": 3, "b": 1, "c": 1}


def test_calls_wait_for_their_quota() -> None:
    steps = [step(PERMISSION, name) for name in "abc"]
    slow = ControlPlaneProfile(quotas=(Quota("lambda:*", per_s=0.1),), call_s=1.0)
    assert estimate_s(steps, slow) == 21.0


def test_function_waits_for_its_new_role() -> None:
    control_plane = ControlPlaneProfile(call_s=1.0, role_s=10.0)
    assert (
        estimate_s([step("AWS::Lambda::Function", "f")], control_plane) == 12.0
    )  # it is created, then active


def test_replaced_function_waits_for_its_new_role() -> None:
    control_plane = ControlPlaneProfile(call_s=1.0, role_s=10.0)
    replaced = step("AWS::Lambda::Function", "f", action=Action.REPLACE)
    assert estimate_s([replaced], control_plane) == 12.0


def test_new_stack_takes_seconds_here_and_less_than_a_minute_on_aws() -> None:
    steps = whole_stack().steps
    assert estimate_s(steps, ControlPlaneProfile()) < 1
    assert 10 < estimate_s(steps, AWS_CONTROL_PLANE) < 60


def test_plans_of_one_account_share_its_quotas() -> None:
    """A new API takes a deployment, one in 5 s; a deletion of an API takes 30 s."""
    steps = whole_stack(foreign_log_role=True).steps
    alone_s = estimate_s(steps, AWS_CONTROL_PLANE)
    many_s = estimate_many_s([steps] * 30, AWS_CONTROL_PLANE, at_once=8)
    assert 29 * 5 < many_s < 29 * 5 + 4 * alone_s
    gone = [step("AWS::ApiGateway::RestApi", "api", action=Action.DELETE)]
    assert 29 * 30 < estimate_many_s([gone] * 30, AWS_CONTROL_PLANE, at_once=8) < 29 * 30 + 10


def test_late_call_of_one_plan_does_not_hold_back_an_early_one_of_another() -> None:
    """The first plan's calls come after 100 s, 10 s apart; the other plan's only call at once."""
    control_plane = ControlPlaneProfile(
        quotas=(Quota("lambda:*", per_s=0.1),), role_s=100.0, call_s=1.0
    )
    late = [step("AWS::Lambda::Function", "f")]
    assert estimate_many_s([late, [step(PERMISSION, "p")]], control_plane, at_once=2) == 111.0


def test_next_plan_begins_when_one_has_ended() -> None:
    plans = [[], [step(ROLE, "a")], [step(PERMISSION, "b")], [step(ROLE, "c")], []]
    assert estimate_many_s(plans, ControlPlaneProfile(call_s=1.0), at_once=2) == 3.0
    assert estimate_many_s(plans, ControlPlaneProfile(call_s=1.0), at_once=1) == 5.0


def test_machine_that_is_busy_with_each_call_sets_the_pace() -> None:
    plans = [[step(PERMISSION, "a")]] * 10
    assert estimate_many_s(plans, ControlPlaneProfile(call_s=1.0, busy_s=0.5), at_once=10) == 5.5


def test_estimated_calls_are_those_that_are_made(embedded_url: str) -> None:
    config = Config(project_name="counted", aws_region="us-west-1", endpoint_url=embedded_url)
    clients = NamedClients(config)
    aws = Aws(config, client_factory=clients)
    planned = deploy.plan(config, aws=aws)
    reading = len(clients.operations)
    deploy.apply(config, aws=aws)
    made = len(clients.operations) - 2 * reading
    in_a_row = sum(urgency([step])[step.resource.logical] for step in planned.steps)
    assert in_a_row == made
    deploy.destroy(config, confirm=True, aws=aws)
