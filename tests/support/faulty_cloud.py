"""A cloud with what faults can change: functions, roles and rules of the four services."""

import copy
import json
from typing import Any

from botocore.exceptions import ClientError

from tracing_lab import package
from tracing_lab.aws import Aws
from tracing_lab.config import SERVICES, Config

CONFIG = Config(endpoint_url="http://127.0.0.1:9", project_name="shop", environment="test")
OWN = {"tracing-lab:stack": "shop-test"}
OTHERS = {"LOG_LEVEL": "INFO", "EVENT_BUS_NAME": "bus"}


class FaultyCloud:
    """Four functions with roles and rules, and a bus that keeps what it accepts."""

    def __init__(self, tags: dict[str, str] | None = None) -> None:
        self.tags = {service: dict(OWN if tags is None else tags) for service in SERVICES}
        self.variables = {service: dict(OTHERS) for service in SERVICES}
        self.code = {service: package.build(service).sha256_base64 for service in SERVICES}
        self.reserved: dict[str, int] = {}
        self.policies: dict[str, Any] = {}
        self.disabled: set[str] = set()
        self.updates: list[str] = []
        self.entries: list[dict[str, Any]] = []

    @property
    def state(self) -> Any:
        """All that faults can change."""
        parts = (self.tags, self.variables, self.code, self.reserved, self.policies, self.disabled)
        return copy.deepcopy(parts)

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/me"}

    def get_function(self, *, FunctionName: str) -> dict[str, Any]:  # noqa: N803 - boto3's
        service = service_of(FunctionName)
        environment = {"Variables": dict(self.variables[service])}
        configuration = {
            "FunctionName": FunctionName,
            "CodeSha256": self.code[service],
            "Environment": environment,
        }
        return {"Configuration": configuration, "Tags": dict(self.tags[service])}

    def update_function_configuration(
        self,
        *,
        FunctionName: str,  # noqa: N803 - boto3's
        Environment: dict[str, dict[str, str]],  # noqa: N803 - boto3's
    ) -> dict[str, Any]:
        service = service_of(FunctionName)
        self.variables[service] = Environment["Variables"]
        self.updates.append(service)
        return {"LastUpdateStatus": "InProgress"}

    def get_function_configuration(self, *, FunctionName: str) -> dict[str, Any]:  # noqa: N803
        self.updates.append(f"{service_of(FunctionName)} waited for")
        return {"LastUpdateStatus": "Successful"}

    def update_function_code(self, *, FunctionName: str, ZipFile: bytes) -> dict[str, Any]:  # noqa: N803
        self.code[service_of(FunctionName)] = package.code_sha256(ZipFile)
        return {}

    def put_function_concurrency(
        self,
        *,
        FunctionName: str,  # noqa: N803 - boto3's
        ReservedConcurrentExecutions: int,  # noqa: N803 - boto3's
    ) -> dict[str, Any]:
        self.reserved[service_of(FunctionName)] = ReservedConcurrentExecutions
        return {}

    def delete_function_concurrency(self, *, FunctionName: str) -> dict[str, Any]:  # noqa: N803
        self.reserved.pop(service_of(FunctionName), None)
        return {}

    def tag_resource(self, *, Resource: str, Tags: dict[str, str]) -> dict[str, Any]:  # noqa: N803
        self.tags[service_of(Resource.rpartition(":")[2])] |= Tags
        return {}

    def untag_resource(self, *, Resource: str, TagKeys: list[str]) -> dict[str, Any]:  # noqa: N803
        for key in TagKeys:
            self.tags[service_of(Resource.rpartition(":")[2])].pop(key, None)
        return {}

    def put_role_policy(
        self,
        *,
        RoleName: str,  # noqa: N803 - boto3's
        PolicyName: str,  # noqa: N803 - boto3's
        PolicyDocument: str,  # noqa: N803 - boto3's
    ) -> dict[str, Any]:
        self.policies[f"{service_of(RoleName)} {PolicyName}"] = json.loads(PolicyDocument)
        return {}

    def delete_role_policy(self, *, RoleName: str, PolicyName: str) -> dict[str, Any]:  # noqa: N803
        if self.policies.pop(f"{service_of(RoleName)} {PolicyName}", None) is None:
            response: Any = {"Error": {"Code": "NoSuchEntity", "Message": "no such policy"}}
            raise ClientError(response, "DeleteRolePolicy")
        return {}

    def disable_rule(self, *, Name: str, EventBusName: str) -> dict[str, Any]:  # noqa: N803
        self.disabled.add(service_of(Name))
        return {}

    def enable_rule(self, *, Name: str, EventBusName: str) -> dict[str, Any]:  # noqa: N803
        self.disabled.discard(service_of(Name))
        return {}

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.entries += Entries
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "event-1"}]}


def service_of(name: str) -> str:
    return name.split("-")[2]


def aws_of(cloud: FaultyCloud) -> Aws:
    return Aws(CONFIG, client_factory=lambda _service: cloud, sleep=lambda _seconds: None)
