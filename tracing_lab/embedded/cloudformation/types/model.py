"""What a type of resource is: calls that make, change and delete it."""

import random
import string
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tracing_lab.embedded.protocol.outgoing import CallError, ServiceCaller

from .shaping import property_names, shaped

Properties = Mapping[str, Any]
Members = dict[str, Any]

_SUFFIX_LENGTH = 12
_LETTERS = string.ascii_uppercase + string.digits
_COMMON = frozenset({"Tags"})


@dataclass(frozen=True)
class Made:
    """A resource that exists.

    Parameters
    ----------
    ref
        Its physical id, which ``Ref`` gives.
    attributes
        What ``Fn::GetAtt`` gives.
    """

    ref: str
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """A resource of a stack, and how its service is called.

    Parameters
    ----------
    call
        Calls a service.
    region, account_id
        Where the stack is.
    stack_name, stack_id
        Its stack.
    logical_id
        Its name in the template.
    note_partial
        Accepts a resource of which only the first of several calls has been made: when a later one
        fails, it is deleted.
    """

    call: ServiceCaller
    region: str
    account_id: str
    stack_name: str
    stack_id: str
    logical_id: str
    note_partial: Callable[[Made], None] = lambda _: None

    async def apply(
        self, service: str, operation: str, properties: Properties, **more: Any
    ) -> dict[str, Any]:
        """Call an operation with those properties that it has members for, and with others."""
        return await self.call(
            service, operation, **{**shaped(service, operation, properties), **more}
        )

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource of the stack's region and account."""
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"

    def new_name(self, limit: int, *, lower: bool = False) -> str:
        """Return a name for a resource that the template does not name.

        Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
        """
        suffix = "".join(random.choices(_LETTERS, k=_SUFFIX_LENGTH))
        room = limit - _SUFFIX_LENGTH - 1
        name = f"{self.stack_name}-{self.logical_id}"[:room].rstrip("-") + f"-{suffix}"
        return name.lower() if lower else name


Create = Callable[[Context, Properties], Awaitable[Made]]
Delete = Callable[[Context, Made, Properties], Awaitable[None]]
Update = Callable[[Context, Made, Properties, Properties], Awaitable[Made]]


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """How resources of a type are made.

    Parameters
    ----------
    name
        For example ``AWS::SQS::Queue``.
    create, delete
        Make and delete a resource.
    update
        Changes a resource; None if it is replaced by a new one at every change.
    calls
        Service and operation of calls whose members are properties of the type.
    properties
        Further properties.
    required
        Those that a template has to have.
    replaced_by
        Properties whose change replaces the resource.
    named_by
        The property with the resource's name; empty if it cannot be chosen.
    """

    name: str
    create: Create
    delete: Delete
    update: Update | None = None
    calls: tuple[tuple[str, str], ...] = ()
    properties: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    replaced_by: frozenset[str] = frozenset()
    named_by: str = ""

    @property
    def known(self) -> frozenset[str]:
        """All properties of the type that have an effect."""
        of_calls = (property_names(*call) for call in self.calls)
        return self.properties.union(*of_calls)

    @property
    def is_tagged(self) -> bool:
        """Whether resources of the type have tags."""
        return "Tags" in self.known

    def problem(self, properties: Properties) -> str | None:
        """Return what is wrong with a resource's properties; None if nothing is."""
        missing = sorted(self.required - properties.keys())
        if missing:
            return (
                "Properties validation failed for resource of type "
                f"{self.name} with message: #: required key [{missing[0]}] not found"
            )
        unknown = sorted(properties.keys() - self.known)
        if unknown:
            return (
                f"Encountered unsupported property {unknown[0]}: {self.name} does not have it, or "
                "it is not simulated"
            )
        return None


def changed(old: Properties, new: Properties) -> set[str]:
    """Return the properties that differ.

    Examples
    --------
    >>> sorted(changed({"A": 1, "B": 2}, {"B": 3, "C": 4, "A": 1}))
    ['B', 'C']
    """
    return {name for name in {*old, *new} if old.get(name) != new.get(name)}


async def gone(call: Awaitable[Any], *codes: str) -> None:
    """Await a call that deletes something; it may be deleted already.

    Parameters
    ----------
    call
        The call.
    codes
        Further errors that mean that there is nothing to delete.
    """
    try:
        await call
    except CallError as error:
        if error.code not in {*_MISSING, *codes}:
            raise


_MISSING = frozenset(
    {
        "AWS.SimpleQueueService.NonExistentQueue",
        "NoSuchBucket",
        "NoSuchBucketPolicy",
        "NoSuchEntity",
        "NotFound",
        "NotFoundException",
        "ParameterNotFound",
        "QueueDoesNotExist",
        "ResourceNotFound",
        "ResourceNotFoundException",
    }
)


def no_tags(properties: Properties) -> Members:
    """Return properties without tags, which some calls write in another form."""
    return {name: value for name, value in properties.items() if name not in _COMMON}
