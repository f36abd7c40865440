"""Traces that other traces are linked to, by messages that went through queues."""

from collections.abc import Callable, Sequence
from typing import Any

from tracing_lab.spans.trace_links import linked_trace_ids

from .settling import keeping

RawTrace = dict[str, Any]


def with_linked(
    traces: Sequence[RawTrace], fetch: Callable[[Sequence[str]], Sequence[RawTrace]]
) -> list[RawTrace]:
    """Return traces, and after them those that they are linked to, and so on.

    Parameters
    ----------
    traces
        The traces.
    fetch
        Fetches settled traces by id, all of them.
    """
    known = {trace["Id"]: trace for trace in traces}
    while wanted := linked_trace_ids(known.values()):
        with keeping(known):
            known |= {trace["Id"]: trace for trace in fetch(wanted)}
    return list(known.values())
