"""Neutral names for what a recording names, or its own names where they are to be kept."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tracing_lab.xray_model.documents import AWS, REMOTE
from tracing_lab.xray_model.inferred import QUEUE, TABLE
from tracing_lab.xray_model.lambda_segments import SERVICE

DATABASE: Final = "Database::SQL"
_LONGEST: Final = 20
_NO_SLUG: Final = re.compile(r"[^a-z0-9]+")
_NEUTRAL: Final[Mapping[str, str]] = {
    TABLE: "table",
    QUEUE: "queue",
    DATABASE: "database",
    SERVICE: "function",
    REMOTE: "remote",
}
"""What nodes without segments are called, by their type; others have their type's own name."""


class Naming:
    """Names of services, APIs and of what they call.

    Parameters
    ----------
    services
        Recorded names of the services.
    keep
        Whether the recorded names are kept.
    """

    def __init__(self, services: Iterable[str], *, keep: bool) -> None:
        self._keep, self._known = keep, dict[tuple[str, str], str]()
        self._counts, self._slugs = dict[str, int](), dict[tuple[str, ...], str]()
        self._stems = stems({_resource(name) for name in services}) if keep else {}

    def shown(self, group: str, name: str) -> str:
        """Return the name that a map shows for something of a group, such as ``service``."""
        if self._keep:
            return name
        if (group, name) not in self._known:
            self._counts[group] = self._counts.get(group, 0) + 1
            self._known[group, name] = f"{group}-{self._counts[group]}"
        return self._known[group, name]

    def slug(self, group: str, key: tuple[str, ...], name: str) -> str:
        """Return the name of a resource for something, which no other has."""
        if key not in self._slugs:
            wanted = self._stems.get(_resource(name), "") or self.shown(group, name)
            wanted = _slug(wanted)[:_LONGEST].strip("-") or group
            taken, number, slug = {*self._slugs.values()}, 1, wanted
            while slug in taken:
                number += 1
                slug = f"{wanted}-{number}"
            self._slugs[key] = slug
        return self._slugs[key]

    def inferred(self, name: str, kind: str) -> tuple[str, str]:
        """Return the node that stands for something without segments.

        Parameters
        ----------
        name, kind
            Name and type of the recorded node.
        """
        own = kind.removeprefix("AWS::")
        if kind not in _NEUTRAL or (kind == SERVICE and name == own):
            return own, kind
        return self.shown(_NEUTRAL[kind], name), kind


def subsegment_of(name: str, kind: str) -> dict[str, Any]:
    """Return what the subsegment of a call says, so that X-Ray infers a node.

    Parameters
    ----------
    name, kind
        Name and type of the node.

    Examples
    --------
    >>> subsegment_of("table-1", "AWS::DynamoDB::Table")
    {'name': 'DynamoDB', 'namespace': 'aws', 'aws': {'table_name': 'table-1'}}
    >>> subsegment_of("Events", "AWS::Events")
    {'name': 'Events', 'namespace': 'aws'}
    """
    if kind == TABLE:
        return {"name": "DynamoDB", "namespace": AWS, "aws": {"table_name": name}}
    if kind == QUEUE:
        return {"name": "SQS", "namespace": AWS, "aws": {"queue_url": name}}
    if kind == DATABASE:
        return {"name": name, "namespace": REMOTE, "sql": {"preparation": "statement"}}
    if kind == SERVICE and name != "Lambda":
        return invocation_of(name)
    if kind == "remote":
        return {"name": name, "namespace": REMOTE}
    return {"name": kind.removeprefix("AWS::"), "namespace": AWS}


def invocation_of(function: str) -> dict[str, Any]:
    """Return what the subsegment of a function's invocation says."""
    aws = {"operation": "Invoke", "function_name": function}
    return {"name": "Lambda", "namespace": AWS, "aws": aws}


def stems(names: set[str]) -> dict[str, str]:
    """Return short names for resources: what distinguishes names that begin and end alike.

    Examples
    --------
    >>> stems({"shop-dev-order-1a2b", "shop-dev-payment-1a2b"})["shop-dev-order-1a2b"]
    'order'
    """
    parts = {name: _slug(name).split("-") for name in names}
    few = min(map(len, parts.values()), default=0)
    first = _alike(parts.values(), few - 1) if len(parts) > 1 else 0
    rest = {name: words[first:] for name, words in parts.items()}
    turned = [words[::-1] for words in rest.values()]
    last = _alike(turned, min(map(len, turned), default=1) - 1) if len(parts) > 1 else 0
    return {name: "-".join(words[: len(words) - last]) for name, words in rest.items()}


def _alike(words: Iterable[list[str]], most: int) -> int:
    """Return how many words at the beginning are the same everywhere, `most` of them."""
    columns = [{*column} for column in zip(*words, strict=False)][: max(most, 0)]
    same = [len(column) == 1 for column in columns]
    return same.index(False) if False in same else len(same)


def _resource(name: str) -> str:
    """Return the name of an API without its stage, and other names as they are."""
    return name.partition("/")[0]


def _slug(name: str) -> str:
    return _NO_SLUG.sub("-", name.lower()).strip("-")
