"""A small class on a real embedded AWS: made, broken, mended, interrupted and taken down."""

import csv
import io
import json
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError
from fault_proxy import NamedClients

from tracing_lab import classroom, deploy
from tracing_lab.aws import Aws, ControlPlaneProfile
from tracing_lab.aws.calling.control_plane import Quota
from tracing_lab.classroom import ClassReport, LearnerStack
from tracing_lab.classroom.roster import SHARED
from tracing_lab.config import Config
from tracing_lab.errors import DeployError
from tracing_lab.stack import Names, Site

LEARNERS = ["anna", "bob"]


@pytest.fixture
def config(embedded_url: str) -> Iterator[Config]:
    """Make the settings of a class; whatever a test makes of it is gone afterwards."""
    config = Config(project_name="klass", aws_region="ap-south-2", endpoint_url=embedded_url)
    yield config
    assert classroom.destroy(config, [*LEARNERS, "cleo"]).is_complete
    assert Aws(config).gateway.log_role_arn() == ""


def states(report: ClassReport) -> dict[str, str]:
    return {one.learner: one.state for one in report.learners}


def names(config: Config, learner: str) -> Names:
    own = config.replace(environment=learner)
    return Names(own, Site("123456789012", config.aws_region))


def order(api_url: str) -> int:
    body = json.dumps({"productId": "p1", "quantity": 1, "amount": 5.0}).encode()
    request = Request(f"{api_url}/orders/c1", body, {"Content-Type": "application/json"})  # noqa: S310
    with urlopen(request) as answer:  # noqa: S310 - the embedded AWS
        return int(answer.status)


def test_class_from_nothing_to_nothing(config: Config) -> None:
    # GIVEN a class that was made
    planned = classroom.plan(config, LEARNERS)
    assert [one.summary for one in planned.learners] == ["create 24"] * 2
    assert planned.shared.summary == "create 2"
    report = classroom.create(config, LEARNERS, planned=planned)
    assert states(report) == dict.fromkeys(LEARNERS, "ready")
    # THEN each learner has an API that works
    assert [order(one.api_url) for one in report.learners] == [201, 201]
    # AND the table of the class is there as CSV
    rows = list(csv.DictReader(io.StringIO(report.to_csv())))
    assert rows[1] == {
        "learner": "bob",
        "stack": "klass-bob",
        "project_name": "klass",
        "environment": "bob",
        "region": "ap-south-2",
        "state": "ready",
        "api_url": report.learners[1].api_url,
    }
    assert "2 of 2 are ready." in str(report)
    # AND neither the learner nor a second run has anything to do
    assert not deploy.plan(config.replace(environment="bob"))
    again = NamedClients(config)
    assert classroom.create(config, LEARNERS, aws=Aws(config, client_factory=again)).is_complete
    assert list(again.changes) == []
    assert [one.api_url for one in classroom.status(config, LEARNERS).learners] == [
        one.api_url for one in report.learners
    ]
    # AND all of it goes
    gone = classroom.destroy(config, LEARNERS)
    assert states(gone) == dict.fromkeys(LEARNERS, "destroyed")
    assert states(classroom.status(config, LEARNERS)) == dict.fromkeys(LEARNERS, "absent")
    assert not classroom.plan_removal(config, LEARNERS)


def refusing(config: Config, operation: str, word: str) -> Callable[[str], Any]:
    """Make clients for which one operation fails if its body has a word."""
    clients = NamedClients(config)

    def refuse(model: Any, params: dict[str, Any], **_: Any) -> None:
        if model.name == operation and word in str(params["body"]):
            error = {"Code": "AccessDeniedException", "Message": "no"}
            raise ClientError({"Error": error}, operation)  # type: ignore[typeddict-item]

    def client(service: str) -> Any:
        made = clients(service)
        made.meta.events.register("before-call", refuse, unique_id="refuse")
        return made

    return client


def test_learner_who_destroys_the_own_stack_ends_nobody_elses_logs(config: Config) -> None:
    classroom.create(config, LEARNERS)
    deploy.destroy(config.replace(environment="anna"), confirm=True)
    assert "class-shared" in Aws(config).gateway.log_role_arn()
    report = classroom.status(config, LEARNERS)
    assert states(report) == {"anna": "absent", "bob": "ready"}
    assert not report.is_complete
    # AND a teardown that fails keeps what the class shares
    clients = refusing(config, "DeleteRole", "klass-bob-payment")
    left = classroom.destroy(config, LEARNERS, aws=Aws(config, client_factory=clients))
    assert states(left) == {"anna": "destroyed", "bob": "failed"}
    assert "class-shared" in Aws(config).gateway.log_role_arn()
    assert "What the class shares: Still" in str(left)


