"""Exercises of notebook 09: nodes, edges and the critical path."""

import pandas as pd

from tracing_lab.check import samples
from tracing_lab.check.exercise import Exercise, Facts, Mistake, Rows
from tracing_lab.check.forms import Name, Names
from tracing_lab.check.forms.spelling import is_service
from tracing_lab.config import SERVICES

FUNCTION = "AWS::Lambda::Function"


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
    form=Names(),
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
    rows=Rows(
        data=lambda: {"spans": samples.spans_of_one()},
        right=({"Events"}, ["events"], "Events", pd.Index(["Events"]), pd.Series(["Events"])),
        wrong=(
            ({*SERVICES, "api"}, "speakers"),
            ({*SERVICES, "api", "Events"}, "all"),
            ({"Events", "client"}, "client"),
            ({"client"}, "only_client"),
            (["Evnets"], "spelling"),
            (set(), ""),
            (1, "size"),
            (samples.spans_of_one()["kind"] == "inferred", "mask"),
        ),
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
    form=Names(keys=True),
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
    rows=Rows(
        data=lambda: {"spans": samples.spans_of_one()},
        right=(
            [f"{name} [AWS::Lambda]" for name in ("payment", "inventory", "notification")],
            {
                f"{samples.full_name(name)} [AWS::Lambda]"
                for name in ("payment", "inventory", "notification")
            },
            [(name, "AWS::Lambda") for name in ("payment", "inventory", "notification")],
        ),
        wrong=(
            (
                [f"{name} [{FUNCTION}]" for name in ("payment", "inventory", "notification")],
                "functions",
            ),
            (
                [
                    f"{name} [{origin}]"
                    for name in ("payment", "inventory", "notification")
                    for origin in ("AWS::Lambda", FUNCTION)
                ],
                "both",
            ),
            ([f"order [{FUNCTION}]"], "callers"),
            (["Events [AWS::Events]"], "bus"),
            (["payment", "inventory", "notification"], "type"),
            (iter(["payment"]), "iterator"),
            (["payment [AWS::Lambda]"], ""),
        ),
    ),
)


def _last(spans: pd.DataFrame, trace_id: str) -> Facts:
    trace = spans[spans.index.get_level_values("trace_id") == trace_id]
    functions = trace[trace["origin"].eq(FUNCTION) & trace["kind"].ne("subsegment")]
    return {
        "truth": trace.sort_values("end")["service"].iloc[-1],
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
    rows=Rows(
        data=lambda: {"spans": samples.spans(), "trace_id": samples.trace_id(0)},
        right=("notification", samples.full_name("notification"), pd.Series(["Notification"])),
        wrong=(
            (samples.API, "entry"),
            ("payment", "longest"),
            ("Events", "bus"),
            ("order", "first_function"),
            ("inventory", "on_the_way"),
            (1.3, "size"),
            (samples.spans()["service"], "column"),
        ),
    ),
)

EXERCISES = (INFERRED, CONSUMERS, LAST)
