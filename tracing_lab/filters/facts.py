"""The facts of a trace that filter expressions evaluate, as plain data.

Traces in another form (processed documents, span frames) are converted to these once; an
expression is then evaluated without going back.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

NodeId = tuple[str, str | None, str | None]
"""Name, type and account of a node of the service map."""

Causes = tuple[Mapping[str, Any], ...]
"""Root causes as GetTraceSummaries returns them."""


class RequestFacts(NamedTuple):
    """The outcome of a request, as observed by one side.

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
    request: RequestFacts


class EdgeFacts(NamedTuple):
    """One call from a node to another, as observed by the caller."""

    source: NodeId
    target: NodeId
    request: RequestFacts


class TraceFacts(NamedTuple):
    """All facts of one trace that filter expressions evaluate.

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

    request: RequestFacts
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
