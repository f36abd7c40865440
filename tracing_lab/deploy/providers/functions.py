"""Lambda functions, the permissions to invoke them, and their asynchronous retries."""

from collections.abc import Mapping
from typing import Any

from tracing_lab.aws.lambda_ import Lambda
from tracing_lab.errors import AwsError, NotFoundError
from tracing_lab.package import code_sha256
from tracing_lab.stack import Observed, Resource

from .base import known, observed, sync_tags

_SETTINGS = (
    "DeadLetterConfig",
    "Environment",
    "EphemeralStorage",
    "Handler",
    "Layers",
    "MemorySize",
    "Role",
    "Runtime",
    "Timeout",
    "TracingConfig",
)
_STRUCTURES: Mapping[str, str] = {"DeadLetterConfig": "TargetArn", "EphemeralStorage": "Size"}
"""The one member of each that is compared."""
_PLAIN = tuple(name for name in _SETTINGS if name not in {"Layers", *_STRUCTURES})
_CREATED_WITH = ("Architectures", "Tags")
_WITHOUT: Mapping[str, Any] = {"DeadLetterConfig": {"TargetArn": ""}, "Layers": []}
"""What removes an optional setting."""


class FunctionProvider:
    """Provider of ``AWS::Lambda::Function``.

    Parameters
    ----------
    lambda_
        The AWS clients.
    zips
        Deployment zips by hash.
    """

    def __init__(self, lambda_: Lambda, zips: Mapping[str, bytes]) -> None:
        self._lambda, self._zips = lambda_, dict(zips)

    def keep_code(self, found: Observed) -> None:
        """Download the code that a function runs, so that it can be deployed again.

        Raises
        ------
        AwsError
            If it cannot be downloaded, or was changed since the function was read.
        """
        name, sha256 = found.resource.name, found.properties["CodeSha256"]
        zipped = self._lambda.code(name)
        if code_sha256(zipped) != sha256:
            msg = f"The code of {name} was changed meanwhile. Run it again."
            raise AwsError(msg, operation="lambda:GetFunction")
        self._zips[sha256] = zipped

    def observe(self, resource: Resource) -> Observed | None:
        """Read a function with settings, hash of the code and tags."""
        try:
            answer = self._lambda.get_function(resource.name)
        except NotFoundError:
            return None
        found = answer["Configuration"]
        properties = {
            **known(found, *_PLAIN),
            **{name: known(found[name], of) for name, of in _STRUCTURES.items() if name in found},
            **_layers(found),
            **known(answer.get("Concurrency", {}), "ReservedConcurrentExecutions"),
            "Architectures": found.get("Architectures", ["x86_64"]),
            "CodeSha256": found["CodeSha256"],
            "Environment": {"Variables": found.get("Environment", {}).get("Variables", {})},
            "FunctionName": resource.name,
            "TracingConfig": {"Mode": found.get("TracingConfig", {}).get("Mode", "PassThrough")},
        }
        outputs = {"Arn": found["FunctionArn"]}
        return observed(resource, properties, answer.get("Tags", {}), outputs=outputs)

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Create a function."""
        wanted = resource.properties
        settings = {name: wanted[name] for name in (*_SETTINGS, *_CREATED_WITH) if name in wanted}
        self._lambda.create_function(resource.name, zip_bytes=self._zip(wanted), **settings)
        if "ReservedConcurrentExecutions" in wanted:
            self._reserve(resource)
        return {}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Change code, settings, reserved concurrency or tags."""
        wanted = resource.properties
        if changed & {"Architectures", "CodeSha256"}:
            architectures = wanted["Architectures"]
            self._lambda.update_code(resource.name, self._zip(wanted), Architectures=architectures)
        settings = {
            name: wanted.get(name, _WITHOUT.get(name)) for name in _SETTINGS if name in changed
        }
        if settings:
            self._lambda.update_configuration(resource.name, **settings)
        if "ReservedConcurrentExecutions" in changed:
            self._reserve(resource)
        sync_tags(self._lambda, found.outputs["Arn"], resource, found, changed)

    def delete(self, found: Observed) -> None:
        """Delete a function with its permissions."""
        self._lambda.delete_function(found.resource.name)

    def _reserve(self, resource: Resource) -> None:
        count = resource.properties.get("ReservedConcurrentExecutions")
        self._lambda.reserve_concurrency(resource.name, count)

    def _zip(self, wanted: Mapping[str, Any]) -> bytes:
        return self._zips[wanted["CodeSha256"]]


