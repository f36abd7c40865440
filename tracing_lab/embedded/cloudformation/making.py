"""Makes and changes the resources of a stack until they are what a template wants."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tracing_lab.embedded.protocol.outgoing import ServiceCaller

from .dynamic_values import with_dynamic_values
from .errors import StackError
from .progress import FAILURES, Progress, reason_of
from .records import ResourceRecord
from .template.checking import depends_on
from .template.document import Document
from .types.model import Made, ResourceType, changed
from .types.table import RESOURCE_TYPES


@dataclass
class MadeStep:
    """A resource that was made or changed, or the one that failed.

    Parameters
    ----------
    logical_id
        Its name in the template.
    before
        Its record before; None if it did not exist.
    wanted
        The properties that it was to get; empty as long as they are not computed.
    """

    logical_id: str
    before: ResourceRecord | None
    wanted: dict[str, Any] = field(default_factory=dict)


class Making:
    """One deployment's changes.

    Parameters
    ----------
    progress
        The stack.
    document
        What is wanted.
    """

    def __init__(self, progress: Progress, document: Document) -> None:
        self._progress = progress
        self._document = document
        self._resources = progress.stack.resources
        self.steps: list[MadeStep] = []
        self.replaced: list[tuple[str, ResourceRecord]] = []

    async def run(self) -> None:
        """Make or change each resource in its order; StackError at the first that fails."""
        scope = self._document.scope
        for name in self._document.resources:
            await self._deploy(name)
            record = self._resources[name]
            scope.values[name], scope.attributes[name] = record.ref, record.attributes
        self._progress.stack.outputs = self._document.outputs()
        self._check_exports()

    async def _deploy(self, name: str) -> None:
        resource = self._document.resources[name]
        type_ = RESOURCE_TYPES[resource["Type"]]
        old = self._resources.get(name)
        before = old if old is not None and old.exists else None
        dependencies = self._document.dependencies[name]
        record = _record_of(resource, dependencies, self._progress.clock(), before)
        self._resources[name] = record
        step = MadeStep(name, before)
        self.steps.append(step)
        call, tags = self._progress.call, self._progress.stack.tags
        try:
            step.wanted = await wanted_properties(call, self._document, name, tags)
            if before is None:
                await self._create(name, type_, record, step.wanted)
            else:
                await self._change(name, type_, record, before, step.wanted)
        except FAILURES as error:
            verb = "CREATE" if before is None else "UPDATE"
            self._progress.note(name, f"{verb}_FAILED", reason_of(error))
            raise StackError(reason_of(error), logical_id=name) from error

    async def _create(
        self, name: str, type_: ResourceType, record: ResourceRecord, wanted: dict[str, Any]
    ) -> None:
        self._progress.note(name, "CREATE_IN_PROGRESS")
        made = await self._made(name, type_, wanted)
        self._done(name, record, made, "CREATE_COMPLETE", wanted)

    async def _change(
        self,
        name: str,
        type_: ResourceType,
        record: ResourceRecord,
        before: ResourceRecord,
        wanted: dict[str, Any],
    ) -> None:
        different = changed(before.properties, wanted)
        if not different:
            record.status, record.updated_s = before.status, before.updated_s
        elif type_.update is None or different & type_.replaced_by:
            await self._replace(name, type_, record, before, wanted)
        else:
            self._progress.note(name, "UPDATE_IN_PROGRESS")
            context = self._progress.context(name)
            made = await type_.update(context, before.made, before.properties, wanted)
            self._done(name, record, made, "UPDATE_COMPLETE", wanted)

    async def _replace(
        self,
        name: str,
        type_: ResourceType,
        record: ResourceRecord,
        before: ResourceRecord,
        wanted: dict[str, Any],
    ) -> None:
        given = wanted.get(type_.named_by) if type_.named_by else None
        if given is not None and given == before.properties.get(type_.named_by):
            message = (
                "CloudFormation cannot update a stack when a custom-named resource requires "
                f"replacing. Rename {given} and update the stack again."
            )
            raise StackError(message)
        reason = "Requested update requires the creation of a new physical resource"
        self._progress.note(name, "UPDATE_IN_PROGRESS", reason)
        made = await self._made(name, type_, wanted)
        if made.ref != before.ref:
            self.replaced.append((name, before))
        self._done(name, record, made, "UPDATE_COMPLETE", wanted)

    async def _made(self, name: str, type_: ResourceType, wanted: dict[str, Any]) -> Made:
        """Return a new resource; what has been made of one that fails is deleted."""
        partial: list[Made] = []
        try:
            return await type_.create(self._progress.context(name, partial.append), wanted)
        except FAILURES:
            for made in partial:
                await self._delete_partial(name, type_, made, wanted)
            raise

    async def _delete_partial(
        self, name: str, type_: ResourceType, made: Made, wanted: dict[str, Any]
    ) -> None:
        try:
            await type_.delete(self._progress.context(name), made, wanted)
        except FAILURES as error:
            now_s, reason = self._progress.clock(), reason_of(error)
            self._progress.stack.note(now_s, name, "DELETE_FAILED", reason)

    def _done(
        self, name: str, record: ResourceRecord, made: Made, status: str, wanted: dict[str, Any]
    ) -> None:
        record.ref, record.attributes, record.properties = made.ref, dict(made.attributes), wanted
        self._progress.note(name, status)

    def _check_exports(self) -> None:
        """Raise StackError if another stack exports a name, too."""
        stack = self._progress.stack
        taken = self._progress.store.exports(stack.region, but=stack.id)
        for output in stack.outputs:
            name = output.get("ExportName")
            if name in taken:
                owner = taken[name][1].split("/")[1]
                message = f"Export with name {name} is already exported by stack {owner}."
                raise StackError(message)


async def wanted_properties(
    call: ServiceCaller, document: Document, name: str, tags: Iterable[Mapping[str, str]]
) -> dict[str, Any]:
    """Return a resource's properties, computed; StackError if they cannot be, or are wrong.

    Parameters
    ----------
    call
        Calls services, for values that are stored there.
    document
        The template.
    name
        The resource.
    tags
        The tags of the stack, which its resources get.
    """
    type_ = RESOURCE_TYPES[document.resources[name]["Type"]]
    properties: dict[str, Any] = await with_dynamic_values(call, document.properties(name))
    problem = type_.problem(properties)
    if problem is not None:
        raise StackError(problem)
    return tagged(type_, properties, tags)


def tagged(
    type_: ResourceType, properties: dict[str, Any], tags: Iterable[Mapping[str, str]]
) -> dict[str, Any]:
    """Return properties with the tags of the stack, which the resource's own override."""
    of_stack = {tag["Key"]: tag["Value"] for tag in tags}
    if not of_stack or not type_.is_tagged:
        return properties
    own = properties.get("Tags") or []
    if isinstance(own, Mapping):
        return {**properties, "Tags": {**of_stack, **own}}
    keys = {tag["Key"] for tag in own}
    added = [{"Key": key, "Value": of_stack[key]} for key in of_stack if key not in keys]
    return {**properties, "Tags": [*own, *added]}


def _record_of(
    resource: Mapping[str, Any],
    dependencies: Iterable[str],
    now_s: float,
    before: ResourceRecord | None,
) -> ResourceRecord:
    """Return a resource's record, with what it is now until it has been changed."""
    return ResourceRecord(
        type=resource["Type"],
        status="",
        updated_s=now_s,
        ref=before.ref if before else "",
        attributes=before.attributes if before else {},
        properties=before.properties if before else {},
        depends_on=sorted({*dependencies, *depends_on(resource)}),
        deletion_policy=str(resource.get("DeletionPolicy", "Delete")),
        replace_policy=str(resource.get("UpdateReplacePolicy", "Delete")),
        metadata=resource.get("Metadata"),
    )
