"""The doctor: each finding by hand, and an account that is not well, played by a fake."""

import json
import re
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from cfnlint.api import lint
from otel_layers import built_layer
from setting_values import EVERYTHING
from stacks import wanted

import tracing_lab
from tracing_lab import doctor
from tracing_lab.aws import Aws
from tracing_lab.cli import main
from tracing_lab.config import Config
from tracing_lab.doctor import Result, Status, checks, cloud, machine
from tracing_lab.doctor.actions import needed

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
ACCOUNT = "123456789012"
ALL_TYPES = sorted({resource.type for resource in wanted(Config(**EVERYTHING)).values()})


class FakeAccount:
    """Responds to the calls of the doctor; what is overridden may raise."""

    def __init__(self, arn: str, *, ahead_s: float = 0.0, **answers: Any) -> None:
        date = (NOW - timedelta(seconds=ahead_s)).strftime("%a, %d %b %Y %H:%M:%S GMT")
        metadata = {"HTTPHeaders": {"date": date}}
        self.answers: dict[str, Any] = {
            "get_caller_identity": {"Arn": arn, "Account": ACCOUNT, "ResponseMetadata": metadata},
            "get_account_settings": {"AccountLimit": {"ConcurrentExecutions": 1000}},
            "get_trace_segment_destination": {"Destination": "XRay"},
            "get_account": {},
            "get_role": {"Role": {"Arn": f"arn:aws:iam::{ACCOUNT}:role/team/Builder"}},
            **answers,
        }
        self.simulated: list[str] = []
        self.resources: dict[str, list[str]] = {}
        self.denied: set[str] = set()

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**_params: Any) -> Any:
            answer = self.answers[operation]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    def simulate_principal_policy(self, **params: Any) -> dict[str, Any]:
        self.simulated.append(params["PolicySourceArn"])
        self.resources |= dict.fromkeys(params["ActionNames"], params["ResourceArns"])
        decisions = {True: "implicitDeny", False: "allowed"}
        results = [
            {"EvalActionName": name, "EvalDecision": decisions[name in self.denied]}
            for name in params["ActionNames"]
        ]
        return {"EvaluationResults": results}

    def examine(self, **settings: Any) -> dict[str, Result]:
        config = Config(target="aws", **settings)
        aws = Aws(config, client_factory=lambda _service: self, sleep=lambda _s: None)
        return {result.name: result for result in cloud.examine(aws, now=lambda: NOW)}


def user(**answers: Any) -> FakeAccount:
    return FakeAccount(f"arn:aws:iam::{ACCOUNT}:user/me", **answers)


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Operation")


def test_an_account_that_is_well() -> None:
    account = user()
    found = account.examine()
    names = ["credentials", "clock", "region", "permissions", "trace destination", "log role"]
    assert list(found) == names
    assert {result.status for result in found.values()} == {Status.OK}
    assert not any(result.remedy for result in found.values())
    assert set(account.simulated) == {f"arn:aws:iam::{ACCOUNT}:user/me"}


def test_without_credentials_nothing_else_is_asked() -> None:
    found = user(get_caller_identity=NoCredentialsError()).examine()
    assert [result.status for result in found.values()] == [Status.FAIL]
    assert "aws sso login" in found["credentials"].remedy


def test_missing_permissions_are_named() -> None:
    account = user()
    account.denied = {"iam:PassRole", "lambda:CreateFunction"}
    found = account.examine()["permissions"]
    assert found.status is Status.FAIL
    assert found.message == "not allowed: iam:PassRole, lambda:CreateFunction"


def test_actions_are_simulated_with_the_stacks_own_resources() -> None:
    account = user()
    account.examine(project_name="shop", enable_alarms=True, enable_dead_letter_queues=True)
    found = {
        action: arn.split(":", 2)[2] for action, (arn,) in account.resources.items() if arn != "*"
    }
    where = f"us-east-1:{ACCOUNT}"
    assert found["lambda:CreateFunction"].startswith(f"lambda:{where}:function:shop-dev-order-")
    assert found["iam:PassRole"].startswith(f"iam::{ACCOUNT}:role/shop-dev-order-role-")
    assert found["events:CreateEventBus"].startswith(f"events:{where}:event-bus/shop-dev-bus-")
    assert found["events:PutRule"].startswith(f"events:{where}:rule/shop-dev-bus-")
    assert found["sqs:CreateQueue"].startswith(f"sqs:{where}:shop-dev-order-dead-letters-")
    assert found["cloudwatch:PutMetricAlarm"].startswith(f"cloudwatch:{where}:alarm:shop-dev-")
    assert account.resources["tag:GetResources"] == ["*"]


