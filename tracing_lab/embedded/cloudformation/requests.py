"""Reads what a call wants to deploy: template, parameters, capabilities.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from tracing_lab.embedded.protocol.errors import ApiError
from tracing_lab.embedded.protocol.outgoing import CallError, ServiceCaller

from .dynamic_values import stored_parameters
from .errors import StackError, validation_error
from .records import Stack
from .store import StackStore
from .template.checking import check_template
from .template.document import Document, document_of
from .template.macros import capabilities_of, expanded, transforms_of
from .template.parameters import chosen_parameters
from .template.reading import read_template
from .types.table import RESOURCE_TYPES

STACK_NAME = re.compile("[a-zA-Z][-a-zA-Z0-9]{0,127}")
_UNACKNOWLEDGED = "InsufficientCapabilitiesException"
_VIRTUAL_HOST = re.compile(r"(?P<bucket>.+)\.s3[.-][\w.-]+")


@dataclass(frozen=True)
class Wanted:
    """What a call wants to deploy.

    Parameters
    ----------
    original
        The template as it was given.
    template
        Its content, after macros.
    parameters
        The parameters' values as text.
    capabilities
        What the caller acknowledges.
    document
        The template with these parameters.
    """

    original: str
    template: dict[str, Any]
    parameters: dict[str, str]
    capabilities: list[str]
    document: Document


class Reader:
    """Reads calls that deploy.

    Parameters
    ----------
    store
        Has the values that stacks export.
    account_id
        The account.
    """

    def __init__(self, store: StackStore, account_id: str) -> None:
        self._store = store
        self._account_id = account_id

    async def wanted(self, call: ServiceCaller, members: Mapping[str, Any], stack: Stack) -> Wanted:
        """Return what a call wants to deploy; ApiError if it cannot be.

        Parameters
        ----------
        call
            Calls services, for templates in buckets and parameters in SSM.
        members
            The members of the call.
        stack
            The stack before.
        """
        original = await template_text(call, members, stack)
        capabilities = members.get("Capabilities", [])
        written = read_template(original)
        check_capabilities(written, capabilities)
        given = given_values(members, stack)
        template = await asyncio.to_thread(expanded, written, given, stack.region)
        check_template(template, RESOURCE_TYPES.keys())
        check_capabilities(template, capabilities)
        check_types(template, stack)
        values = chosen_parameters(template, members.get("Parameters", []), stack.parameters)
        document = await self.document(call, template, values, stack)
        return Wanted(original, template, values, capabilities, document)

    async def document(
        self,
        call: ServiceCaller,
        template: Mapping[str, Any],
        values: Mapping[str, str],
        stack: Stack,
    ) -> Document:
        """Return a template with parameters, ready for a deployment."""
        stored = await stored_parameters(call, template, values)
        exported = self._store.exports(stack.region, but=stack.id)
        exports = {name: value for name, (value, _) in exported.items()}
        try:
            document = document_of(template, stored, self._pseudo(stack), exports)
            document.resources  # noqa: B018 - finds circles
        except StackError as error:
            raise validation_error(str(error)) from error
        return document

    def _pseudo(self, stack: Stack) -> dict[str, Any]:
        return {
            "AWS::AccountId": self._account_id,
            "AWS::NotificationARNs": stack.notifications,
            "AWS::Partition": "aws",
            "AWS::Region": stack.region,
            "AWS::StackId": stack.id,
            "AWS::StackName": stack.name,
            "AWS::URLSuffix": "amazonaws.com",
        }


async def template_text(
    call: ServiceCaller, members: Mapping[str, Any], stack: Stack | None
) -> str:
    """Return the template that a call gives, by whichever of its members."""
    if members.get("UsePreviousTemplate") and stack is not None:
        return stack.original
    if members.get("TemplateBody"):
        return str(members["TemplateBody"])
    if members.get("TemplateURL"):
        return await _downloaded(call, str(members["TemplateURL"]))
    message = "Either Template URL or Template Body must be specified."
    raise validation_error(message)


def given_values(members: Mapping[str, Any], stack: Stack) -> dict[str, str]:
    """Return the values that a call gives for parameters, or keeps."""
    given = {item.get("ParameterKey", ""): item for item in members.get("Parameters", [])}
    return {
        name: stack.parameters.get(name, "")
        if item.get("UsePreviousValue")
        else str(item.get("ParameterValue", ""))
        for name, item in given.items()
    }


def check_types(template: Mapping[str, Any], stack: Stack) -> None:
    """Raise ApiError if a resource that exists is to get another type."""
    different = [
        name
        for name, resource in template["Resources"].items()
        if name in stack.resources
        and stack.resources[name].exists
        and stack.resources[name].type != resource["Type"]
    ]
    if different:
        message = (
            "Update of resource type is not permitted. The new template modifies resource type of "
            f"the following resources: [{', '.join(different)}]"
        )
        raise validation_error(message)


def check_capabilities(template: Mapping[str, Any], given: list[str]) -> None:
    """Raise ApiError if a template needs an acknowledgement that a call does not have.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html
    """
    needed = capabilities_of(template)
    accepted = set(given)
    if "CAPABILITY_NAMED_IAM" in accepted:
        accepted.add("CAPABILITY_IAM")
    missing = [name for name in needed if name not in accepted]
    if missing and transforms_of(template) and "CAPABILITY_AUTO_EXPAND" in missing:
        missing = ["CAPABILITY_AUTO_EXPAND"]
    if missing:
        message = f"Requires capabilities : [{', '.join(missing)}]"
        raise ApiError(_UNACKNOWLEDGED, message)


async def _downloaded(call: ServiceCaller, url: str) -> str:
    """Return a template in a bucket, by any form of its URL."""
    parts = urlsplit(url)
    match = _VIRTUAL_HOST.fullmatch(parts.hostname or "")
    path = unquote(parts.path.lstrip("/"))
    bucket, key = (match["bucket"], path) if match else path.partition("/")[::2]
    try:
        found = await call("s3", "GetObject", Bucket=bucket, Key=key)
    except CallError as error:
        message = f"S3 error: {error} For more information check the template's URL: {url}"
        raise validation_error(message) from error
    body = found["Body"]
    return body.decode() if isinstance(body, bytes) else str(body)
