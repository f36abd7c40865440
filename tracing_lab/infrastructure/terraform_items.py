"""A resource on its way to Terraform: what it is called there, and its blocks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tracing_lab.stack import Resource

from .bundle import Bundle
from .hcl import Block, Expression
from .naming import snake_case

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
        """How the configuration names it, for example ``aws_iam_role.order_role``."""
        return f"{self.type}.{snake_case(self.resource.logical)}"

    def own(self, attribute: str) -> Expression:
        """Refer to one of its attributes."""
        return Expression(f"{self.address}.{attribute}")

    def block(self, body: Json, nested: Mapping[str, Json] | None = None) -> Block:
        """Write the resource itself; what is None or empty is left out.

        Parameters
        ----------
        body
            Attributes.
        nested
            Nested blocks.

        Returns
        -------
        Block
            A resource block.
        """
        return self.apart(self.type, "", body, nested)

    def apart(
        self, type_: str, suffix: str, body: Json, nested: Mapping[str, Json] | None = None
    ) -> Block:
        """Write something that the provider keeps apart from the resource.

        Parameters
        ----------
        type_
            The provider's name of its type.
        suffix
            What tells it from others of that type; may be empty.
        body
            Attributes.
        nested
            Nested blocks.

        Returns
        -------
        Block
            A resource block.
        """
        logical = self.resource.logical
        name = snake_case(f"{logical}-{suffix}" if suffix else logical)
        blocks = [Block(kind, body=content) for kind, content in (nested or {}).items() if content]
        kept = {key: value for key, value in body.items() if value is not None}
        return Block("resource", (type_, name), kept, tuple(blocks))


Convert = Callable[[Item, Bundle], list[Block]]


@dataclass(frozen=True)
class Spelling:
    """How a type is spelt in Terraform.

    Parameters
    ----------
    type
        The provider's name of it.
    convert
        Makes the blocks of a resource; the first one is the resource itself.
    name_attribute
        Attribute that holds the physical name.
    """

    type: str
    convert: Convert
    name_attribute: str = "name"

    def attribute(self, name: str) -> str:
        """Name an attribute as the provider does.

        Parameters
        ----------
        name
            ``Arn``, ``Name``, or an output such as ``Id``.

        Returns
        -------
        str
            For example ``arn``.
        """
        return self.name_attribute if name == "Name" else name.lower()


def plain(**names: str) -> Convert:
    """Convert a type of which each property is one attribute.

    Parameters
    ----------
    **names
        Property to attribute; absent properties are left out.

    Returns
    -------
    Convert
        The conversion.
    """

    def convert(item: Item, _bundle: Bundle) -> list[Block]:
        return [item.block({new: item.wanted.get(old) for old, new in names.items()})]

    return convert
