"""Stacks survive ``kill -9`` and leave with a reset."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from stack_samples import BUS, FUNCTION, QUEUE, ROLE, of

from tracing_lab.embedded import lifecycle
from tracing_lab.embedded.cloudformation.records import Stack
from tracing_lab.embedded.cloudformation.store import StackStore

from .conftest import Stacks

GROUP = of("XRay::Group", GroupName="slow", FilterExpression="fault")


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    lifecycle.stop(state_dir=tmp_path)


def test_a_stack_can_be_changed_and_deleted_after_a_crash(state_dir: Path) -> None:
    # GIVEN a stack with resources of the control plane and of X-Ray
    server = lifecycle.start(state_dir=state_dir)
    stacks = Stacks(server.endpoint_url)
    resources = {"Role": ROLE, "Fn": FUNCTION, "Queue": QUEUE, "Bus": BUS, "Group": GROUP}
    name = stacks.create(resources)
    assert stacks.stack(name)["StackStatus"] == "CREATE_COMPLETE", stacks.events(name)
    before = {key: item["PhysicalResourceId"] for key, item in stacks.resources(name).items()}
    events = stacks.events(name)
    # WHEN the server is killed
    os.kill(server.pid, signal.SIGKILL)
    stacks = Stacks(lifecycle.start(state_dir=state_dir).endpoint_url)
    # THEN the stack and its resources are as they were
    found = {key: item["PhysicalResourceId"] for key, item in stacks.resources(name).items()}
    assert (found, stacks.events(name)) == (before, events)
    assert stacks.client("xray").get_group(GroupARN=before["Group"])
    assert stacks.client("lambda").get_function(FunctionName=before["Fn"])
    # and it can be updated and deleted
    changed = of("SQS::Queue", VisibilityTimeout=9)
    stacks.update(name, {**resources, "Queue": changed})
    attributes = stacks.client("sqs").get_queue_attributes(
        QueueUrl=before["Queue"], AttributeNames=["VisibilityTimeout"]
    )
    assert attributes["Attributes"] == {"VisibilityTimeout": "9"}
    stack_id = stacks.stack(name)["StackId"]
    stacks.formation.delete_stack(StackName=name)
    assert stacks.stack(stack_id)["StackStatus"] == "DELETE_COMPLETE", stacks.events(stack_id)
    assert stacks.client("lambda").list_functions()["Functions"] == []


def test_a_reset_forgets_stacks(state_dir: Path) -> None:
    stacks = Stacks(lifecycle.start(state_dir=state_dir).endpoint_url)
    name = stacks.create({"Queue": QUEUE})
    lifecycle.reset(state_dir=state_dir)
    with pytest.raises(ClientError, match="does not exist"):
        stacks.stack(name)


def test_a_deployment_that_was_interrupted_has_failed(tmp_path: Path) -> None:
    store = StackStore(tmp_path)
    store.save(Stack("arn:s", "s", "ap-northeast-2", "UPDATE_IN_PROGRESS", 1.0))
    store.close()
    again = StackStore(tmp_path)
    found = again.find("ap-northeast-2", "s")
    again.close()
    assert found is not None
    assert found.status == "UPDATE_FAILED"
    assert "ended meanwhile" in str(found.reason)
