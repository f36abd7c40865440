"""Strings with references to other resources, or to the account and region.

A `Text` is an ordinary string, so that it is compared, hashed and sent like any other. The exports,
and the code that fills in outputs known only after creation, read its parts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self, TypeGuard

Outputs = Mapping[str, Mapping[str, str]]


class LocationKind(StrEnum):
    """What a location is."""

    PARTITION = "partition"
    REGION = "region"
    ACCOUNT = "account"


@dataclass(frozen=True)
class Location:
    """The partition, region or account of an ARN.

    Parameters
    ----------
    kind
        Partition, region or account.
    value
        For example ``us-east-1``.
    """

    kind: LocationKind
    value: str

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Attribute:
    """An attribute of a resource.

    Parameters
    ----------
    logical
        The resource's logical name.
    name
        ``Arn``, ``Name``, or an output such as ``Id``.
    value
        Its value; None if that is known only after creation.
    """

    logical: str
    name: str
    value: str | None = None

    def __str__(self) -> str:
        return f"${{{self.logical}.{self.name}}}" if self.value is None else self.value


Part = str | Attribute | Location


class Text(str):
    """A string with its parts: plain strings, attributes, locations and other such strings.

    Examples
    --------
    >>> stage = Text(Attribute("api", "Id"), "/prod")
    >>> stage
    '${api.Id}/prod'
    >>> Text("restapis/", stage).parts
    ('restapis/', Attribute(logical='api', name='Id', value=None), '/prod')
    """

    __slots__ = ("parts",)
    parts: tuple[Part, ...]

    def __new__(cls, *parts: Part) -> Self:
        """Join the parts; a `Text` among them contributes its own."""
        flat = tuple(piece for part in parts for piece in parts_of(part))
        text = super().__new__(cls, "".join(map(str, flat)))
        text.parts = flat
        return text

    def __getnewargs__(self) -> tuple[Part, ...]:  # type: ignore[override] # a str's is itself
        return self.parts


def parts_of(part: Part) -> tuple[Part, ...]:
    """Return the parts of a `Text`; anything else is one part."""
    return part.parts if isinstance(part, Text) else (part,)


def output(logical: str, name: str = "Id") -> Text:
    """Return a reference to an output that is known once the resource is created.

    Examples
    --------
    >>> output("api")
    '${api.Id}'
    """
    return Text(Attribute(logical, name))


def resolve(value: Any, outputs: Outputs) -> Any:
    """Return a value with references replaced by known outputs; unknown ones stay.

    Parameters
    ----------
    value
        Text, or nested dicts and lists of it.
    outputs
        Outputs by logical name.

    Returns
    -------
    Any
        A copy with the references replaced.

    Examples
    --------
    >>> resolve({"Arn": Text("x/", output("api"), "/", output("other"))}, {"api": {"Id": "abc"}})
    {'Arn': 'x/abc/${other.Id}'}
    """
    if isinstance(value, Text):
        return Text(*(_known(part, outputs) for part in value.parts))
    if isinstance(value, Mapping):
        return {key: resolve(item, outputs) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve(item, outputs) for item in value]
    return value


def references(value: Any) -> set[str]:
    """Return the logical names of the resources whose outputs a value needs.

    Examples
    --------
    >>> references([Text(output("api"), "/prod"), {"x": "$context.requestId"}])
    {'api'}
    """
    if isinstance(value, Text):
        return {part.logical for part in value.parts if _is_output(part)}
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        return set().union(*(references(item) for item in value))
    return set()


def _is_output(part: Part) -> TypeGuard[Attribute]:
    return isinstance(part, Attribute) and part.value is None


def _known(part: Part, outputs: Outputs) -> Part:
    return outputs.get(part.logical, {}).get(part.name, part) if _is_output(part) else part
