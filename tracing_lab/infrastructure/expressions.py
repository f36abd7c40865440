"""Text that names other resources, taken apart so that each format can write it its own way.

The stack's description holds names and ARNs of one account and region as plain text. Exported,
they become references: `Attribute` where a resource depends on the one named, and `Place` for
the partition, region and account of every other ARN.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tracing_lab.stack import Resource, Site

from .arns import arn, has_name


class Place(Enum):
    """Where the exported stack will live, unknown until it is deployed."""

    PARTITION = "partition"
    REGION = "region"
    ACCOUNT = "account"


@dataclass(frozen=True)
class Attribute:
    """An attribute of another resource.

    Parameters
    ----------
    logical
        The resource's logical name.
    name
        ``Arn``, ``Name``, or an output such as ``Id``.
    """

    logical: str
    name: str


Part = str | Attribute | Place
Render = Callable[[Sequence[Part]], Any]
_REFERENCE = re.compile(r"\$\{([a-z][a-z0-9-]*)\.([A-Za-z]+)\}")


@dataclass(frozen=True)
class Scope:
    """What the texts of one resource may refer to.

    Parameters
    ----------
    site
        Where the description says that the stack lives.
    known
        Text to the attribute that it stands for.
    """

    site: Site
    known: Mapping[str, Attribute]

    def parts(self, text: str) -> tuple[Part, ...]:
        """Take a text apart.

        Parameters
        ----------
        text
            Any property's text.

        Returns
        -------
        tuple[Part, ...]
            Texts, attributes and places; together they say the same.

        Examples
        --------
        >>> scope = Scope(Site("123456789012", "us-east-1"), {})
        >>> scope.parts("arn:aws:lambda:us-east-1:123456789012:function:f")[:3]
        ('arn:', <Place.PARTITION: 'partition'>, ':lambda:')
        >>> scope.parts("${api.Id}/prod")
        (Attribute(logical='api', name='Id'), '/prod')
        """
        if text == self.site.account_id:
            return (Place.ACCOUNT,)
        found: tuple[Part, ...] = (text,)
        if self.known:
            found = _split(found, self._known_text(), lambda match: (self.known[match[0]],))
        found = _split(found, _REFERENCE, lambda match: (Attribute(match[1], match[2]),))
        return _split(found, self._arn_start(), self._placed)

    def _known_text(self) -> re.Pattern[str]:
        longest_first = sorted(self.known, key=len, reverse=True)
        return re.compile("|".join(re.escape(text) for text in longest_first))

    def _arn_start(self) -> re.Pattern[str]:
        site = self.site
        where = f"arn:{re.escape(site.partition)}:([a-z0-9-]+):({re.escape(site.region)})?"
        return re.compile(f"{where}:({re.escape(site.account_id)})?")

    def _placed(self, match: re.Match[str]) -> tuple[Part, ...]:
        region, account = Place.REGION if match[2] else "", Place.ACCOUNT if match[3] else ""
        return ("arn:", Place.PARTITION, f":{match[1]}:", region, ":", account)


def scopes(resources: Sequence[Resource], site: Site) -> dict[str, Scope]:
    """Find what each resource may refer to: what it depends on, directly or not.

    Naming anything else as text keeps the references free of cycles.

    Parameters
    ----------
    resources
        The whole stack.
    site
        Where it says it lives.

    Returns
    -------
    dict[str, Scope]
        Logical name to scope.
    """
    by_name = {resource.logical: resource for resource in resources}
    return {
        name: Scope(site, dict(_known(by_name, _reachable(name, by_name), site)))
        for name in by_name
    }


def transform(value: Any, scope: Scope, render: Render) -> Any:
    """Write all texts of nested data anew.

    Parameters
    ----------
    value
        Dicts, lists, texts, numbers.
    scope
        What texts may refer to.
    render
        Writes the parts of one text.

    Returns
    -------
    Any
        A copy.
    """
    if isinstance(value, str):
        return render(scope.parts(value))
    if isinstance(value, Mapping):
        return {key: transform(item, scope, render) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [transform(item, scope, render) for item in value]
    return value


def _known(
    by_name: Mapping[str, Resource], logicals: set[str], site: Site
) -> Iterator[tuple[str, Attribute]]:
    for logical in sorted(logicals):
        resource = by_name[logical]
        text = arn(resource, site)
        if text is not None:
            yield text, Attribute(logical, "Arn")
        if has_name(resource):
            yield resource.name, Attribute(logical, "Name")


def _reachable(start: str, by_name: Mapping[str, Resource]) -> set[str]:
    found: set[str] = set()
    pending = [start]
    while pending:
        for other in by_name[pending.pop()].depends_on:
            if other in by_name and other not in found:
                found.add(other)
                pending.append(other)
    return found


def _split(
    parts: Sequence[Part],
    pattern: re.Pattern[str],
    replace: Callable[[re.Match[str]], tuple[Part, ...]],
) -> tuple[Part, ...]:
    return tuple(
        piece
        for part in parts
        for piece in (_split_text(part, pattern, replace) if isinstance(part, str) else (part,))
        if piece != ""
    )


def _split_text(
    text: str, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], tuple[Part, ...]]
) -> Iterator[Part]:
    end = 0
    for match in pattern.finditer(text):
        yield text[end : match.start()]
        yield from replace(match)
        end = match.end()
    yield text[end:]
