"""What a deployment would change: the content of change sets.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from tracing_lab.embedded.protocol.outgoing import ServiceCaller

from .making import wanted_properties
from .progress import FAILURES
from .records import ResourceRecord, Stack
from .template.document import Document
from .types.model import changed
from .types.table import RESOURCE_TYPES

_LATER = "{{changeSet:KNOWN_AFTER_APPLY}}"


class _Later(dict[str, str]):
    """The attributes of a resource that does not exist yet."""

    def __missing__(self, _: str) -> str:
        return _LATER

    def __contains__(self, _: object) -> bool:
        return True


async def planned_changes(
    call: ServiceCaller, stack: Stack, document: Document, tags: list[dict[str, str]]
) -> list[Any]:
    """Return what a deployment would change, as DescribeChangeSet lists it.

    Parameters
    ----------
    call
        Calls services, for values that are stored there.
    stack
        The stack as it is.
    document
        What is wanted.
    tags
        The tags that the stack will have.
    """
    changes = [change async for change in _wanted(call, stack, document, tags)]
    changes += _removed(stack, document)
    return [{"Type": "Resource", "ResourceChange": change} for change in changes]


async def _wanted(
    call: ServiceCaller, stack: Stack, document: Document, tags: list[dict[str, str]]
) -> AsyncIterator[dict[str, Any]]:
    scope = document.scope
    for name, resource in document.resources.items():
        record = stack.resources.get(name)
        if record is None or not record.exists:
            scope.values[name], scope.attributes[name] = _LATER, _Later()
            yield _change("Add", name, resource["Type"])
            continue
        scope.values[name], scope.attributes[name] = record.ref, record.attributes
        change = await _modification(call, name, record, document, tags)
        if change is not None:
            if change["Replacement"] == "True":
                scope.values[name], scope.attributes[name] = _LATER, _Later()
            yield change


async def _modification(
    call: ServiceCaller,
    name: str,
    record: ResourceRecord,
    document: Document,
    tags: list[dict[str, str]],
) -> dict[str, Any] | None:
    type_ = RESOURCE_TYPES[record.type]
    change = _change("Modify", name, record.type, record.ref)
    try:
        properties = await wanted_properties(call, document, name, tags)
    except FAILURES:  # so will the deployment
        return {**change, "Replacement": "Conditional"}
    different = changed(record.properties, properties)
    if not different:
        return None
    is_replaced = type_.update is None or bool(different & type_.replaced_by)
    causes = different if type_.update is None else type_.replaced_by
    details = [_detail(name, recreation=name in causes) for name in sorted(different)]
    scope = sorted({detail["Target"]["Attribute"] for detail in details})
    return {
        **change,
        "Replacement": "True" if is_replaced else "False",
        "Scope": scope,
        "Details": details,
    }


def _detail(name: str, *, recreation: bool) -> dict[str, Any]:
    target: dict[str, str] = {"Attribute": "Tags"}
    if name != "Tags":
        needed = "Always" if recreation else "Never"
        target = {"Attribute": "Properties", "Name": name, "RequiresRecreation": needed}
    return {"Target": target, "Evaluation": "Static", "ChangeSource": "DirectModification"}


def _removed(stack: Stack, document: Document) -> Iterator[dict[str, Any]]:
    for name, record in stack.resources.items():
        if record.exists and name not in document.resources:
            yield _change("Remove", name, record.type, record.ref)


def _change(action: str, name: str, type_: str, ref: str = "") -> dict[str, Any]:
    change: Mapping[str, Any] = {
        "Action": action,
        "LogicalResourceId": name,
        "ResourceType": type_,
        "Scope": [],
        "Details": [],
    }
    return {**change, "PhysicalResourceId": ref} if ref else dict(change)
