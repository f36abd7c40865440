"""What each order of an experiment shows of a cause, and of the end of a path."""

from collections.abc import Set as AbstractSet
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from tracing_lab.rca.model import service_of
from tracing_lab.rca.observations import RequestWindow, observations
from tracing_lab.spans.frames import NOT_ENDED

_NS_PER_S = 1e9


class OwnRequests(NamedTuple):
    """Which requests belong to a cause.

    Attributes
    ----------
    services
        Names of its services, as nodes of the service graph have them without their type.
    expected
        Those of them that every order should reach.
    waits
        Whether it counts how long requests wait for them, as on an edge or behind a bus.
    """

    services: AbstractSet[str]
    expected: AbstractSet[str]
    waits: bool = False


def seen(spans: pd.DataFrame) -> tuple[RequestWindow, "pd.Series[str]"]:
    """Return what spans show of each request, and the trace ids by number.

    Parameters
    ----------
    spans
        A span frame.
    """
    ids = [*map(str, spans.index.levels[0])]  # type: ignore[attr-defined] # of a MultiIndex
    return observations(spans), pd.Series(ids, dtype=str)


def measured(window: RequestWindow, watched: OwnRequests) -> pd.DataFrame:
    """Return what each trace shows of a cause, indexed by its number in the window.

    Parameters
    ----------
    window
        What the traces show of each request.
    watched
        Which requests count.

    Returns
    -------
    measures
        ``own_s`` (the mean of warm and successful requests' own work) and ``wait_s`` (the same of
        waits; NaN where they do not count), ``failed`` and ``throttled`` (whether a request was, of
        itself), ``missing`` (whether the order did not get to a service that it should reach).
    """
    requests = window.requests
    service = requests["node"].map(service_of)
    its_own = requests[service.isin([*watched.services])]
    fine = its_own[its_own["ok"] & ~its_own["cold"]]
    hit = its_own["failed"].to_numpy(dtype=bool)
    throttled = its_own["throttled"].to_numpy(dtype=bool)
    traces = np.unique(requests["trace"])
    table = pd.DataFrame(
        {
            "own_s": fine.groupby("trace")["own_s"].mean(),
            "wait_s": fine.groupby("trace")["wait_s"].mean() if watched.waits else np.nan,
            "failed": _any(its_own["trace"][hit & ~throttled], traces),
            "throttled": _any(its_own["trace"][hit & throttled], traces),
        },
        index=traces,
    )
    reached = service.groupby(requests["trace"]).agg(lambda names: watched.expected <= {*names})
    return table.assign(missing=~reached.reindex(traces).astype(bool))


def ended(window: RequestWindow, node: str) -> pd.DataFrame:
    """Return when each trace was done at a node, indexed by its number in the window.

    Parameters
    ----------
    window
        What the traces show of each request.
    node
        A node of the service graph.

    Returns
    -------
    measures
        ``end_s`` (from the beginning of the trace to the end of its last request there, also of
        the function that a node of Lambda's invokes; NaN if a request failed or started cold) and
        ``end_failed`` (whether one failed, or none came; NaN if no trace gets there).
    """
    requests = window.requests
    began = requests.groupby("trace")["start_ns"].min()
    is_there = requests["node"].map(service_of) == service_of(node)
    there = requests[is_there & (requests["end_ns"] != NOT_ENDED)]
    by_trace = there.groupby("trace")
    fine = by_trace["ok"].all().reindex(began.index, fill_value=False).astype(bool)
    warm = ~by_trace["cold"].any().reindex(began.index, fill_value=False).astype(bool)
    took_s = (by_trace["end_ns"].max().reindex(began.index) - began) / _NS_PER_S
    failed = ~fine if len(there) else np.nan
    return pd.DataFrame({"end_s": took_s.where(fine & warm), "end_failed": failed})


def _any(hits: "pd.Series[int]", traces: npt.NDArray[np.int64]) -> "pd.Series[bool]":
    return pd.Series(np.isin(traces, hits.to_numpy()), index=traces)
