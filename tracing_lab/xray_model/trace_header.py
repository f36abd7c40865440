"""The header ``X-Amzn-Trace-Id``, which carries a trace from caller to callee."""

from typing import Final, NamedTuple, Self

from .trace_ids import ENTITY_ID, TRACE_ID

HEADER_NAME: Final = "X-Amzn-Trace-Id"


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
        Opaque loop-detection value, passed on as it came.
    """

    root: str
    parent: str | None = None
    sampled: bool | None = None
    lineage: str | None = None

    @classmethod
    def parse(cls, text: str | None) -> Self | None:
        """Parse a header; None when it has no valid ``Root``.

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
        if not TRACE_ID.fullmatch(root):
            return None
        parent = values.get("parent", "")
        return cls(
            root=root,
            parent=parent if ENTITY_ID.fullmatch(parent) else None,
            sampled={"1": True, "0": False}.get(values.get("sampled", "")),
            lineage=values.get("lineage"),
        )

    def format(self) -> str:
        """Return the header's value in AWS's order: Root, Parent, Sampled, Lineage.

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
        """Return the header for a callee: the same trace, another parent."""
        return self._replace(parent=parent)