def test_a_session_is_simulated_as_its_role_with_the_roles_path() -> None:
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/Builder/me"
    account = FakeAccount(session)
    account.examine()
    assert set(account.simulated) == {f"arn:aws:iam::{ACCOUNT}:role/team/Builder"}
    blind = FakeAccount(session, get_role=refusal("AccessDenied"))
    blind.examine()
    assert set(blind.simulated) == {f"arn:aws:iam::{ACCOUNT}:role/Builder"}


def test_root_is_not_simulated() -> None:
    account = FakeAccount(f"arn:aws:iam::{ACCOUNT}:root")
    assert account.examine()["permissions"].status is Status.OK
    assert account.simulated == []


def test_what_cannot_be_asked_is_no_failure_but_for_the_region() -> None:
    no = refusal("AccessDeniedException")
    found = user(get_trace_segment_destination=no, get_account_settings=no).examine()
    assert found["trace destination"].status is Status.WARN
    assert found["region"].status is Status.FAIL
    assert "Ask for the permission" in found["region"].remedy


def test_transaction_search_and_someone_elses_log_role_are_told() -> None:
    other = "arn:aws:iam::123456789012:role/other"
    found = user(
        get_trace_segment_destination={"Destination": "CloudWatchLogs"},
        get_account={"cloudwatchRoleArn": other},
    ).examine()
    assert found["trace destination"].status is Status.WARN
    assert "update-indexing-rule" in found["trace destination"].remedy
    assert found["log role"].message.endswith(other)


@pytest.mark.parametrize(
    "ahead_s, status",
    [(0, "ok"), (-29, "ok"), (31, "warn"), (-299, "warn"), (300, "fail"), (-9999, "fail")],
)
def test_the_clock_is_compared_with_awss(ahead_s: float, status: str) -> None:
    assert user(ahead_s=ahead_s).examine()["clock"].status.value == status
    assert checks.clock(None).status is Status.WARN


@pytest.mark.parametrize(
    "total, unreserved, reserved, status",
    [
        (1000, 1000, 0, "ok"),
        (1000, 150, 50, "ok"),
        (1000, 150, 51, "fail"),
        (10, 10, 0, "warn"),
    ],
)
def test_room_for_functions(total: int, unreserved: int, reserved: int, status: str) -> None:
    limits = {"ConcurrentExecutions": total, "UnreservedConcurrentExecutions": unreserved}
    assert checks.concurrency(limits, reserved).status.value == status


def test_what_is_accepted_without_effect_is_a_warning() -> None:
    result = checks.unsimulated(["it never fires.", "it is not cached."])
    assert result.status is Status.WARN
    assert result.message == "not as on AWS: it never fires. (and 1 more)"


def test_packages_port_and_folder() -> None:
    assert checks.python("3.10.1", "3.11").status is Status.FAIL
    assert checks.embedded("0.1.0", "http://x", "0.1.0").message == "running at http://x"
    assert checks.packages([], 3).status is Status.OK
    missing = checks.packages(["boto3>=1.40"], 3)
    assert (missing.status, missing.remedy) == (
        Status.FAIL,
        "python -m pip install 'boto3>=1.40'",
    )
    assert checks.port(1, free=False, chosen=True).status is Status.FAIL
    assert checks.port(1, free=False, chosen=False).status is Status.OK
    assert checks.state_folder("/x", writable=False, free_bytes=2**40).status is Status.FAIL
    assert checks.state_folder("/x", writable=True, free_bytes=2**20).status is Status.WARN
    assert checks.embedded("0.0.9", "http://x", "0.1.0").remedy == "tracing-lab embedded stop"


