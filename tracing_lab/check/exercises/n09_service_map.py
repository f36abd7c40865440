"""Exercises of notebook 09: nodes, edges and the critical path."""

from typing import Final

import pandas as pd

from tracing_lab.check.exercise import Exercise, Facts, Mistake
from tracing_lab.check.forms import Count, Name, NameList
from tracing_lab.check.forms.spelling import is_service, spelled
from tracing_lab.xray_model.lambda_segments import FUNCTION

_LAMBDAS_PRECISION: Final = pd.Timedelta(milliseconds=1)  # of its service segments' times


def _inferred(spans: pd.DataFrame) -> Facts:
    truth = set(spans.loc[spans["kind"].eq("inferred"), "service"])
    everything = set(spans["service"])
    return {
        "truth": truth,
        "speakers": everything - truth,
        "all": everything,
        "client": {*truth, "client"},
        "only_client": {"client"},
    }


INFERRED = Exercise(
    id="09.inferred",
    form=NameList(),
    facts=_inferred,
    mistakes=(
        Mistake("speakers", "Those are the nodes that do send segments: turn the choice round."),
        Mistake("all", "That is everybody. Some of them did send segments."),
        Mistake("client", "The client has no segment at all, not even an inferred one."),
        Mistake("only_client", "X-Ray infers nodes that are called. Who calls the client?"),
    ),
    hints=(
        "The column `kind` of the spans says where each row comes from.",
        "Keep the rows of kind `inferred`, and collect what is in their column `service`.",
        'Fill in: `set(spans.loc[spans["kind"] == "...", "..."])`.',
    ),
)


def _consumers(spans: pd.DataFrame) -> Facts:
    buses = spans[spans["kind"].eq("inferred") & spans["origin"].eq("AWS::Events")]
    fed = spans[spans["parent_id"].isin(buses.index.get_level_values("span_id"))]
    truth = {f"{span.service} [{span.origin}]" for span in fed.itertuples()}
    functions = {f"{span.service} [{FUNCTION}]" for span in fed.itertuples()}
    calls = spans[spans.index.get_level_values("span_id").isin(buses["parent_id"])]
    return {
        "truth": truth,
        "functions": functions,
        "both": truth | functions,
        "callers": {f"{name} [{FUNCTION}]" for name in calls["service"]},
        "bus": {"Events [AWS::Events]"},
    }


CONSUMERS = Exercise(
    id="09.consumers",
    form=NameList(keys=True),
    facts=_consumers,
    mistakes=(
        Mistake(
            "functions",
            "Before code runs, a service has to accept the event. The edges lead there first.",
        ),
        Mistake("both", "One half of these is a step further on: not fed by the bus directly."),
        Mistake("callers", "Those are on the other side: they put events on the bus."),
        Mistake("bus", "That is the bus itself. The question is what comes after it."),
    ),
    hints=(
        "An edge leads from the bus to each node that it feeds: see the map above.",
        "Ask `graph` for the successors of the bus's node.",
        "`graph.successors(key)` returns an iterator; `set(...)` collects what it yields.",
    ),
)


def _last(spans: pd.DataFrame, trace_id: str) -> Facts:
    trace = spans[spans.index.get_level_values("trace_id") == trace_id]
    functions = trace[trace["origin"].eq(FUNCTION) & trace["kind"].ne("subsegment")]
    last = trace[trace["end"] > trace["end"].max() - _LAMBDAS_PRECISION]
    return {
        "truth": list(last["service"].unique()),
        "entry": trace.sort_values("depth")["service"].iloc[0],
        "longest": functions.sort_values("duration_s")["service"].iloc[-1],
        "bus": "Events",
        "first_function": functions.sort_values("start")["service"].iloc[0],
    }


LAST = Exercise(
    id="09.last",
    form=Name(),
    facts=_last,
    mistakes=(
        Mistake("entry", "That is where the path begins; its rows are in order of time."),
        Mistake("longest", "That function takes longest, but somebody goes on after it."),
        Mistake("bus", "The bus only passes events on: something has to handle them."),
        Mistake("first_function", "That one answers the client. The order is not done by then."),
        Mistake(
            "on_the_way",
            "Another one ends later in this trace. Read the path to its end.",
            lambda value, _: is_service(value),
        ),
    ),
    hints=(
        "`path` has one row per step, in order of time.",
        "The question is which service stands in the last row of the path.",
        'The last value of a column is `path["..."].iloc[-1]`.',
    ),
)


def _missing(before: pd.DataFrame, after: pd.DataFrame) -> Facts:
    runs, orders = zip(*map(_notifications, (before, after)), strict=True)
    expected = round(runs[0] / orders[0]) * orders[1]  # a trace that is not complete does no harm
    return {
        "truth": expected - runs[1],
        "first_window": runs[0] - runs[1],
        "orders": orders[1],
        "nodes": 2 * (expected - runs[1]),
        "sent": runs[1],
        "vanished": 2,
    }


def _notifications(spans: pd.DataFrame) -> tuple[int, int]:
    """Return how often notification ran, and for how many orders."""
    names = spans.loc[spans["origin"].eq(FUNCTION), "service"]
    runs = sum(spelled(str(name)).name == "notification" for name in names)
    return runs, spans.index.unique("trace_id").size


MISSING = Exercise(
    id="09.missing",
    form=Count(),
    facts=_missing,
    mistakes=(
        Mistake("first_window", "So many were sent in the first window, which had more orders."),
        Mistake("orders", "That is how many orders there were. How many messages is one worth?"),
        Mistake("nodes", "That counts both nodes of the function. One run sends one message."),
        Mistake("sent", "So many were sent. How many should it have been?"),
        Mistake("vanished", "So many nodes have vanished. The question is about messages."),
    ),
    hints=(
        "The windows differ in their numbers of orders, so counts alone cannot be compared.",
        "How often did `notification` run for one order, when all was well?",
        "Multiply that by the number of orders in `later`: `later.index.unique(...).size`.",
    ),
)

EXERCISES = (INFERRED, CONSUMERS, MISSING, LAST)
