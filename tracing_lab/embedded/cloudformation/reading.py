"""Operations that read stacks, or templates."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tracing_lab.embedded.protocol.outgoing import ServiceCaller

from .describing import (
    shown_detail,
    shown_resource,
    shown_resource_summary,
    shown_stack,
    shown_summary,
    shown_template_parameters,
)
from .errors import validation_error
from .records import ResourceRecord, Stack
from .requests import template_text
from .store import StackStore
from .template.checking import check_template
from .template.macros import capabilities_of, transforms_of
from .template.reading import read_template
from .template.usage import imports_of
from .types.table import RESOURCE_TYPES

Members = Mapping[str, Any]
Json = dict[str, Any]


class StackReading:
    """Reads stacks.

    Parameters
    ----------
    store
        The stacks.
    """

    def __init__(self, store: StackStore) -> None:
        self._store = store
        self.operations: Mapping[str, Callable[[ServiceCaller, Members], Awaitable[Json]]] = {
            "DescribeStackEvents": self._events,
            "DescribeStackResource": self._resource,
            "DescribeStackResources": self._resources,
            "DescribeStacks": self._stacks,
            "GetStackPolicy": self._policy,
            "GetTemplate": self._template,
            "GetTemplateSummary": self._summary,
            "ListExports": self._exports,
            "ListImports": self._imports,
            "ListStackResources": self._list_resources,
            "ListStacks": self._list,
            "SetStackPolicy": self._set_policy,
            "ValidateTemplate": self._validate,
        }

    def stack(self, call: ServiceCaller, members: Members) -> Stack:
        """Return the stack that a call names; ApiError if there is none."""
        name = str(members.get("StackName", ""))
        stack = self._store.find(call.parent.region, name)
        if stack is None:
            message = f"Stack with id {name} does not exist"
            raise validation_error(message)
        return stack

    def importers(self, stack: Stack) -> tuple[str, list[str]] | None:
        """Return an export of a stack that others import, and these; None if there is none."""
        for output in stack.outputs:
            users = self._users(stack.region, output.get("ExportName", ""))
            if users:
                return output["ExportName"], users
        return None

    def _users(self, region: str, export: str) -> list[str]:
        return [
            stack.name
            for stack in self._store.existing(region)
            if export and export in imports_of(json.loads(stack.template), stack.parameters)
        ]

    async def _stacks(self, call: ServiceCaller, members: Members) -> Json:
        if members.get("StackName"):
            return {"Stacks": [shown_stack(self.stack(call, members))]}
        return {"Stacks": list(map(shown_stack, self._store.existing(call.parent.region)))}

    async def _list(self, call: ServiceCaller, members: Members) -> Json:
        wanted = members.get("StackStatusFilter")
        stacks = self._store.all(call.parent.region)
        shown = [stack for stack in stacks if wanted is None or stack.status in wanted]
        return {"StackSummaries": list(map(shown_summary, shown))}

    async def _events(self, call: ServiceCaller, members: Members) -> Json:
        return {"StackEvents": list(reversed(self.stack(call, members).events))}

    async def _resource(self, call: ServiceCaller, members: Members) -> Json:
        stack, name = self.stack(call, members), str(members["LogicalResourceId"])
        if name not in stack.resources:
            message = f"Resource {name} does not exist for stack {stack.name}"
            raise validation_error(message)
        return {"StackResourceDetail": shown_detail(stack, name, stack.resources[name])}

    async def _resources(self, call: ServiceCaller, members: Members) -> Json:
        logical, physical = members.get("LogicalResourceId"), members.get("PhysicalResourceId")
        if not members.get("StackName") and physical:
            stack = self._owner(call.parent.region, str(physical))
        else:
            stack = self.stack(call, members)
        shown = [
            shown_resource(stack, name, record)
            for name, record in stack.resources.items()
            if logical in {None, name} and physical in {None, record.ref}
        ]
        return {"StackResources": shown}

    def _owner(self, region: str, physical_id: str) -> Stack:
        for stack in self._store.existing(region):
            if any(record.ref == physical_id for record in stack.resources.values()):
                return stack
        message = f"Stack for {physical_id} does not exist"
        raise validation_error(message)

    async def _list_resources(self, call: ServiceCaller, members: Members) -> Json:
        records: Mapping[str, ResourceRecord] = self.stack(call, members).resources
        shown = [shown_resource_summary(name, record) for name, record in records.items()]
        return {"StackResourceSummaries": shown}

    async def _template(self, call: ServiceCaller, members: Members) -> Json:
        stack = self.stack(call, members)
        is_original = members.get("TemplateStage", "Original") == "Original"
        body = stack.original if is_original else stack.template
        return {"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}

    async def _policy(self, call: ServiceCaller, members: Members) -> Json:
        return {"StackPolicyBody": self.stack(call, members).policy}

    async def _set_policy(self, call: ServiceCaller, members: Members) -> Json:
        stack = self.stack(call, members)
        stack.policy = members.get("StackPolicyBody")
        self._store.save(stack)
        return {}

    async def _exports(self, call: ServiceCaller, _: Members) -> Json:
        exports = self._store.exports(call.parent.region)
        shown = [
            {"ExportingStackId": stack_id, "Name": name, "Value": value}
            for name, (value, stack_id) in exports.items()
        ]
        return {"Exports": shown}

    async def _imports(self, call: ServiceCaller, members: Members) -> Json:
        name = str(members["ExportName"])
        users = self._users(call.parent.region, name)
        if not users:
            message = f"Export '{name}' is not imported by any stack."
            raise validation_error(message)
        return {"Imports": users}

    async def _validate(self, call: ServiceCaller, members: Members) -> Json:
        template = read_template(await template_text(call, members, None))
        if not transforms_of(template):
            check_template(template, RESOURCE_TYPES.keys())
        described = _described(template)
        shown = [_without_constraints(item) for item in described["Parameters"]]
        return {**described, "Parameters": shown}

    async def _summary(self, call: ServiceCaller, members: Members) -> Json:
        stack = self.stack(call, members) if members.get("StackName") else None
        given = members if stack is None else {"UsePreviousTemplate": True}
        template = read_template(await template_text(call, given, stack))
        types = sorted({resource["Type"] for resource in template.get("Resources", {}).values()})
        metadata = template.get("Metadata")
        return {
            **_described(template),
            "ResourceTypes": types,
            "Version": template.get("AWSTemplateFormatVersion"),
            "Metadata": None if metadata is None else json.dumps(metadata),
        }


def _without_constraints(parameter: Json) -> Json:
    """Return a parameter as ValidateTemplate shows it."""
    left_out = {"ParameterConstraints", "ParameterType"}
    return {name: value for name, value in parameter.items() if name not in left_out}


def _described(template: Json) -> Json:
    needed = capabilities_of(template)
    reason = "The following resource(s) require capabilities: [IAM]" if needed else None
    return {
        "Parameters": shown_template_parameters(template),
        "Description": template.get("Description"),
        "Capabilities": needed,
        "CapabilitiesReason": reason,
        "DeclaredTransforms": transforms_of(template),
    }
