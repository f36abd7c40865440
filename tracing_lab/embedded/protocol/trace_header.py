"""The ``X-Amzn-Trace-Id`` header: parse, format, continue."""

import re
import time
from typing import NamedTuple, Self

from .identifiers import random_hex

HEADER_NAME = "X-Amzn-Trace-Id"

_TRACE_ID = re.compile(r"1-[0-9a-fA-F]{8}-[0-9a-fA-F]{24}")
_ENTITY_ID = re.compile(r"[0-9a-fA-F]{16}")


def new_trace_id(now_s: float | None = None) -> str:
    """Make a trace id: ``1-<8 hex epoch seconds>-<24 hex>``."""
    seconds = int(time.time() if now_s is None else now_s)
    return f"1-{seconds:08x}-{random_hex(24)}"


def new_entity_id() -> str:
    """Make the id of a segment or subsegment: 16 hex digits."""
    return random_hex(16)


class TraceHeader(NamedTuple):
    """One parsed trace header.

    Parameters
    ----------
    root
        The trace id.
    parent
        Id of the upstream segment or subsegment; None at the edge.
    sampled
        The head decision; None when the caller left it open (``Sampled=?`` or absent).
    lineage
        Opaque loop-detection value, handed on as it came.
    """

    root: str
    parent: str | None = None
    sampled: bool | None = None
    lineage: str | None = None

    @classmethod
    def parse(cls, text: str | None) -> Self | None:
        """Read a header; None when there is no valid ``Root`` in it.

        Items that are not exactly ``key=value`` are skipped, as Lambda's host code does; an
        invalid Parent is dropped.

        Examples
        --------
        >>> TraceHeader.parse("Root=1-6b042ac0-5d09aa705e56bbd015254801;Sampled=1").sampled
        True
        >>> TraceHeader.parse("nonsense") is None
        True
        """
        pairs = (item.strip().split("=") for item in (text or "").split(";"))
        values = {pair[0].lower(): pair[1] for pair in pairs if len(pair) == 2}  # noqa: PLR2004 - key and value
        root = values.get("root", "")
        if not _TRACE_ID.fullmatch(root):
            return None
        parent = values.get("parent", "")
        return cls(
            root=root,
            parent=parent if _ENTITY_ID.fullmatch(parent) else None,
            sampled={"1": True, "0": False}.get(values.get("sampled", "")),
            lineage=values.get("lineage"),
        )

    def format(self) -> str:
        """Write the header in AWS's order: Root, Parent, Sampled, Lineage.

        Examples
        --------
        >>> TraceHeader("1-6b042ac0-5d09aa705e56bbd015254801", sampled=False).format()
        'Root=1-6b042ac0-5d09aa705e56bbd015254801;Sampled=0'
        """
        parent = "" if self.parent is None else f";Parent={self.parent}"
        sampled = "" if self.sampled is None else f";Sampled={self.sampled:d}"
        lineage = "" if self.lineage is None else f";Lineage={self.lineage}"
        return f"Root={self.root}{parent}{sampled}{lineage}"

    def with_parent(self, parent: str | None) -> Self:
        """Return the header that a callee gets: the same trace, another parent."""
        return self._replace(parent=parent)
