"""Nodes of the service map: the name and the type by which requests share a node.

AWS X-Ray Developer Guide, "Getting data from X-Ray", and published graphs: a node is a service name
with an AWS resource type, so a Lambda function is two nodes, and each entry has a client.
"""

from typing import Final

from .documents import INFERRED, Document
from .inferred import inferred_node_name

CLIENT: Final = "client"
"""Type of the node that stands for the callers of an entry; it has the entry's name."""

REMOTE: Final = "remote"
"""Type of a callee outside AWS that sends no segments."""


def node_name(segment: Document) -> str:
    """Return the name of a segment's node.

    Returns
    -------
    name
        The service's name; `inferred_node_name` for an inferred segment.

    Examples
    --------
    >>> node_name({"name": "orders-api/prod", "origin": "AWS::ApiGateway::Stage"})
    'orders-api/prod'
    """
    if segment.get("inferred") is True:
        return inferred_node_name(segment)
    return str(segment["name"])


def node_type(kind: str, origin: str | None) -> str | None:
    """Return the type of a segment's node.

    Returns
    -------
    type
        The origin; `REMOTE` for an inferred segment without one, None for a real one.

    Examples
    --------
    >>> node_type("inferred", None), node_type("segment", None)
    ('remote', None)
    """
    return REMOTE if origin is None and kind == INFERRED else origin
