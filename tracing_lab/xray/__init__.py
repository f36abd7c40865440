"""The read side of X-Ray: traces, summaries and service graphs as raw documents.

The results are what the API returns after paging, as plain dicts; `tracing_lab.summaries`,
`tracing_lab.spans` and `tracing_lab.graph` make frames and graphs of it. Only `fetch_service_graph`
returns the graph itself.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any

from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.graph import Graph, service_graph_from_document

from .ids import trace_ids_from
from .into_lake import LakeFetch, fetch_into_lake
from .linked import with_linked
from .merging import merge_service_graphs
from .retried import (
    PendingRetries,
    retries_are_known,
    retries_in,
    wait_until_retried,
    warn_of_retries,
)
from .settling import Clock, wait_until_settled
from .summaries import of_traces, read_summaries, window_of_log
from .windows import chosen_window, windows

__all__ = [
    "LakeFetch",
    "PendingRetries",
    "fetch_into_lake",
    "fetch_service_graph",
    "fetch_summaries",
    "fetch_traces",
    "retries_are_known",
    "retries_in",
    "service_graph",
    "trace_graph",
]

_GRAPH_BATCH = 25  # trace ids per GetTraceGraph call; the API's limit is not documented
_WORKERS = 8

RawTrace = dict[str, Any]
Progress = Callable[[int, int], None]


def fetch_traces(  # noqa: PLR0913 - what a fetch waits for, and what for tests
    config: Config,
    log_or_trace_ids: Any,
    *,
    timeout_s: float = 120.0,
    quiet_s: float | None = None,
    wait_for_retries: bool = False,
    follow_links: bool = False,
    progress: Progress | None = None,
    aws: Aws | None = None,
    clock: Clock | None = None,
) -> list[RawTrace]:
    """Fetch traces as soon as they have settled.

    A trace has settled when it exists, nothing in it is in progress, and its number of segments
    has been the same for two polls and the quiet time. Polls come fast at first, then slower.

    Parameters
    ----------
    config
        Says which AWS.
    log_or_trace_ids
        A frame with a ``trace_id`` column such as `traffic.fire` returns, of which the rows with
        an answer count; or trace ids.
    timeout_s
        Seconds to wait at most.
    quiet_s
        Seconds that a trace must stay unchanged; by default those of the endpoint, which are in
        `tracing_lab.aws.calling.control_plane`.
    wait_for_retries
        Wait for retries of functions that have failed with an event, too: Lambda makes them one
        and two minutes later, which `timeout_s` does not limit. Without it, a warning says how
        many are to come and when.
    follow_links
        Also return, at the end, traces that these are linked to: those of functions that received
        messages from a queue, or sent them.
    progress
        Called with the number of settled and of all traces.
    aws
        The AWS clients; created from `config` by default.
    clock
        Returns the time and sleeps; for tests.

    Returns
    -------
    list[dict[str, Any]]
        The traces as BatchGetTraces returns them, in the order asked for.

    Raises
    ------
    TracesNotReadyError
        If some have not settled in time; it carries what has arrived.
    FetchInterruptedError
        If Ctrl-C was pressed, in a terminal or by a notebook's stop button; it carries what has
        arrived.
    TraceDataError
        If there is no trace id, or one is malformed.
    AwsError
        If AWS cannot be reached.

    Warns
    -----
    RetriesPendingWarning
        If Lambda will run functions again that have failed, and this is not waited for.
    """
    trace_ids = trace_ids_from(log_or_trace_ids)
    aws = aws or Aws(config)
    clock = clock or Clock(time.monotonic, time.sleep)
    settled = partial(
        wait_until_settled,
        aws.xray.batch_get_traces,
        timeout_s=timeout_s,
        quiet_s=aws.control_plane.trace_quiet_s if quiet_s is None else quiet_s,
        clock=clock,
    )
    traces = settled(trace_ids, progress=progress)
    if follow_links:
        traces = with_linked(traces, settled)
    if wait_for_retries:
        return wait_until_retried(
            traces,
            settled,
            max_retries=config.lambda_max_retries,
            clock=clock,
            progress=progress,
        )
    warn_of_retries(traces, now_s=clock.epoch(), max_retries=config.lambda_max_retries)
    return traces


def fetch_summaries(
    config: Config,
    log: Any = None,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    filter_expression: str | None = None,
    progress: Progress | None = None,
    aws: Aws | None = None,
) -> list[dict[str, Any]]:
    """Fetch the summaries of the traces of a request log, or of all that began in a time range.

    This is the cheap first look: a call returns a page of summaries, where `fetch_traces` needs
    a call for every five traces and waits until they have settled. Nothing is waited for here: a
    trace that is in progress comes as it is (``IsPartial``), and one that X-Ray has not indexed
    yet, which on AWS takes seconds, is missing. `tracing_lab.summaries.frame_from_summaries` makes
    a frame of the result.

    Parameters
    ----------
    config
        Says which AWS.
    log
        A request log as `traffic.fire` returns it; the summaries of its traces are fetched.
    start, end
        The range instead, with time zone; the end is not part of it.
    filter_expression
        X-Ray filter expression, for example ``fault = true``; all traces by default.
    progress
        Called with the number of pages read and of pages known to exist.
    aws
        The AWS clients; created from `config` by default.

    Returns
    -------
    list[dict[str, Any]]
        ``TraceSummary`` items, oldest window first.

    Raises
    ------
    TraceDataError
        If there is not either a log or a range, the log is not one, or the range is empty or lacks
        a time zone.
    FetchInterruptedError
        If Ctrl-C was pressed; it carries what has arrived.
    AwsError
        If AWS cannot be reached, or the filter expression is not one.
    """
    window, trace_ids = chosen_window("log", log, start, end), frozenset[str]()
    if window is None:
        window, trace_ids = window_of_log(log)
    parts = windows(*window)
    xray = (aws or Aws(config)).xray
    pages = partial(xray.trace_summary_pages, filter_expression=filter_expression)
    items = read_summaries(pages, parts, progress)
    return items if log is None else of_traces(items, trace_ids)


def fetch_service_graph(
    config: Config,
    log_or_trace_ids: Any = None,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    aws: Aws | None = None,
) -> Graph:
    """Fetch X-Ray's own service graph, of some traces or of a time range, ready to use.

    It is `service_graph` or `trace_graph` and `tracing_lab.graph.service_graph_from_document` in
    one call. The call is here and not in `tracing_lab.graph`, because that works offline.

    Parameters
    ----------
    config
        Says which AWS.
    log_or_trace_ids
        A frame with a ``trace_id`` column, or trace ids.
    start, end
        The range instead, with time zone.
    aws
        The AWS clients; created from `config` by default.

    Returns
    -------
    networkx.DiGraph
        The graph in the form that `tracing_lab.graph` describes, for `compare_graphs` and
        `plot.plot_service_map`.

    Raises
    ------
    TraceDataError
        If there are not either traces or a range, an id is malformed, or the range is empty or
        lacks a time zone.
    AwsError
        If AWS cannot be reached.
    """
    window = chosen_window("log_or_trace_ids", log_or_trace_ids, start, end)
    if window is None:
        return service_graph_from_document(trace_graph(config, log_or_trace_ids, aws=aws))
    document = service_graph(config, start=window[0], end=window[1], aws=aws)
    return service_graph_from_document(document)


def service_graph(
    config: Config, *, start: datetime, end: datetime, aws: Aws | None = None
) -> dict[str, Any]:
    """Fetch the service graph of a time range of any length.

    Parameters
    ----------
    config
        Says which AWS.
    start, end
        The range, with time zone.
    aws
        The AWS clients; created from `config` by default.

    Returns
    -------
    dict[str, Any]
        As GetServiceGraph returns it, with all pages and windows merged.

    Raises
    ------
    TraceDataError
        If the range is empty or lacks a time zone.
    AwsError
        If AWS cannot be reached.
    """
    parts = windows(start, end)
    xray = (aws or Aws(config)).xray
    with ThreadPoolExecutor(_WORKERS) as pool:
        pages = list(pool.map(lambda part: xray.service_graph(start=part[0], end=part[1]), parts))
    return merge_service_graphs(pages)


def trace_graph(config: Config, log_or_trace_ids: Any, *, aws: Aws | None = None) -> dict[str, Any]:
    """Fetch the service graph of some traces.

    Parameters
    ----------
    config
        Says which AWS.
    log_or_trace_ids
        A frame with a ``trace_id`` column, or trace ids.
    aws
        The AWS clients; created from `config` by default.

    Returns
    -------
    dict[str, Any]
        As GetTraceGraph returns it, with all pages merged.

    Raises
    ------
    TraceDataError
        If there is no trace id, or one is malformed.
    AwsError
        If AWS cannot be reached.
    """
    trace_ids = trace_ids_from(log_or_trace_ids)
    xray = (aws or Aws(config)).xray
    with ThreadPoolExecutor(_WORKERS) as pool:
        return merge_service_graphs(list(pool.map(xray.trace_graph, _batches(trace_ids))))


def _batches(trace_ids: Sequence[str]) -> list[Sequence[str]]:
    return [trace_ids[i : i + _GRAPH_BATCH] for i in range(0, len(trace_ids), _GRAPH_BATCH)]
