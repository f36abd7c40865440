"""Observations as bytes, for keeping many of them.

As objects they would take three times the memory, and every full garbage collection would walk
through all of them. The bytes are for the process that made them only.
"""

import marshal

from .graph import EdgeSeen, NodeSeen, Observations, Seen
from .graph_links import LinkSeen
from .nodes import NodeKey


def pack(observations: Observations) -> bytes:
    """Give observations as bytes.

    Examples
    --------
    >>> seen = NodeSeen(NodeKey("api", None), Seen(1.0, 2.0, 0, 5, 5), root=True, active=True)
    >>> unpack(pack(Observations((seen,), ()))).nodes == (seen,)
    True
    """
    nodes, edges, links = observations
    return marshal.dumps(
        (
            [(*key, *seen, root, active) for key, seen, root, active in nodes],
            [(*source, *target, *seen, alias) for (source, target), seen, alias in edges],
            [(*source, *target, start_s, end_s) for (source, target), start_s, end_s in links],
        )
    )


def unpack(packed: bytes) -> Observations:
    """Give the observations in bytes that `pack` made."""
    nodes, edges, links = marshal.loads(packed)  # noqa: S302 - made by this process
    return Observations(
        tuple(NodeSeen(NodeKey(*one[:3]), Seen(*one[3:8]), *one[8:]) for one in nodes),
        tuple(EdgeSeen(_edge_key(one), Seen(*one[6:11]), one[11]) for one in edges),
        tuple(LinkSeen(_edge_key(one), *one[6:]) for one in links),
    )


def _edge_key(one: tuple[str | None, ...]) -> tuple[NodeKey, NodeKey]:
    return NodeKey(*one[:3]), NodeKey(*one[3:6])  # type: ignore[arg-type] # names are not None
