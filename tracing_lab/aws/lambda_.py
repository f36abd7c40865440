"""AWS Lambda: functions, their code and who may invoke them."""

import json
from collections.abc import Mapping
from typing import Any

from tracing_lab.errors import AwsError, NotFoundError

from .calling.caller import Json, ServiceFacade
from .calling.download import download


class Lambda(ServiceFacade):
    """The calls to AWS Lambda.

    Every change waits until it has taken effect.
    """

    def get_function(self, name: str) -> Json:
        """Read a function: ``Configuration``, ``Code`` and ``Tags``.

        Raises
        ------
        NotFoundError
            If there is no such function.
        AwsError
            If its tags may not be read: it would look like someone else's.
        """
        answer = self._call("lambda:GetFunction", name, FunctionName=name)
        if error := answer.get("TagsError"):
            raise _unreadable_tags(name, error)
        return answer

    def code(self, name: str) -> bytes:
        """Download a function's deployment zip.

        Raises
        ------
        AwsError
            If it has none, as one made of a container image, or if it cannot be downloaded.
        """
        url = self.get_function(name).get("Code", {}).get("Location", "")
        if not url.startswith("http"):
            msg = f"{name} has no zip that could be downloaded. Keep a copy of its code."
            raise AwsError(msg, operation="lambda:GetFunction")
        return download(url, name)

    def create_function(self, name: str, *, zip_bytes: bytes, **settings: Any) -> None:
        """Create a function and wait until it can run."""
        answer = self._call(
            "lambda:CreateFunction",
            name,
            FunctionName=name,
            Code={"ZipFile": zip_bytes},
            **settings,
        )
        self._settle(name, answer)

    def update_code(self, name: str, zip_bytes: bytes, **settings: Any) -> None:
        """Update a function's code, or its architecture."""
        answer = self._call(
            "lambda:UpdateFunctionCode", name, FunctionName=name, ZipFile=zip_bytes, **settings
        )
        self._settle(name, answer)

    def update_configuration(self, name: str, **settings: Any) -> None:
        """Change a function's settings."""
        answer = self._call(
            "lambda:UpdateFunctionConfiguration", name, FunctionName=name, **settings
        )
        self._settle(name, answer)

    def _settle(self, name: str, answer: Json) -> None:
        """Wait for a change to take effect, if the response says that it has not.

        Raises
        ------
        AwsError
            If it ended in failure, or not at all.
        """
        if not _settled(answer):
            operation = "lambda:GetFunctionConfiguration"
            answer = self._wait_until(operation, name, _settled, FunctionName=name)
        _check_success(name, answer)

    def reserve_concurrency(self, name: str, count: int | None) -> None:
        """Set a function's reserved concurrency; None removes it."""
        if count is None:
            self._call("lambda:DeleteFunctionConcurrency", name, FunctionName=name)
        else:
            self._call(
                "lambda:PutFunctionConcurrency",
                name,
                FunctionName=name,
                ReservedConcurrentExecutions=count,
            )

    def event_invoke_config(self, name: str) -> Json:
        """Return how often failed events are retried; NotFoundError where AWS's defaults apply."""
        return self._call("lambda:GetFunctionEventInvokeConfig", name, FunctionName=name)

    def put_event_invoke_config(self, name: str, *, retries: int, max_age_s: int) -> None:
        """Set how often failed events are retried, and for how long."""
        self._call(
            "lambda:PutFunctionEventInvokeConfig",
            name,
            FunctionName=name,
            MaximumRetryAttempts=retries,
            MaximumEventAgeInSeconds=max_age_s,
        )

    def delete_event_invoke_config(self, name: str) -> None:
        """Restore AWS's defaults."""
        self._call("lambda:DeleteFunctionEventInvokeConfig", name, FunctionName=name)

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        """Add or change tags of a function."""
        self._call("lambda:TagResource", arn, Resource=arn, Tags=dict(tags))

    def untag(self, arn: str, keys: list[str]) -> None:
        """Remove tags from a function."""
        self._call("lambda:UntagResource", arn, Resource=arn, TagKeys=keys)

    def delete_function(self, name: str) -> None:
        """Delete a function with its permissions."""
        self._call("lambda:DeleteFunction", name, FunctionName=name)

    def invoke_event(self, name: str, payload: bytes) -> None:
        """Queue an event for a function."""
        self._call(
            "lambda:Invoke", name, FunctionName=name, InvocationType="Event", Payload=payload
        )

    def layer_versions(self, name: str) -> list[Json]:
        """Return the versions of a layer, newest first, without their hashes."""
        operation = "lambda:ListLayerVersions"
        found = self._pages(operation, name, "LayerVersions", LayerName=name)
        return sorted(found, key=lambda version: -version["Version"])

    def layer_version(self, name: str, number: int) -> Json:
        """Read a version of a layer with the hash of its zip."""
        operation = "lambda:GetLayerVersion"
        return self._call(operation, name, LayerName=name, VersionNumber=number)

    def layer_version_by_arn(self, arn: str) -> Json:
        """Read a version of a layer, which may be another account's."""
        return self._call("lambda:GetLayerVersionByArn", arn, Arn=arn)

    def publish_layer_version(self, name: str, *, zip_bytes: bytes, description: str) -> str:
        """Publish a new version of a layer and return its ARN."""
        answer = self._call(
            "lambda:PublishLayerVersion",
            name,
            LayerName=name,
            Content={"ZipFile": zip_bytes},
            Description=description,
        )
        return str(answer["LayerVersionArn"])

    def delete_layer_version(self, name: str, number: int) -> None:
        """Delete a version of a layer; functions that have it keep it."""
        operation = "lambda:DeleteLayerVersion"
        self._call(operation, name, LayerName=name, VersionNumber=number)

    def permissions(self, name: str) -> dict[str, Json]:
        """Return the statements of a function's policy by id; none if there is no policy."""
        try:
            answer = self._call("lambda:GetPolicy", name, FunctionName=name)
        except NotFoundError:
            return {}
        return {item["Sid"]: item for item in json.loads(answer["Policy"])["Statement"]}

    def add_permission(
        self, name: str, statement_id: str, *, principal: str, source_arn: str
    ) -> None:
        """Allow a service to invoke a function for one source."""
        self._call(
            "lambda:AddPermission",
            name,
            FunctionName=name,
            StatementId=statement_id,
            Action="lambda:InvokeFunction",
            Principal=principal,
            SourceArn=source_arn,
        )

    def remove_permission(self, name: str, statement_id: str) -> None:
        """Withdraw a permission."""
        self._call("lambda:RemovePermission", name, FunctionName=name, StatementId=statement_id)


