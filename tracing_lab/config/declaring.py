"""Declare a setting once, as a field of `Config` that carries its metadata."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar, cast, get_args, get_type_hints

from .limits import Limit, OneOf

T = TypeVar("T")
_KEY = "setting"
_SWITCH = OneOf((False, True))


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The declaration of one setting.

    Parameters
    ----------
    default
        The default value.
    help
        What it is for, in one sentence without a full stop.
    limits
        The limits of its value; a switch has none beyond its type.
    feeds
        The properties of the stack's resources that it determines, as ``Type.Property``; a ``Type``
        alone where it determines whether such resources exist.
    needs
        Another setting without which it has no effect.
    pair
        Another setting that must be set if this one is, and only then.
    name
        Its name; taken from the field.
    type
        Its type; taken from the field.
    group
        The heading under which it is listed; taken from its dataclass.
    """

    default: Any
    help: str
    limits: Limit | None = None
    feeds: tuple[str, ...] = ()
    needs: str | None = None
    pair: str | None = None
    name: str = ""
    type: Any = None
    group: str = ""

    @property
    def is_switch(self) -> bool:
        """Whether it is either on or off."""
        return self.type is bool

    @property
    def is_optional(self) -> bool:
        """Whether it may be None."""
        return type(None) in get_args(self.type)

    def problems(self, values: Mapping[str, Any]) -> Iterator[str]:
        """Yield the problems of the setting's value.

        Yields
        ------
        str
            One clause per problem; none if the value can work.
        """
        value, limits = values[self.name], _SWITCH if self.is_switch else self.limits
        if limits is not None and not (value is None and self.is_optional):
            yield from limits.problems(self.name, value)
        if self.needs and value is not None and value is not False and not values[self.needs]:
            yield f"{self.name} has no effect without {self.needs}"
        if self.pair and (value is None) != (values[self.pair] is None):
            yield f"{self.name} and {self.pair} must be set together"


class Unset:
    """The value of a field for which no argument was given."""


UNSET = Unset()


def setting(
    default: T,
    *,
    help: str,  # noqa: A002 - argparse's word for it
    limits: Limit | None = None,
    feeds: str | tuple[str, ...] = (),
    needs: str | None = None,
    pair: str | None = None,
) -> T:
    """Declare a setting as a field of a dataclass; the parameters are those of `Setting`.

    Returns
    -------
    T
        The field. Type checkers see the default instead, so that the field has a type.
    """
    declared = Setting(
        default=default,
        help=help,
        limits=limits,
        feeds=(feeds,) if isinstance(feeds, str) else feeds,
        needs=needs,
        pair=pair,
    )
    # Mappings cannot be hashed; two equal configs still hash alike without them.
    hashed = False if isinstance(default, Mapping) else None
    metadata = {_KEY: declared}
    return cast("T", field(default_factory=lambda: UNSET, hash=hashed, metadata=metadata))


def declared_settings(groups: Mapping[str, type[Any]]) -> dict[str, Setting]:
    """Return the settings that dataclasses declare, with their names, types and groups.

    Parameters
    ----------
    groups
        Heading to the dataclass whose fields are listed under it.

    Returns
    -------
    dict[str, Setting]
        Name to setting, in the order of the groups and fields.
    """
    return {
        declared.name: replace(
            declared.metadata[_KEY], name=declared.name, type=types[declared.name], group=group
        )
        for group, declaring in groups.items()
        for types in (get_type_hints(declaring),)
        for declared in fields(declaring)
    }
