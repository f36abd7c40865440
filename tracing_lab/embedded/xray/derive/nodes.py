"""Nodes of the service graph: which one a segment belongs to.

AWS X-Ray Developer Guide, "Getting data from X-Ray", and published graphs: an inferred DynamoDB
node has the table's name, an SQS node the queue's URL, other AWS services their own.
"""

from typing import Any, NamedTuple

from tracing_lab.embedded.model import Document
from tracing_lab.embedded.xray import undocumented as assumptions

from .inference import resource_name
from .tree import ProcessedTrace


class NodeKey(NamedTuple):
    """What makes two segments one node.

    Parameters
    ----------
    name
        Name of the service.
    type
        Origin of the segments, ``client`` or ``remote``; None for a segment without origin.
    account_id
        The account that a segment says it ran in.
    """

    name: str
    type: str | None
    account_id: str | None = None

    def sort_key(self) -> tuple[str, str, str]:
        """Give a key that sorts nodes."""
        return self.name, self.type or "", self.account_id or ""

    def as_service_id(self) -> dict[str, Any]:
        """Give the ``ServiceId`` structure.

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
    """Give the node that stands for the callers of a root."""
    return NodeKey(root.name, "client")


def node_of(segment: Document) -> NodeKey:
    """Give the node of a processed segment.

    Examples
    --------
    >>> node_of({"name": "orders-api/prod", "origin": "AWS::ApiGateway::Stage"})
    NodeKey(name='orders-api/prod', type='AWS::ApiGateway::Stage', account_id=None)
    """
    aws = segment.get("aws", {})
    origin = segment.get("origin")
    if segment.get("inferred"):
        return NodeKey(_inferred_name(segment["name"], origin, aws), origin or "remote")
    account_id = aws.get("account_id")
    return NodeKey(segment["name"], origin, account_id if isinstance(account_id, str) else None)


def nodes_of(trace: ProcessedTrace) -> dict[str, NodeKey]:
    """Give the node of each segment of a trace, by segment id."""
    return {segment["id"]: node_of(segment) for segment in trace.segments}


def _inferred_name(name: str, origin: str | None, aws: dict[str, Any]) -> str:
    called = None
    if origin == "AWS::DynamoDB::Table":
        called = resource_name(aws)
    elif origin == "AWS::SQS::Queue":
        called = aws.get("queue_url")
    elif origin == "AWS::Lambda":
        operation = str(aws.get("operation"))  # whatever was sent, a list for example
        called = resource_name(aws) if operation in assumptions.LAMBDA_INVOKE_OPERATIONS else None
    return called if isinstance(called, str) else name
