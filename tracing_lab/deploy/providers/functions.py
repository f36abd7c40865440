"""Lambda functions and the permissions to invoke them."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from tracing_lab.aws.lambda_ import Lambda
from tracing_lab.errors import NotFoundError
from tracing_lab.stack import Observed, Resource

from .base import observed, sync_tags

_SETTINGS = (
    "Environment",
    "Handler",
    "MemorySize",
    "Role",
    "Runtime",
    "Timeout",
    "TracingConfig",
)


class Function:
    """Provider of ``AWS::Lambda::Function``.

    Parameters
    ----------
    lambda_
        Makes the calls.
    zips
        Hash of a deployment zip to the zip.
    """

    def __init__(self, lambda_: Lambda, zips: Mapping[str, bytes]) -> None:
        self._lambda, self._zips = lambda_, zips

    def observe(self, resource: Resource) -> Observed | None:
        """Read a function with settings, hash of the code and tags."""
        try:
            answer = self._lambda.get_function(resource.name)
        except NotFoundError:
            return None
        found = answer["Configuration"]
        properties = {
            **{setting: found.get(setting) for setting in _SETTINGS},
            "CodeSha256": found["CodeSha256"],
            "Environment": {"Variables": found.get("Environment", {}).get("Variables", {})},
            "FunctionName": resource.name,
            "TracingConfig": {"Mode": found.get("TracingConfig", {}).get("Mode", "PassThrough")},
        }
        outputs = {"Arn": found["FunctionArn"]}
        return observed(resource, properties, answer.get("Tags", {}), outputs=outputs)

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Make a function."""
        wanted = resource.properties
        settings = {setting: wanted[setting] for setting in (*_SETTINGS, "Tags")}
        self._lambda.create_function(resource.name, zip_bytes=self._zip(wanted), **settings)
        return {}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Change code, settings or tags."""
        wanted = resource.properties
        if "CodeSha256" in changed:
            self._lambda.update_code(resource.name, self._zip(wanted))
        settings = {setting: wanted[setting] for setting in _SETTINGS if setting in changed}
        if settings:
            self._lambda.update_configuration(resource.name, **settings)
        if "Tags" in changed:
            arn = found.outputs["Arn"]
            tag, untag = partial(self._lambda.tag, arn), partial(self._lambda.untag, arn)
            sync_tags(resource, found, tag=tag, untag=untag)

    def delete(self, found: Observed) -> None:
        """Delete a function with its permissions."""
        self._lambda.delete_function(found.resource.name)

    def _zip(self, wanted: Mapping[str, Any]) -> bytes:
        return self._zips[wanted["CodeSha256"]]


class Permission:
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
        """Do nothing: a statement cannot be changed, the plan replaces it."""

    def delete(self, found: Observed) -> None:
        """Withdraw the statement."""
        function = found.properties["FunctionName"]
        self._lambda.remove_permission(function, found.resource.name)


def _principal(statement: Mapping[str, Any]) -> Any:
    principal = statement.get("Principal")
    return principal.get("Service", principal) if isinstance(principal, Mapping) else principal


def _source_arn(statement: Mapping[str, Any]) -> Any:
    """Find the source, whichever way its condition is spelt; the whole condition if it is odd."""
    condition = statement.get("Condition", {})
    keys = condition.get("ArnLike", {}) if isinstance(condition, Mapping) else {}
    arns = [value for key, value in keys.items() if key.lower() == "aws:sourcearn"]
    return arns[0] if len(arns) == 1 and len(condition) == 1 else condition
