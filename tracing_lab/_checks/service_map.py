"""Exercises of notebook 09: nodes, edges and the critical path."""

from types import MappingProxyType
from typing import Any

import pandas as pd

from .compare import CheckTable, Hint, items, text


def inferred(answer: Any, *, spans: pd.DataFrame) -> Hint:
    """Check the names of the nodes that send no segments of their own."""
    truth = set(spans.loc[spans["kind"].eq("inferred"), "service"])
    return items(answer, truth, hint="The column kind of the spans says who did not speak up.")


def consumers(answer: Any, *, spans: pd.DataFrame) -> Hint:
    """Check the nodes that the event bus feeds, by the parents of what they sent."""
    buses = spans[spans["kind"].eq("inferred") & spans["origin"].eq("AWS::Events")]
    fed = spans[spans["parent_id"].isin(buses.index.get_level_values("span_id"))]
    truth = {f"{span.service} [{span.origin}]" for span in fed.itertuples()}
    return items(answer, truth, hint="Ask the graph for the successors of the node of the bus.")


def last(answer: Any, *, spans: pd.DataFrame, trace_id: str) -> Hint:
    """Check the service that the trace had to wait for in the end."""
    trace = spans[spans.index.get_level_values("trace_id") == trace_id]
    truth = str(trace.sort_values("end")["service"].iloc[-1])
    return text(answer, truth, hint="The path's rows are in order of time: look at its end.")


CHECKS: CheckTable = MappingProxyType(
    {"09.inferred": inferred, "09.consumers": consumers, "09.last": last}
)