def test_log_role_of_the_class_stays_while_others_log_by_it(config: Config) -> None:
    guest = config.replace(project_name="guest")
    classroom.create(config, LEARNERS)
    deploy.apply(guest)
    gone = classroom.destroy(config, LEARNERS)
    assert gone.is_complete
    assert [reason.partition(":")[0] for reason in gone.kept] == [
        names(config, SHARED).api_log_role
    ]
    assert f"Kept: {gone.kept[0]}" in str(gone)
    assert "class-shared" in Aws(config).gateway.log_role_arn()
    deploy.destroy(guest, confirm=True)
    assert classroom.destroy(config, LEARNERS).kept == ()
    assert Aws(config).gateway.log_role_arn() == ""


def test_stacks_that_fail_stop_no_other_and_go_on_in_the_next_run(config: Config) -> None:
    # GIVEN a role of bob's name that is not ours, and a function of cleo's that is refused
    learners, aws, role = [*LEARNERS, "cleo"], Aws(config), names(config, "bob").role("order")
    aws.inventory._call("iam:CreateRole", role, RoleName=role, AssumeRolePolicyDocument="{}")
    clients = refusing(config, "CreateFunction", "klass-cleo-payment")
    ended: list[LearnerStack] = []
    report = classroom.create(
        config, learners, on_end=ended.append, aws=Aws(config, client_factory=clients)
    )
    assert states(report) == {"anna": "ready", "bob": "failed", "cleo": "failed"}
    assert sorted(one.learner for one in ended) == learners
    assert f"AWS::IAM::Role {role}. Choose another name." in report.learners[1].detail
    assert "klass-cleo-payment" in report.learners[2].detail
    assert states(classroom.status(config, learners)) == {
        "anna": "ready",
        "bob": "failed",
        "cleo": "incomplete",
    }
    # THEN the role is left alone, and said to be left
    gone = classroom.destroy(config, ["bob"])
    assert states(gone) == {"bob": "something is left"}
    assert f"iam {role}" in gone.learners[0].detail
    # AND the next run makes what is missing
    aws.inventory._call("iam:DeleteRole", role, RoleName=role)
    assert classroom.create(config, learners).is_complete


@pytest.fixture
def _heeded_interrupts() -> Iterator[None]:
    """Handle SIGINT as an interpreter does: a worker that runs tests may ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_heeded_interrupts")
def test_interruption_lets_no_step_begin(config: Config) -> None:
    done = []
    interrupted = threading.Lock()

    def interrupt(learner: str, report: deploy.StepReport) -> None:
        if report.error is None:
            done.append(report)
        if learner == "anna" and interrupted.acquire(blocking=False):  # once
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    planned = classroom.plan(config, LEARNERS)
    with pytest.raises(KeyboardInterrupt):
        classroom.create(config, LEARNERS, planned=planned, on_step=interrupt)
    assert len(done) < sum(len(one.plan) for one in planned.learners)
    assert not classroom.status(config, LEARNERS).is_complete


def test_what_there_is_no_room_for_is_said_before_anything_is_made(config: Config) -> None:
    wanted = config.replace(enable_x_ray_group=True)
    one = ControlPlaneProfile(limits={"AWS::XRay::Group": 1, "AWS::Events::EventBus": 100})
    clients = NamedClients(wanted)
    aws = Aws(wanted, client_factory=clients, control_plane=one)
    with pytest.raises(
        DeployError, match=r"quotas are too low.*\n- 2 more of AWS::XRay::Group.* 1 can be made"
    ):
        classroom.create(wanted, LEARNERS, aws=aws)
    assert list(clients.changes) == []
    # AND an account whose quota was raised can be used all the same
    assert classroom.create(wanted, LEARNERS, ignore_limits=True, aws=aws).is_complete


def test_all_stacks_share_one_schedule_of_calls(config: Config) -> None:
    # GIVEN an AWS that takes a new API every 3,000 s, and a clock that does not wait
    waits: list[float] = []
    slow = ControlPlaneProfile(
        quotas=(Quota("apigateway:CreateRestApi", per_s=1 / 3000),), lag_s=0.0
    )
    clients = NamedClients(config)
    aws = Aws(config, client_factory=clients, control_plane=slow, sleep=waits.append)
    planned = classroom.plan(config, LEARNERS, aws=aws)
    assert 3000 < planned.estimate_s < 3100
    assert classroom.create(config, LEARNERS, planned=planned).is_complete
    # THEN the second API waits for the first, though they are of different stacks
    assert 2000 < max(waits) < 3000