class PermissionProvider:
    """Provider of ``AWS::Lambda::Permission``; its name is the statement id."""

    def __init__(self, lambda_: Lambda) -> None:
        self._lambda = lambda_

    def observe(self, resource: Resource) -> Observed | None:
        """Read a statement of the function's policy."""
        function = resource.properties["FunctionName"]
        statement = self._lambda.permissions(function).get(resource.name)
        if statement is None:
            return None
        properties = {
            "Action": statement["Action"],
            "FunctionName": function,
            "Principal": _principal(statement),
            "SourceArn": _source_arn(statement),
        }
        return Observed(resource=resource, properties=properties)

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Allow a source to invoke the function."""
        wanted = resource.properties
        self._lambda.add_permission(
            wanted["FunctionName"],
            resource.name,
            principal=wanted["Principal"],
            source_arn=wanted["SourceArn"],
        )
        return {}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Do nothing: a statement cannot be changed, so the plan replaces it."""

    def delete(self, found: Observed) -> None:
        """Remove the statement."""
        function = found.properties["FunctionName"]
        self._lambda.remove_permission(function, found.resource.name)


class EventInvokeConfigProvider:
    """Provider of ``AWS::Lambda::EventInvokeConfig``; it belongs to its function."""

    def __init__(self, lambda_: Lambda) -> None:
        self._lambda = lambda_

    def observe(self, resource: Resource) -> Observed | None:
        """Read how often failed events are retried, unless AWS's defaults apply."""
        function = resource.properties["FunctionName"]
        try:
            found = self._lambda.event_invoke_config(function)
        except NotFoundError:
            return None
        properties = {
            "FunctionName": function,
            "MaximumEventAgeInSeconds": found.get("MaximumEventAgeInSeconds"),
            "MaximumRetryAttempts": found.get("MaximumRetryAttempts"),
            "Qualifier": "$LATEST",
        }
        return Observed(resource=resource, properties=properties)

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Set retries and age."""
        wanted = resource.properties
        self._lambda.put_event_invoke_config(
            wanted["FunctionName"],
            retries=wanted["MaximumRetryAttempts"],
            max_age_s=wanted["MaximumEventAgeInSeconds"],
        )
        return {}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Update retries or age, which are always set together."""
        del found, changed
        self.create(resource)

    def delete(self, found: Observed) -> None:
        """Restore AWS's defaults."""
        self._lambda.delete_event_invoke_config(found.properties["FunctionName"])


def _layers(found: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return a function's layers as the API accepts them, and none as a function without them."""
    arns = [layer["Arn"] for layer in found.get("Layers", [])]
    return {"Layers": arns} if arns else {}


def _principal(statement: Mapping[str, Any]) -> Any:
    principal = statement.get("Principal")
    return principal.get("Service", principal) if isinstance(principal, Mapping) else principal


def _source_arn(statement: Mapping[str, Any]) -> Any:
    """Return the source from a condition of either form; otherwise the whole condition."""
    condition = statement.get("Condition", {})
    keys = condition.get("ArnLike", {}) if isinstance(condition, Mapping) else {}
    arns = [value for key, value in keys.items() if key.lower() == "aws:sourcearn"]
    return arns[0] if len(arns) == 1 and len(condition) == 1 else condition
