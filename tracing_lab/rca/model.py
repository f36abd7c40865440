"""What evidence is: one test of one node or edge of the service graph."""

from typing import Final, NamedTuple

NODE: Final = "node"
EDGE: Final = "edge"

OWN_TIME: Final = "own time"
WAIT: Final = "wait"
FAILURES: Final = "failures"
THROTTLES: Final = "throttles"
LOST: Final = "lost"
REPEATED: Final = "repeated"

TESTS: Final = (OWN_TIME, WAIT, FAILURES, THROTTLES, LOST, REPEATED)
"""What is compared: times of nodes, waits on edges, shares of requests, shares of calls."""

_ARROW: Final = " -> "


class Evidence(NamedTuple):
    """One test of one node or edge.

    Attributes
    ----------
    kind, name
        `NODE` or `EDGE`, and its name; an edge's is ``source -> target``.
    test
        One of `TESTS`.
    good, bad
        In the two windows: medians in seconds, or shares.
    change
        How much more it is in the bad window, on average: in seconds, or as a share.
    impact
        The same from 0 to 1; a time in proportion to itself and all work for a trace.
    p
        Probability of such a rise by chance; NaN if there is nothing to test.
    detectable
        The least change that would probably have been noticed.
    """

    kind: str
    name: str
    test: str
    good: float
    bad: float
    change: float
    impact: float
    p: float
    detectable: float


def edge_name(source: str, target: str) -> str:
    """Return the name of an edge.

    Examples
    --------
    >>> edge_name("shop", "stock")
    'shop -> stock'
    """
    return f"{source}{_ARROW}{target}"


def edge_ends(name: str) -> tuple[str, str]:
    """Return the source and the target of an edge; of a node, nothing and itself.

    Examples
    --------
    >>> edge_ends("shop -> stock"), edge_ends("shop")
    (('shop', 'stock'), ('', 'shop'))
    """
    source, _, target = name.rpartition(_ARROW)
    return source, target


def service_of(name: str) -> str:
    """Return the service that a node, or an edge's target, belongs to.

    Examples
    --------
    >>> service_of("stock [AWS::Lambda]"), service_of("Events [AWS::Events] -> stock [AWS::Lambda]")
    ('stock', 'stock')
    """
    _, node = edge_ends(name)
    return node.rpartition(" [")[0] or node
