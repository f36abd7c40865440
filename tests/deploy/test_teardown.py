"""Taking a stack down: what comes back goes again, and a search tells what is left."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from tracing_lab import deploy
from tracing_lab.aws import AWS_CONTROL_PLANE, Aws, ControlPlaneProfile
from tracing_lab.config import Config
from tracing_lab.deploy.reports import Remains, Teardown
from tracing_lab.deploy.session import Session
from tracing_lab.deploy.teardown import may_exist, search
from tracing_lab.errors import AwsError
from tracing_lab.stack import Names, Site

REGION = "eu-north-1"


@pytest.fixture(scope="module")
def config(embedded_url: str) -> Config:
    return Config(project_name="doomed", aws_region=REGION, endpoint_url=embedded_url)


@pytest.fixture(scope="module")
def aws(config: Config) -> Aws:
    return Aws(config)


@pytest.fixture
def deployed(config: Config, aws: Aws) -> Iterator[Names]:
    deploy.apply(config, aws=aws)
    yield Names(config, Site("123456789012", REGION))
    deploy.destroy(config, confirm=True, aws=aws)


def test_log_group_that_comes_back_is_swept(config: Config, aws: Aws, deployed: Names) -> None:
    # GIVEN a late invocation whose log makes its group anew, once the group was deleted
    name = deployed.log_group("order")

    def write_late(report: deploy.StepReport) -> None:
        if report.step.resource.name == name:
            aws.logs.create_group(name, {})

    gone = deploy.destroy(config, confirm=True, on_step=write_late, aws=aws)
    assert gone.remains == Remains("doomed-dev", swept=(name,))
    assert "Recreated and deleted again" in str(gone)
    assert "Nothing is left of doomed-dev" in str(gone)


def test_log_group_that_comes_back_while_the_search_looks_is_swept(
    config: Config, aws: Aws, deployed: Names
) -> None:
    # GIVEN a late invocation whose log makes its group anew when the sweep is over
    name = deployed.log_group("payment")
    deploy.destroy(config, confirm=True, aws=aws)
    aws.logs.create_group(name, {})
    left = search([Session.open_without_code(config, aws)])
    assert left == {"doomed-dev": Remains("doomed-dev", swept=(name,))}


def test_log_groups_go_after_everything_else(config: Config, aws: Aws, deployed: Names) -> None:
    ended: list[str] = []
    deploy.destroy(
        config,
        confirm=True,
        on_step=lambda report: ended.append(report.step.resource.type),
        aws=aws,
    )
    assert set(ended[-5:]) == {"AWS::Logs::LogGroup"}


def test_search_finds_what_destroy_left_alone(config: Config, aws: Aws, deployed: Names) -> None:
    # GIVEN a role of ours that someone has taken the tag from, and a queue that carries it
    role = deployed.role("order")
    aws.iam.untag(role, ["tracing-lab:stack"])
    url = aws.inventory._call(
        "sqs:CreateQueue", "q", QueueName="elsewhere", tags={"tracing-lab:stack": "doomed-dev"}
    )["QueueUrl"]
    # THEN destroy deletes neither, and says so
    gone = deploy.destroy(config, confirm=True, aws=aws)
    assert gone.remains is not None
    assert gone.remains.by_name == (f"iam {role}",)
    assert [arn.rpartition(":")[2] for arn in gone.remains.by_tag] == ["elsewhere"]
    assert f"Left alone: AWS::IAM::Role {role}" in str(gone)
    assert "Something is left" in str(gone)
    # AND both go once they are what they were
    aws.inventory._call("sqs:DeleteQueue", "q", QueueUrl=url)
    deploy.apply(config, aws=aws)
    assert not deploy.destroy(config, confirm=True, aws=aws).remains


def test_dry_run_searches_nothing(config: Config, aws: Aws, deployed: Names) -> None:
    planned = deploy.destroy(config, aws=aws)
    assert (len(planned), planned.remains) == (26, None)


def test_what_may_not_be_searched_is_told_and_stops_nothing() -> None:
    class Inventory:
        def names(self) -> tuple[dict[str, list[str]], list[str]]:
            others = {"iam:ListRoles": ["doomed-dev-order-role-00000000"]}
            return others, ["xray:GetGroups on everything: AccessDenied"]

        def tagged(self, key: str, values: list[str]) -> dict[str, list[str]]:
            msg = "resourcegroupstaggingapi:GetResources on tag: AccessDenied"
            raise AwsError(msg)

    session: Any = SimpleNamespace(
        aws=SimpleNamespace(control_plane=ControlPlaneProfile(), inventory=Inventory()),
        config=Config(project_name="doomed"),
        names=SimpleNamespace(suffix="1a2b3c4d"),
    )
    found = search([session])["doomed-dev"]
    assert not found
    assert [reason.partition(":")[0] for reason in found.not_searched] == [
        "xray",
        "resourcegroupstaggingapi",
    ]


class Lagging:
    """An account of which the services and the index of tags list what a test gives."""

    def __init__(self, tagged: list[str], *looks: dict[str, list[str]]) -> None:
        self._tagged, self._looks = tagged, list(looks)

    def names(self) -> tuple[dict[str, list[str]], list[str]]:
        listed = self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]
        return listed, []

    def tagged(self, key: str, values: list[str]) -> dict[str, list[str]]:
        return {values[0]: self._tagged}

    def search(self) -> tuple[Remains, float]:
        """Return what a search of a real account finds, and after how many seconds."""
        waits: list[float] = []
        aws = SimpleNamespace(control_plane=AWS_CONTROL_PLANE, inventory=self, sleep=waits.append)
        session: Any = SimpleNamespace(
            aws=aws,
            config=Config(project_name="doomed"),
            names=SimpleNamespace(suffix="1a2b3c4d"),
        )
        return search([session], clock=lambda: sum(waits))["doomed-dev"], sum(waits)


QUEUE = "arn:aws:sqs:us-east-1:123456789012:elsewhere"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:doomed-dev-order-1a2b3c4d"


def test_what_only_the_index_of_tags_lists_is_deleted() -> None:
    listed = {"lambda:ListFunctions": ["other"], "sqs:ListQueues": ["https://sqs/1/elsewhere"]}
    gone, waited_s = Lagging([FUNCTION], listed).search()
    assert not gone
    assert (gone.only_indexed, waited_s) == ((FUNCTION,), 0)
    assert "still in AWS's index of tags for a while: 1." in str(gone)
    assert "Nothing is left of doomed-dev" in str(gone)
    # AND what its service lists is left
    left, _ = Lagging([FUNCTION, QUEUE], listed).search()
    assert (left.by_tag, left.only_indexed) == ((QUEUE,), (FUNCTION,))


def test_queue_that_is_listed_for_a_minute_after_its_deletion_is_waited_for() -> None:
    before = {"sqs:ListQueues": ["https://sqs/1/letters-1a2b3c4d"]}
    gone, waited_s = Lagging([], *[before] * 48, {"sqs:ListQueues": []}).search()
    assert not gone
    assert waited_s == 60
    left, waited_s = Lagging([], {"iam:ListRoles": ["role-1a2b3c4d"]}).search()
    assert left
    assert waited_s == 30


@pytest.mark.parametrize(
    "end, operation, listed",
    [
        ("apigateway:us-east-1::/restapis/a1b2/stages/prod", "apigateway:GetRestApis", "a1b2"),
        ("cloudwatch:r:1:alarm:late", "cloudwatch:DescribeAlarms", "late"),
        ("events:r:1:rule/bus/paid", "events:ListEventBuses", "bus"),
        ("lambda:r:1:layer:sdk:3", "lambda:ListLayers", "sdk"),
        ("logs:r:1:log-group:/aws/lambda/f", "logs:DescribeLogGroups", "/aws/lambda/f"),
        ("sns:r:1:alarms", "sns:ListTopics", "arn:aws:sns:r:1:alarms"),
        ("sqs:r:1:q", "sqs:ListQueues", "https://sqs/1/q"),
        ("xray:r:1:group/slow/ABC", "xray:GetGroups", "slow"),
    ],
)
def test_arn_is_found_in_the_list_of_its_service(end: str, operation: str, listed: str) -> None:
    arn = f"arn:aws:{end}"
    assert may_exist(arn, {operation: ["x", listed]})
    assert not may_exist(arn, {operation: ["x", f"{listed}2", ""]})
    assert may_exist(arn, {})  # its service could not be searched


def test_kind_of_resource_that_no_list_has_may_exist() -> None:
    assert may_exist("arn:aws:s3:::bucket", {"sqs:ListQueues": []})
    assert may_exist("arn:aws:lambda:r:1:event-source-mapping:1", {"lambda:ListFunctions": []})


def test_remains_are_data_and_html() -> None:
    left = Remains("s", by_tag=("arn:1",), by_name=("iam <r>",), not_searched=("xray: no",))
    gone = Teardown("s", remains=left)
    assert gone.to_json()["remains"] == {"by_tag": ["arn:1"], "by_name": ["iam <r>"]}
    assert "iam &lt;r&gt;" in gone._repr_html_()
    assert "Could not be searched: xray: no" in str(gone)
    kept = Teardown("s", remains=Remains("s", kept=("logs: Others log by it.",)))
    assert kept.to_json()["remains"]["kept"] == ["logs: Others log by it."]
    assert "Kept: logs: Others log by it." in kept._repr_html_()
    assert "Nothing else is left of s" in str(kept)
    assert not kept.remains
    assert not Remains("s")
