"""What filter expressions look at in a trace, as plain data.

Whoever has traces in another form (processed documents, span frames) makes these from it once; an
expression is then evaluated without going back.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

NodeId = tuple[str, str | None, str | None]
"""Name, type and account of a node of the service map."""

Causes = tuple[Mapping[str, Any], ...]
"""Root causes as GetTraceSummaries gives them."""


class Request(NamedTuple):
    """How a request went, as somebody saw it.

    Attributes
    ----------
    ok
        It was answered, without error, and with 2XX where there is a status.
    error
        Answered 4XX, throttled requests too.
    throttle
        Answered 429.
    fault
        Answered 5XX.
    partial
        Something of it is still in progress.
    response_s
        How long the answer took, seconds; None while in progress.
    duration_s
        How long all that belongs to it took, seconds; None while in progress.
    status
        HTTP status.
    url, method, user_agent, client_ip
        What was asked, each empty or with one value.
    """

    ok: bool
    error: bool
    throttle: bool
    fault: bool
    partial: bool
    response_s: float | None = None
    duration_s: float | None = None
    status: float | None = None
    url: tuple[str, ...] = ()
    method: tuple[str, ...] = ()
    user_agent: tuple[str, ...] = ()
    client_ip: tuple[str, ...] = ()


class NodeFacts(NamedTuple):
    """One request that a node served."""

    node: NodeId
    root: bool
    inferred: bool
    request: Request


class EdgeFacts(NamedTuple):
    """One call from a node to another, as the caller saw it."""

    source: NodeId
    target: NodeId
    request: Request


class TraceFacts(NamedTuple):
    """All that filter expressions look at in one trace.

    Attributes
    ----------
    request
        The request of the root.
    inferred
        Whether it has inferred segments.
    nodes, edges
        What happened where.
    annotations
        Distinct values by key.
    users, zones, instances, arns
        Values on any segment.
    fault_causes, error_causes, response_time_causes
        Root causes.
    """

    request: Request
    inferred: bool
    nodes: tuple[NodeFacts, ...]
    edges: tuple[EdgeFacts, ...]
    annotations: Mapping[str, tuple[str | float | bool, ...]]
    users: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    instances: tuple[str, ...] = ()
    arns: tuple[str, ...] = ()
    fault_causes: Causes = ()
    error_causes: Causes = ()
    response_time_causes: Causes = ()


def is_ok(*, flagged: bool, is_open: bool, status: float | None) -> bool:
    """Tell whether a request counts as ``ok``.

    Examples
    --------
    >>> is_ok(flagged=False, is_open=False, status=304)
    False
    """
    successful = status is None or 200 <= status < 300  # noqa: PLR2004 - the 2XX of HTTP
    return successful and not flagged and not is_open
