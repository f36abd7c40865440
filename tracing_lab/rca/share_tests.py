"""Whether more requests fail or are throttled at nodes, and more calls are lost or repeated."""

import math
from collections.abc import Iterator
from typing import Final, NamedTuple

import pandas as pd

from tracing_lab.spans.tree import NO_ROW
from tracing_lab.stats.significance import detectable_share, share_rise_test

from .model import EDGE, FAILURES, LOST, NODE, REPEATED, THROTTLES, Evidence, edge_name
from .observations import RequestWindow

_NEVER: Final = 0


class _Count(NamedTuple):
    """How many of how many."""

    hits: int
    of: int


class _Call(NamedTuple):
    """An edge; of an event service, those of one of its callers."""

    via: str
    source: str
    node: str


def outcomes(good: RequestWindow, bad: RequestWindow, *, alpha: float) -> Iterator[Evidence]:
    """Yield for each node whether requests fail, or are throttled, in more traces.

    Parameters
    ----------
    good, bad
        The two windows.
    alpha
        Of each test.
    """
    for test in (FAILURES, THROTTLES):
        before, after = (_outcomes(window.requests, test) for window in (good, bad))
        for node, count in after.items():
            if node in before:
                yield _rise(NODE, node, test, before[node], count, alpha=alpha)


def calls(good: RequestWindow, bad: RequestWindow, *, alpha: float) -> Iterator[Evidence]:
    """Yield for each edge whether successful callers make the call less often, or repeat it.

    Parameters
    ----------
    good, bad
        The two windows.
    alpha
        Of each test.
    """
    before, after = (_calls(window.requests) for window in (good, bad))
    for call, made in before.items():
        callers = _callers(bad.requests, call)
        if not callers:
            continue
        now = after.get(call, _Made(0, 0, callers))
        name = edge_name(call.source, call.node)
        missing = (_Count(each.of - each.once, each.of) for each in (made, now))
        repeated = (_Count(each.repeated, each.of) for each in (made, now))
        yield _rise(EDGE, name, LOST, *missing, alpha=alpha)
        yield _rise(EDGE, name, REPEATED, *repeated, alpha=alpha)


def _outcomes(requests: pd.DataFrame, test: str) -> dict[str, _Count]:
    """Return in how many traces a node's requests ended so by themselves."""
    hit = requests["failed"] & (requests["throttled"] == (test == THROTTLES))
    traces = hit.groupby([requests["node"], requests["trace"]]).any().groupby(level="node")
    counts = traces.agg(["sum", "size"])
    rows = zip(counts.index, counts["sum"], counts["size"], strict=True)
    return {str(node): _Count(int(hits), int(of)) for node, hits, of in rows}


def _rise(
    kind: str, name: str, test: str, before: _Count, after: _Count, *, alpha: float
) -> Evidence:
    good, bad = before.hits / before.of, after.hits / after.of
    # what never happens needs no test, so that others are not corrected for it
    some = before.hits + after.hits > _NEVER
    return Evidence(
        kind=kind,
        name=name,
        test=test,
        good=good,
        bad=bad,
        change=bad - good,
        impact=max(bad - good, 0.0),
        p=share_rise_test(*before, *after) if some else math.nan,
        detectable=detectable_share(good, before.of, after.of, alpha=alpha),
    )


class _Made(NamedTuple):
    """How many of the successful callers made a call, and made it several times."""

    once: int
    repeated: int
    of: int


def _calls(requests: pd.DataFrame) -> dict[_Call, _Made]:
    called = requests[requests["caller"] != NO_ROW]
    called = called[requests["ok"].to_numpy(dtype=bool)[called["caller"]]]
    # a failed one is made again, which is its failure's consequence
    each = called.groupby(["via", "source", "node", "caller"])["ok"].agg(["size", "all"])
    each["again"] = (each["size"] > 1) & each["all"]
    counts = each.groupby(level=["via", "source", "node"])["again"].agg(["size", "sum"])
    rows = zip(counts.index, counts["size"], counts["sum"], strict=True)
    keyed = ((_Call(*map(str, key)), int(once), int(again)) for key, once, again in rows)
    return {call: _Made(once, again, _callers(requests, call)) for call, once, again in keyed}


def _callers(requests: pd.DataFrame, call: _Call) -> int:
    """Return how many successful requests could have made a call."""
    could = (requests["node"] == call.source) & requests["ok"]
    return int((could & (requests["source"] == call.via)).sum() if call.via else could.sum())
