"""Tags of a stack's resources change with its template."""

import asyncio
from collections import defaultdict
from typing import Any

import pytest
from stack_samples import SAMPLES, Sample

from tracing_lab.embedded.cloudformation.types.model import Context, Made
from tracing_lab.embedded.cloudformation.types.table import RESOURCE_TYPES

UNTAGGED = {"ApiGatewayV2::Stage"}  # whose tags the embedded AWS's TagResource does not know
CHANGEABLE = [
    sample
    for sample in SAMPLES
    if sample.type not in UNTAGGED
    and RESOURCE_TYPES[f"AWS::{sample.type}"].is_tagged
    and RESOURCE_TYPES[f"AWS::{sample.type}"].update is not None
]
ATTRIBUTES = ("Arn", "EventSourceMappingArn", "RootResourceId")
TAGGING = {"AddTagsToResource", "PutBucketTagging", "TagQueue", "TagResource", "TagRole"}


class Calls:
    """Services that accept everything."""

    def __init__(self) -> None:
        self.operations: list[str] = []

    async def __call__(self, _: str, operation: str, **__: Any) -> dict[str, Any]:
        self.operations.append(operation)
        return defaultdict(dict)


@pytest.mark.parametrize("sample", CHANGEABLE, ids=lambda sample: sample.type)
def test_each_type_with_tags_changes_them(sample: Sample) -> None:
    calls: Any = Calls()
    context = Context(calls, "r", "123456789012", "s", "arn:s", "It")
    update = RESOURCE_TYPES[f"AWS::{sample.type}"].update
    assert update is not None
    properties = sample.resource["Properties"]
    old, new = ({**properties, "Tags": [{"Key": "a", "Value": value}]} for value in "xy")
    made = Made("it", dict.fromkeys(ATTRIBUTES, "arn:it"))

    async def scenario() -> None:
        await update(context, made, old, new)

    asyncio.run(scenario())
    assert TAGGING & set(calls.operations)
