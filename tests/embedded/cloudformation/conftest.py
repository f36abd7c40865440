"""Stacks on the embedded AWS that the tests share, each test with names of its own."""

import json
import uuid
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.request import urlopen

import boto3
import pytest
from archives import zip_of
from botocore.config import Config

REGION = "ap-northeast-2"
CAPABILITIES = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]


class Stacks:
    """Clients of one region, and stacks that are deleted after the test."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._made: list[str] = []
        self._clients: dict[str, Any] = {}
        self.formation = self.client("cloudformation")

    def client(self, service: str) -> Any:
        if service not in self._clients:
            make: Any = boto3.client
            self._clients[service] = make(
                service,
                endpoint_url=self.url,
                region_name=REGION,
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
            )
        return self._clients[service]

    def create(self, resources: Any, **more: Any) -> str:
        """Create a stack of resources and return its name, whatever becomes of it."""
        name = f"s{uuid.uuid4().hex[:8]}"
        body = {"Resources": resources, **more.pop("template", {})}
        more.setdefault("Capabilities", CAPABILITIES)
        self._made.append(name)
        self.formation.create_stack(StackName=name, TemplateBody=json.dumps(body), **more)
        return name

    def update(self, name: str, resources: Any, **more: Any) -> None:
        body = {"Resources": resources, **more.pop("template", {})}
        more.setdefault("Capabilities", CAPABILITIES)
        self.formation.update_stack(StackName=name, TemplateBody=json.dumps(body), **more)

    def stack(self, name: str) -> Any:
        return self.formation.describe_stacks(StackName=name)["Stacks"][0]

    def outputs(self, name: str) -> dict[str, str]:
        found = self.stack(name).get("Outputs", [])
        return {item["OutputKey"]: item["OutputValue"] for item in found}

    def resources(self, name: str) -> dict[str, Any]:
        found = self.formation.describe_stack_resources(StackName=name)["StackResources"]
        return {item["LogicalResourceId"]: item for item in found}

    def ref(self, name: str, logical_id: str) -> str:
        return str(self.resources(name)[logical_id]["PhysicalResourceId"])

    def events(self, name: str) -> list[tuple[str, str, str]]:
        """Return logical id, status and reason of each event, oldest first."""
        found = self.formation.describe_stack_events(StackName=name)["StackEvents"]
        return [
            (
                item["LogicalResourceId"],
                item["ResourceStatus"],
                item.get("ResourceStatusReason", ""),
            )
            for item in reversed(found)
        ]

    def put_zip(self, bucket: str, key: str) -> None:
        """Put a zip with one module of Python into a bucket of this name."""
        s3 = self.client("s3")
        with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
            where = {"LocationConstraint": REGION}
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
        s3.put_object(Bucket=bucket, Key=key, Body=zip_of({"python/help.py": "x = 1"}))

    def unsimulated(self) -> list[str]:
        """Return what the health page says that was accepted without an effect."""
        with urlopen(f"{self.url}/_embedded/health") as answer:  # noqa: S310 - loopback
            return list(json.load(answer)["unsimulated"])

    def close(self) -> None:
        for name in reversed(self._made):
            self.formation.delete_stack(StackName=name)
        for client in self._clients.values():
            client.close()


@pytest.fixture
def stacks(embedded_url: str) -> Iterator[Stacks]:
    found = Stacks(embedded_url)
    yield found
    found.close()
