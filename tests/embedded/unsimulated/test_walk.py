"""Every operation of moto's that changes something is simulated, listed or a description."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.model import ServiceModel, Shape
from simulated import DESCRIPTIONS, SIMULATED

from tracing_lab.embedded.moto.overrides.table import OVERRIDES
from tracing_lab.embedded.protocol.service_models import service_model
from tracing_lab.embedded.unsimulated.gaps import GapTreatment, SimulationGap
from tracing_lab.embedded.unsimulated.page import page
from tracing_lab.embedded.unsimulated.table import GAPS, gaps_by_operation

ROOT = Path(__file__).parents[3]
MOTO = {
    "apigateway": ("moto.apigateway.responses", "APIGatewayResponse"),
    "apigatewayv2": ("moto.apigatewayv2.responses", "ApiGatewayV2Response"),
    "cloudwatch": ("moto.cloudwatch.responses", "CloudWatchResponse"),
    "dynamodb": ("moto.dynamodb.responses", "DynamoHandler"),
    "dynamodbstreams": ("moto.dynamodbstreams.responses", "DynamoDBStreamsHandler"),
    "events": ("moto.events.responses", "EventsHandler"),
    "lambda": ("moto.awslambda.responses", "LambdaResponse"),
    "logs": ("moto.logs.responses", "LogsResponse"),
    "scheduler": ("moto.scheduler.responses", "EventBridgeSchedulerResponse"),
    "sns": ("moto.sns.responses", "SNSResponse"),
    "sqs": ("moto.sqs.responses", "SQSResponse"),
}
WHOLE = ("cloudformation", "s3")
"""Services all of whose operations are handled: by a part, or by methods with other names."""

READS = re.compile(
    "(BatchGet|Describe|Filter|Get|Head|List|Query|Scan|Search|Select|Test|TransactGet|Validate)"
)
REMOVES = re.compile("(Delete|Tag|Untag|Remove)")
"""What these do shows in reads and in what is left; there is nothing else to simulate."""


def model_of(service: str) -> ServiceModel:
    model = service_model(service)
    assert model is not None
    return model


def handled_operations() -> Iterator[tuple[str, str]]:
    """Yield the operations that moto, an override or a part has."""
    for service in WHOLE:
        for operation in model_of(service).operation_names:
            yield service, operation
    for service, (module, name) in MOTO.items():
        methods = {
            one.replace("_", "") for one in dir(getattr(importlib.import_module(module), name))
        }
        for operation in model_of(service).operation_names:
            if operation.lower() in methods or (service, operation) in OVERRIDES:
                yield service, operation


def changes(operation: str) -> bool:
    """Return whether an operation changes something."""
    return not READS.match(operation) and not REMOVES.match(operation)


HANDLED = frozenset(handled_operations())
CHANGING = sorted(key for key in HANDLED if changes(key[1]))


def members_of(service: str, operation: str) -> dict[str, Shape]:
    """Return the members of an operation's body by name, and those of targets."""
    shape = model_of(service).operation_model(operation).input_shape
    members = dict(shape.members) if shape is not None else {}
    found = {
        name: member for name, member in members.items() if "location" not in member.serialization
    }
    if operation == "PutTargets":
        targets: Any = members["Targets"]
        found |= targets.member.members
    if operation in {"CreateSchedule", "UpdateSchedule"}:
        target: Any = members["Target"]
        found |= target.members
    return found


@pytest.mark.parametrize("service, operation", CHANGING)
def test_each_operation_and_member_is_accounted_for(service: str, operation: str) -> None:
    gaps = gaps_by_operation().get((service, operation), ())
    if any(not gap.member for gap in gaps):
        return  # listed as a whole
    shown = SIMULATED.get((service, operation))
    assert shown is not None, "neither simulated nor in the table of what is not"
    listed = {step.removesuffix("[]") for gap in gaps for step in gap.member.split(".")}
    known = listed | DESCRIPTIONS | set(shown.members.split())
    assert members_of(service, operation).keys() - known == set()


@pytest.mark.parametrize("service, operation", SIMULATED)
def test_the_test_that_is_named_calls_the_operation(service: str, operation: str) -> None:
    shown = SIMULATED[service, operation]
    assert shown.text in (ROOT / shown.path).read_text("utf-8")
    assert (service, operation) in CHANGING
    unknown = set(shown.members.split()) - members_of(service, operation).keys()
    if "Entries" in members_of(service, operation) or service == "lambda":
        return  # these lists are shared by several operations
    assert unknown - {"Entries", "Protocol", "TopicArn"} == set()


@pytest.mark.parametrize(
    "gap",
    [gap for gap in GAPS if gap.answer is not GapTreatment.REFUSED and gap.service in MOTO],
    ids=lambda gap: f"{gap.service}-{gap.operation}-{gap.member}",
)
def test_what_is_said_to_succeed_is_handled(gap: SimulationGap) -> None:
    operations = {
        (gap.service, one)
        for one in model_of(gap.service).operation_names
        if gap.is_of(gap.service, one)
    }
    assert operations - HANDLED == set()


@pytest.mark.parametrize("gap", GAPS, ids=lambda gap: f"{gap.service}-{gap.operation}-{gap.member}")
def test_what_is_listed_exists(gap: SimulationGap) -> None:
    operations = [
        one for one in model_of(gap.service).operation_names if gap.is_of(gap.service, one)
    ]
    assert operations
    if gap.member:
        first = gap.member.split(".")[0].removesuffix("[]")
        models = [model_of(gap.service).operation_model(name) for name in operations]
        shapes = [model.input_shape for model in models]
        assert any(shape is not None and first in shape.members for shape in shapes)


def test_the_page_is_up_to_date() -> None:
    """Run ``make coverage-aws`` if this fails."""
    assert (ROOT / "docs" / "coverage-aws.md").read_text("utf-8") == page()
