"""Traces and service maps to click through in a notebook.

Needs the extra ``lab``. Nothing of the widgets is loaded from the internet.

Beside either of them stands a still picture with a table, which the widget hides while it is alive:
what is left in a notebook that is opened again, and on a page that nbconvert made of it.
``jupyter nbconvert --execute`` also puts the state of widgets into the page, for scripts that it
loads from the internet; ``--ExecutePreprocessor.store_widget_state=False`` leaves that out.
"""

import importlib
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from tracing_lab.errors import MissingExtraError
from tracing_lab.graph import Graph

if TYPE_CHECKING:
    from .clickable_map import ServiceMap
    from .explorer import TraceExplorer

__all__ = ["service_map", "trace_explorer"]

Traces: TypeAlias = pd.DataFrame | Iterable[Mapping[str, Any]]
"""A span frame, or traces as BatchGetTraces returns them."""


def trace_explorer(traces: Traces, *, expression: str = "", limit: int = 200) -> "TraceExplorer":
    """Return a widget that filters traces, lists them, and opens them as waterfalls.

    Type one of X-Ray's filter expressions and press Enter; click a trace to see its waterfall, and
    a span to see its annotations, metadata and exceptions. A title of the list sorts it.

    Parameters
    ----------
    traces
        Traces as BatchGetTraces returns them, or a span frame, which has no metadata and no
        exceptions.
    expression
        The first filter expression; all traces by default.
    limit
        How many traces to list at most.

    Returns
    -------
    explorer
        The last line of a cell. Its attributes ``expression``, ``selected`` (a trace id) and
        ``span`` (a span id) can be set from Python, too; ``trace_ids`` has the ids of all traces
        that fit the expression.

    Raises
    ------
    MissingExtraError
        If the extra ``lab`` is not installed.
    FilterSyntaxError
        If the expression cannot be read. (One that is typed later shows the message instead.)
    TraceDataError
        If the traces are unusable, or the expression asks for something that spans do not have.
    ValueError
        If `limit` is less than 1.

    Examples
    --------
    >>> document = {"id": "70de5b6f19ff9a0a", "name": "shop", "start_time": 10.0, "end_time": 10.5}
    >>> traces = [{"Id": "1-0000000a-1", "Segments": [{"Id": "x", "Document": document}]}]
    >>> explorer = trace_explorer(traces, expression="responsetime > 0.4")
    >>> explorer.trace_ids
    ['1-0000000a-1']
    """
    explorer: TraceExplorer = _module("explorer").TraceExplorer(
        traces, expression=expression, limit=limit
    )
    return explorer


def service_map(
    source: "Graph | Traces", *, traces: Traces | None = None, limit: int = 200
) -> "ServiceMap":
    """Return a service map that shows numbers on hover and the traces behind them on a click.

    The picture is that of `tracing_lab.plot.plot_service_map`. A node or an arrow shows its
    requests, the shares that failed, and response times; a click lists the traces behind it, and a
    click on a trace opens its waterfall.

    Parameters
    ----------
    source
        A service graph, a span frame, or traces as BatchGetTraces returns them.
    traces
        With a service graph: the traces to list, as a span frame or as BatchGetTraces returns
        them.
    limit
        How many traces to list at most.

    Returns
    -------
    service_map
        The last line of a cell. Its attributes ``place`` (the key of a node, or of two nodes for an
        edge), ``selected`` (a trace id) and ``span`` (a span id) can be set from Python, too;
        ``trace_ids`` has the ids of all traces behind the place.

    Raises
    ------
    MissingExtraError
        If the extra ``lab`` is not installed.
    TraceDataError
        If the traces are unusable.
    ValueError
        If `limit` is less than 1.

    Examples
    --------
    >>> document = {"id": "70de5b6f19ff9a0a", "name": "shop", "start_time": 10.0, "end_time": 10.5}
    >>> traces = [{"Id": "1-0000000a-1", "Segments": [{"Id": "x", "Document": document}]}]
    >>> clickable = service_map(traces)
    >>> clickable.place = ["shop [client]", "shop"]
    >>> clickable.trace_ids
    ['1-0000000a-1']
    """
    service_map_: ServiceMap = _module("clickable_map").ServiceMap(
        source, traces=traces, limit=limit
    )
    return service_map_


def _module(name: str) -> ModuleType:
    """Import a module of this package that needs the extra."""
    try:
        return importlib.import_module(f".{name}", __name__)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing == __name__.partition(".")[0]:
            raise
        msg = (
            f"The widgets need the package {missing}, which is not installed. Run: pip install "
            "'tracing-lab[lab]', then restart the kernel."
        )
        raise MissingExtraError(msg, name=missing) from error
