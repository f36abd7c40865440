"""A resource under its Terraform address, and its blocks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tracing_lab.stack import Resource

from .bundle import Bundle
from .hcl import Block, Expression
from .naming import attribute_name, snake_case

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Item:
    """A resource with the provider's name of its type.

    Parameters
    ----------
    resource
        A resource of the stack.
    type
        For example ``aws_iam_role``.
    """

    resource: Resource
    type: str

    @property
    def wanted(self) -> Json:
        """The resource's properties."""
        return self.resource.properties

    @property
    def address(self) -> str:
        """Its address in the configuration, for example ``aws_iam_role.order_role``."""
        return f"{self.type}.{snake_case(self.resource.logical)}"

    def own(self, attribute: str) -> Expression:
        """Return a reference to one of its attributes."""
        return Expression(f"{self.address}.{attribute}")

    def block(self, body: Json, nested: Mapping[str, Json] | None = None) -> Block:
        """Return the block of the resource itself, without empty attributes."""
        return self.apart(self.type, "", body, nested)

    def apart(
        self, type_: str, suffix: str, body: Json, nested: Mapping[str, Json] | None = None
    ) -> Block:
        """Return the block of a part that is a separate resource in Terraform.

        Parameters
        ----------
        type_
            The provider's name of its type.
        suffix
            Suffix of its name that makes it unique; may be empty.
        body
            Attributes.
        nested
            Nested blocks.
        """
        logical = self.resource.logical
        name = snake_case(f"{logical}-{suffix}" if suffix else logical)
        blocks = [Block(kind, body=content) for kind, content in (nested or {}).items() if content]
        kept = {key: value for key, value in body.items() if value is not None}
        return Block("resource", (type_, name), kept, tuple(blocks))


Convert = Callable[[Item, Bundle], list[Block]]


@dataclass(frozen=True)
class TypeMapping:
    """The conversion of a type to Terraform.

    Parameters
    ----------
    type
        The provider's name of the type.
    convert
        Returns the blocks of a resource; the first one is the resource itself.
    name_attribute
        Attribute that holds the physical name.
    """

    type: str
    convert: Convert
    name_attribute: str = "name"

    def attribute(self, name: str) -> str:
        """Return the provider's name of an attribute, for example ``arn``.

        Parameters
        ----------
        name
            ``Arn``, ``Name``, or an output such as ``Id``.
        """
        return self.name_attribute if name == "Name" else name.lower()


def plain(**renamed: str) -> Convert:
    """Return the conversion of a type of which each property is one attribute.

    Parameters
    ----------
    **renamed
        Attributes by property, where the provider's name differs from the default.
    """

    def convert(item: Item, _bundle: Bundle) -> list[Block]:
        found = item.wanted.items()
        return [item.block({renamed.get(key, attribute_name(key)): value for key, value in found})]

    return convert
