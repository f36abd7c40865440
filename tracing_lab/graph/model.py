"""The graph type, and how a node of a service graph is identified."""

from typing import NamedTuple, TypeAlias

import networkx as nx

Graph: TypeAlias = "nx.DiGraph[str]"
"""A directed graph with text keys; quoted, because networkx itself is not generic at run time."""


class Node(NamedTuple):
    """Identity of a node: name, type, and of a graph of operations the operation."""

    name: str
    kind: str
    operation: str = ""

    @property
    def key(self) -> str:
        """Key of the node in a service graph."""
        return node_key(*self)


def node_key(name: str, kind: str, operation: str = "") -> str:
    """Return the key of a node in a service graph.

    Parameters
    ----------
    name
        Name of the service.
    kind
        AWS resource type, ``client``, ``remote`` or nothing.
    operation
        What the service was asked to do, in a graph of operations.

    Examples
    --------
    >>> node_key("payment-fn", "AWS::Lambda")
    'payment-fn [AWS::Lambda]'
    >>> node_key("orders", "AWS::DynamoDB::Table", "PutItem")
    'orders [AWS::DynamoDB::Table] PutItem'
    """
    parts = name, f"[{kind}]" if kind else "", operation
    return " ".join(filter(None, parts))