def _unreadable_tags(name: str, error: Json) -> AwsError:
    code, text = error.get("ErrorCode", ""), error.get("Message", "")
    msg = (
        f"lambda:GetFunction on {name}: its tags cannot be read, so whose it is stays open. "
        f"{code}: {text.rstrip('.')}. Ask for the permission lambda:ListTags on this function."
    )
    return AwsError(msg, operation="lambda:GetFunction", code=code)


def _settled(answer: Json) -> bool:
    state, update = answer.get("State", "Active"), answer.get("LastUpdateStatus", "Successful")
    return bool(state != "Pending" and update != "InProgress")


def _check_success(name: str, answer: Json) -> None:
    if answer.get("State") == "Failed":
        code, text = answer.get("StateReasonCode", ""), answer.get("StateReason", "")
        remedy = "Correct that, delete the function and run apply again"  # it does not recover
    elif answer.get("LastUpdateStatus") == "Failed":
        code = answer.get("LastUpdateStatusReasonCode", "")
        text = answer.get("LastUpdateStatusReason", "")
        remedy = "It runs as before. Correct that and run apply again"
    else:
        return
    msg = f"{name} did not become ready: {code}: {text.rstrip('.')}. {remedy}."
    raise AwsError(msg, operation="lambda:GetFunctionConfiguration", code=code)
