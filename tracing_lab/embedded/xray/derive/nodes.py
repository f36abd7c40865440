"""Determines the service graph's node of a segment."""

from typing import Any, NamedTuple

from tracing_lab.embedded.model import Document
from tracing_lab.xray_model.documents import INFERRED, kind_of
from tracing_lab.xray_model.nodes import CLIENT, node_name, node_type

from .tree import ProcessedTrace


class NodeKey(NamedTuple):
    """The key of a node: segments with equal keys share it.

    Parameters
    ----------
    name
        Name of the service.
    type
        Origin of the segments, ``client`` or ``remote``; None for a segment without origin.
    account_id
        The account in the segment.
    """

    name: str
    type: str | None
    account_id: str | None = None

    def sort_key(self) -> tuple[str, str, str]:
        """Return a key that sorts nodes."""
        return self.name, self.type or "", self.account_id or ""

    def as_service_id(self) -> dict[str, Any]:
        """Return the ``ServiceId`` structure.

        Examples
        --------
        >>> NodeKey("order", "AWS::Lambda").as_service_id()
        {'Name': 'order', 'Names': ['order'], 'Type': 'AWS::Lambda'}
        """
        service_id: dict[str, Any] = {"Name": self.name, "Names": [self.name]}
        if self.account_id is not None:
            service_id["AccountId"] = self.account_id
        if self.type is not None:
            service_id["Type"] = self.type
        return service_id


def client_of(root: NodeKey) -> NodeKey:
    """Return the node of the clients of a root."""
    return NodeKey(root.name, CLIENT)


def node_of(segment: Document) -> NodeKey:
    """Return the node of a processed segment.

    Examples
    --------
    >>> node_of({"name": "orders-api/prod", "origin": "AWS::ApiGateway::Stage"})
    NodeKey(name='orders-api/prod', type='AWS::ApiGateway::Stage', account_id=None)
    """
    kind = kind_of(segment)
    name, type_ = node_name(segment), node_type(kind, segment.get("origin"))
    account_id = segment.get("aws", {}).get("account_id")
    is_told = kind != INFERRED and isinstance(account_id, str)
    return NodeKey(name, type_, account_id if is_told else None)


def nodes_of(trace: ProcessedTrace) -> dict[str, NodeKey]:
    """Return the node of each segment of a trace, by segment id."""
    return {segment["id"]: node_of(segment) for segment in trace.segments}
