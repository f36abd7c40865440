"""Every type of resource: made, referred to, read back by its service's API, deleted."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from stack_samples import SAMPLES, Sample

from tracing_lab.embedded.cloudformation.types.table import RESOURCE_TYPES

from .conftest import Stacks


def template_of(sample: Sample) -> tuple[Any, Any]:
    """Return the resources of a sample, and outputs with all that others may refer to."""
    resources = {**sample.needs, "It": sample.resource}
    outputs: dict[str, Any] = {f"{name}0": {"Value": {"Ref": name}} for name in resources}
    attributes = {("It", name) for name in sample.attributes}
    attributes |= {
        (name, attribute)
        for name, resource in resources.items()
        for attribute in _ATTRIBUTES.get(resource["Type"], ())
    }
    outputs |= {f"{name}0{att}": {"Value": {"Fn::GetAtt": [name, att]}} for name, att in attributes}
    return resources, outputs


_ATTRIBUTES = {
    "AWS::ApiGateway::RestApi": ("RootResourceId",),
    "AWS::IAM::Role": ("Arn",),
    "AWS::SQS::Queue": ("Arn",),
}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.type)
def test_a_resource_is_made_referred_to_and_deleted(stacks: Stacks, sample: Sample) -> None:
    # GIVEN a stack with a resource, and outputs with all that Ref and GetAtt give
    if sample.type.startswith("Lambda::LayerVersion"):
        stacks.put_zip("cfn-samples", "layer.zip")
    resources, outputs = template_of(sample)
    name = stacks.create(resources, template={"Outputs": outputs})
    assert stacks.stack(name)["StackStatus"] == "CREATE_COMPLETE", stacks.events(name)
    found = stacks.outputs(name)
    known = {key.replace("0", ".", 1).rstrip("."): value for key, value in found.items()}
    # THEN its service has it
    expected = sample.expected
    wanted = expected(known["It"], known) if callable(expected) else expected
    assert sample.read(stacks.client, known["It"], known) == wanted
    assert all(known[f"It.{attribute}"] for attribute in sample.attributes)
    # WHEN the stack is deleted
    stack_id = stacks.stack(name)["StackId"]
    stacks.formation.delete_stack(StackName=name)
    # THEN the resource is gone
    stack = stacks.stack(stack_id)
    assert stack["StackStatus"] == "DELETE_COMPLETE", stacks.events(stack_id)
    if sample.type not in {"ApiGateway::Account", "ApiGateway::GatewayResponse"}:
        assert is_gone(stacks, sample, known, wanted)


def is_gone(stacks: Stacks, sample: Sample, known: dict[str, str], wanted: Any) -> bool:
    try:
        return bool(sample.read(stacks.client, known["It"], known) != wanted)
    except (ClientError, LookupError):
        return True


WITHOUT_SAMPLE = {
    "AWS::ApiGatewayV2::Deployment",
    "AWS::CDK::Metadata",  # does nothing, on AWS too
    "AWS::CloudFormation::WaitConditionHandle",  # likewise
    "AWS::WAFv2::WebACLAssociation",
}


def test_each_type_has_a_sample() -> None:
    sampled = {f"AWS::{sample.type}" for sample in SAMPLES}
    assert RESOURCE_TYPES.keys() - sampled <= WITHOUT_SAMPLE
    assert sampled <= RESOURCE_TYPES.keys()
