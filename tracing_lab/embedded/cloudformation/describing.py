"""Responses about stacks and their resources."""

import json
from typing import Any

from .records import ResourceRecord, Stack
from .template.parameters import shown_parameters

Json = dict[str, Any]


def shown_stack(stack: Stack) -> Json:
    """Return a stack as DescribeStacks shows it."""
    return {
        "StackId": stack.id,
        "StackName": stack.name,
        "ChangeSetId": stack.change_set_id,
        "Description": stack.description,
        "Parameters": shown_parameters(json.loads(stack.template), stack.parameters),
        "CreationTime": stack.created_s,
        "DeletionTime": stack.deleted_s,
        "LastUpdatedTime": stack.updated_s,
        "RollbackConfiguration": {},
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason,
        "DisableRollback": stack.on_failure == "DO_NOTHING",
        "NotificationARNs": stack.notifications,
        "Capabilities": stack.capabilities,
        "Outputs": stack.outputs,
        "Tags": stack.tags,
        "EnableTerminationProtection": stack.protected,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }


def shown_summary(stack: Stack) -> Json:
    """Return a stack as ListStacks shows it."""
    return {
        "StackId": stack.id,
        "StackName": stack.name,
        "TemplateDescription": stack.description,
        "CreationTime": stack.created_s,
        "LastUpdatedTime": stack.updated_s,
        "DeletionTime": stack.deleted_s,
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }


def shown_resource(stack: Stack, name: str, record: ResourceRecord) -> Json:
    """Return a resource as DescribeStackResources shows it."""
    return {
        "StackName": stack.name,
        "StackId": stack.id,
        "LogicalResourceId": name,
        "PhysicalResourceId": record.ref or None,
        "ResourceType": record.type,
        "Timestamp": record.updated_s,
        "ResourceStatus": record.status,
        "ResourceStatusReason": record.reason,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }


def shown_detail(stack: Stack, name: str, record: ResourceRecord) -> Json:
    """Return a resource as DescribeStackResource shows it."""
    shown = shown_resource(stack, name, record)
    metadata = None if record.metadata is None else json.dumps(record.metadata)
    return {**shown, "LastUpdatedTimestamp": shown.pop("Timestamp"), "Metadata": metadata}


def shown_resource_summary(name: str, record: ResourceRecord) -> Json:
    """Return a resource as ListStackResources shows it."""
    return {
        "LogicalResourceId": name,
        "PhysicalResourceId": record.ref or None,
        "ResourceType": record.type,
        "LastUpdatedTimestamp": record.updated_s,
        "ResourceStatus": record.status,
        "ResourceStatusReason": record.reason,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }


def shown_template_parameters(template: Json) -> list[Json]:
    """Return the parameters that a template declares, as GetTemplateSummary shows them."""
    return [
        {
            "ParameterKey": name,
            "DefaultValue": None if "Default" not in item else str(item["Default"]),
            "ParameterType": str(item.get("Type", "String")),
            "NoEcho": str(item.get("NoEcho", "")).lower() == "true",
            "Description": item.get("Description"),
            "ParameterConstraints": {
                "AllowedValues": list(map(str, item.get("AllowedValues", [])))
            },
        }
        for name, item in (template.get("Parameters") or {}).items()
    ]
