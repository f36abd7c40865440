"""The graph type, and how a node of a service graph is identified."""

from typing import Final, TypeAlias

import networkx as nx

Graph: TypeAlias = "nx.DiGraph[str]"
"""A directed graph with text keys; quoted, because networkx itself is not generic at run time."""

Node = tuple[str, str]
"""Identity of a node: name and type."""

CLIENT: Final = "client"
REMOTE: Final = "remote"


def node_key(name: str, kind: str) -> str:
    """Return the key of a node in a service graph.

    Parameters
    ----------
    name
        Name of the service.
    kind
        AWS resource type, ``client``, ``remote`` or nothing.

    Returns
    -------
    key
        What identifies the node.

    Examples
    --------
    >>> node_key("payment-fn", "AWS::Lambda")
    'payment-fn [AWS::Lambda]'
    """
    return f"{name} [{kind}]" if kind else name