def test_this_machine_is_examined_without_an_embedded_aws(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        config = Config(embedded_state_dir=tmp_path / "not" / "yet", embedded_port=port)
        found = {result.name: result for result in machine.examine(config, None)}
    assert found["Python"].status is found["packages"].status is Status.OK
    assert found["port"].status is Status.FAIL
    assert found["state folder"].message == str(tmp_path)
    assert found["embedded AWS"].message.startswith("not running")


def test_the_layer_that_the_stack_publishes_is_built_or_can_be(tmp_path: Path) -> None:
    config = Config(embedded_state_dir=tmp_path, tracer="opentelemetry")
    with built_layer(tmp_path / "cache", b"zip"):
        (found,) = [one for one in machine.examine(config, None) if one.name == "layer"]
    assert (found.status, found.message) == (Status.OK, "it is built")
    missing = checks.own_layer(is_built=False, has_pip=False)
    assert (missing.status, missing.remedy.split(",")[0]) == (Status.FAIL, "python -m ensurepip")
    assert "20 seconds" in checks.own_layer(is_built=False, has_pip=True).message
    sdk = config.replace(tracer="xray-sdk")
    assert "layer" not in {one.name for one in machine.examine(sdk, None)}


def test_the_layer_that_aws_publishes_is_read() -> None:
    found = user(get_layer_version_by_arn={}).examine(tracer="opentelemetry")["layer"]
    assert (found.status, found.message.rpartition(":layer:")[2]) == (
        Status.OK,
        "AWSOpenTelemetryDistroPython:25",
    )
    gone = user(get_layer_version_by_arn=refusal("ResourceNotFoundException"))
    failed = gone.examine(tracer="opentelemetry")["layer"]
    assert failed.status is Status.FAIL
    assert "--otel-layer-arn" in failed.remedy


def test_no_account_is_asked_unless_it_is_the_target(tmp_path: Path) -> None:
    asked = []

    def make_aws(config: Config) -> Aws:
        asked.append(config.target)
        return Aws(config, client_factory=lambda _service: user(), sleep=lambda _s: None)

    report = doctor.examine(Config(embedded_state_dir=tmp_path), make_aws=make_aws)
    assert (asked, report.healthy) == ([], True)
    real = doctor.examine(Config(target="aws"), make_aws=make_aws)
    assert asked == ["aws"]
    assert "permissions" in {result.name for result in real}
    emulator = doctor.examine(Config(endpoint_url="http://127.0.0.1:9"), make_aws=make_aws)
    assert "permissions" not in {result.name for result in emulator}


def test_the_command_says_so_with_its_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ["--embedded-state-dir", str(tmp_path)]
    assert main([*folder, "doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["healthy"] is True
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert main([*folder, "--embedded-port", port, "doctor"]) == 1
    assert "1 failed" in capsys.readouterr().out


def test_every_operation_of_the_package_is_asked_for() -> None:
    """Whoever adds a call to `tracing_lab.aws` has to add its action here."""
    sources = (Path(tracing_lab.__file__).parent / "aws").rglob("*.py")
    text = "".join(path.read_text() for path in sources)
    called = set(re.findall(r'"((?!apigateway|resourcegroups|sts)[a-z0-9]+:[A-Z]\w+)"', text))
    not_for_the_stack = {
        "events:PutEvents",  # of the services
        "iam:SimulatePrincipalPolicy",  # the doctor's own; does without
        "lambda:GetAccountSettings",
        "lambda:GetLayerVersionByArn",  # spelt lambda:GetLayerVersion
        "lambda:Invoke",  # spelt lambda:InvokeFunction
        "lambda:InvokeFunction",
        "lambda:PublishVersion",
        "sns:Publish",
        "sqs:SendMessage",
        "xray:GetIndexingRules",  # says more when summaries are missing; does without
        "xray:GetTraceSegmentDestination",
    }
    known = needed(ALL_TYPES)
    unknown = {
        one for one in called - not_for_the_stack if not any(k.startswith(one) for k in known)
    }
    assert unknown == set()  # a name that is put together counts by its beginning


def test_tags_of_functions_have_to_be_readable() -> None:
    """GetFunction leaves them out without lambda:ListTags, and no call of ours is named so."""
    assert "lambda:ListTags" in needed([])


def test_every_action_exists() -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": sorted(needed(ALL_TYPES)), "Resource": "*"}],
    }
    role = {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {"PolicyDocument": policy},
    }
    assert lint(json.dumps({"Resources": {"Policy": role}})) == []
