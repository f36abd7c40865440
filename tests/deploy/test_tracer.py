"""Switching a running stack between the tracers; the layer that the stack publishes is its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from archives import app_zip
from otel_layers import built_layer

from tracing_lab import deploy
from tracing_lab.aws import Aws
from tracing_lab.config import SERVICES, Config
from tracing_lab.deploy.push import push
from tracing_lab.errors import DeployError
from tracing_lab.stack import Action, Names, Site

LAYER = "otel-layer"
FUNCTIONS = {f"{service}-function" for service in SERVICES}


@dataclass(frozen=True)
class Stack:
    """A stack whose layer is a zip of a few bytes, so that its functions can only be described."""

    sdk: Config
    aws: Aws

    @property
    def otel(self) -> Config:
        return self.sdk.replace(tracer="opentelemetry")

    @property
    def layer(self) -> str:
        return Names(self.sdk, Site("123456789012", self.sdk.aws_region)).layer

    def apply(self, config: Config) -> None:
        deploy.apply(config, aws=self.aws)

    def plan(self, config: Config) -> dict[str, Action]:
        steps = deploy.plan(config, aws=self.aws).steps
        return {step.resource.logical: step.action for step in steps}

    def drift(self) -> dict[str, list[tuple[str, Any, Any]]]:
        found = deploy.drift(self.otel, aws=self.aws)
        return {
            step.resource.logical: [(one.path, one.old, one.new) for one in step.changes]
            for step in found.steps
        }

    def versions(self) -> list[int]:
        return [version["Version"] for version in self.aws.lambda_.layer_versions(self.layer)]

    def publish(self, description: str) -> None:
        data = app_zip("another = True")
        self.aws.lambda_.publish_layer_version(self.layer, zip_bytes=data, description=description)


@pytest.fixture
def stack(embedded_url: str, tmp_path: Path) -> Iterator[Stack]:
    config = Config(project_name="tracers", aws_region="il-central-1", endpoint_url=embedded_url)
    found = Stack(config, Aws(config))
    with built_layer(tmp_path / "cache", app_zip("layer = True")):
        yield found
        deploy.destroy(config, confirm=True, aws=found.aws)


def test_a_running_stack_goes_to_opentelemetry_and_back(stack: Stack) -> None:
    stack.apply(stack.sdk)
    updated = dict.fromkeys(FUNCTIONS, Action.UPDATE)
    # WHEN the tracer is another THEN functions are updated, none is created anew
    assert stack.plan(stack.otel) == {**updated, LAYER: Action.CREATE}
    stack.apply(stack.otel)
    assert stack.plan(stack.otel) == {}
    assert [each.changed for each in push(stack.otel, aws=stack.aws)] == [False] * 4
    # WHEN it goes back THEN so do the functions, and the layer goes after them
    assert stack.plan(stack.sdk) == {**updated, LAYER: Action.DELETE}
    stack.apply(stack.sdk)
    assert (stack.plan(stack.sdk), stack.versions()) == ({}, [])


def test_drift_sees_a_layer_that_was_removed_or_deleted_and_apply_brings_it_back(
    stack: Stack,
) -> None:
    stack.apply(stack.otel)
    (arn,) = [
        version["LayerVersionArn"] for version in stack.aws.lambda_.layer_versions(stack.layer)
    ]
    names = Names(stack.otel, Site("123456789012", stack.otel.aws_region))
    stack.aws.lambda_.update_configuration(names.function("payment"), Layers=[])
    assert stack.drift() == {"payment-function": [("Layers", None, [arn])]}
    stack.apply(stack.otel)
    (number,) = stack.versions()
    stack.aws.lambda_.delete_layer_version(stack.layer, number)
    found = stack.drift()
    assert found.keys() == FUNCTIONS | {LAYER}
    assert found["order-function"] == [("Layers", [arn], ["${otel-layer.Arn}"])]
    stack.apply(stack.otel)
    assert (stack.drift(), stack.versions()) == ({}, [number + 1])


def test_only_versions_of_the_stack_are_deleted(stack: Stack) -> None:
    # GIVEN two versions of ours, as an interrupted run leaves them, and someone else's
    stack.apply(stack.otel)
    mine = stack.aws.lambda_.layer_versions(stack.layer)[0]["Description"]
    stack.publish(mine)
    stack.publish("someone else's")
    theirs, *_ = stack.versions()
    # WHEN the stack is destroyed THEN theirs is left, and the search names it
    done = deploy.destroy(stack.otel, confirm=True, aws=stack.aws)
    assert stack.versions() == [theirs]
    assert done.remains is not None
    assert done.remains.by_name == (f"lambda {stack.layer}",)
    # WHEN it is to be made again THEN nothing is touched under the name of someone else's
    with pytest.raises(DeployError, match=f"LayerVersion {stack.layer}. Choose another project"):
        stack.apply(stack.otel)
    stack.aws.lambda_.delete_layer_version(stack.layer, theirs)


def test_a_layer_with_other_content_is_published_anew(stack: Stack, tmp_path: Path) -> None:
    stack.apply(stack.otel)
    (before,) = stack.versions()
    with built_layer(tmp_path / "newer", app_zip("layer = 2")):
        assert stack.plan(stack.otel) == {
            **dict.fromkeys(FUNCTIONS, Action.UPDATE),
            LAYER: Action.REPLACE,
        }
        stack.apply(stack.otel)
        assert (stack.plan(stack.otel), stack.versions()) == ({}, [before + 1])
