"""Exercises of notebook 10: find the fault."""

import pandas as pd

from tracing_lab.check import samples
from tracing_lab.check.exercise import Exercise, Facts, Mistake, Rows
from tracing_lab.check.forms import Count, Name, Number
from tracing_lab.check.forms.spelling import is_service
from tracing_lab.spans import spans_from_traces

FUNCTION = "AWS::Lambda::Function"


def _unseen(spans: pd.DataFrame) -> Facts:
    bad = spans[spans["status"] != "ok"]
    orders = spans.index.unique("trace_id").size
    roots = spans[spans["parent_id"].isna()]
    failed = bad.index.unique("trace_id").size
    return {
        "truth": failed,
        "rows": len(bad),
        "roots": int((roots["status"] != "ok").sum()),
        "orders": orders,
        "good": orders - failed,
        "flags": int((spans["error"] & spans["fault"]).sum()),
    }


UNSEEN = Exercise(
    id="10.unseen",
    form=Count(),
    facts=_unseen,
    mistakes=(
        Mistake("rows", "Those are spans. One failure marks several spans of the same order."),
        Mistake("roots", "Those are the orders whose customer saw a failure. Look further down."),
        Mistake("orders", "That is how many orders there are at all."),
        Mistake("good", "Those are the orders without a failure: turn the condition round."),
        Mistake("flags", "No span has both flags: a span is marked with the one or the other."),
    ),
    hints=(
        "The status of a span that did not fail is `ok`.",
        "Keep the rows with another status, and count how many different traces they belong to.",
        'Fill in: `spans[spans["status"] != ...].index.unique("trace_id").size`.',
    ),
    rows=Rows(
        data=lambda: {"spans": _with_failures()},  # 3 orders of 21, with 2 bad spans each
        right=(3, "3", 3.0, [3]),
        wrong=(
            (6, "rows"),
            (0, "roots"),
            (21, "orders"),
            (18, "good"),
            (2, "off_by_one"),
            (0.14, "fraction"),
        ),
    ),
)


def _with_failures() -> pd.DataFrame:
    """Return the spans of the samples, with payments that failed in the first three orders."""
    spans = samples.spans().copy()
    first = spans.index.get_level_values("trace_id").isin([samples.trace_id(n) for n in range(3)])
    bad = first & spans["service"].eq(samples.full_name("payment"))
    return spans.assign(status=spans["status"].mask(bad, "error"), error=bad)


def _waits(attempts: pd.DataFrame) -> Facts:
    starts = attempts["start"].sort_values()
    gaps = starts.diff().dt.total_seconds().dropna()
    return {
        "truth": gaps.sum(),
        "first_gap": gaps.iloc[0],
        "last_gap": gaps.iloc[-1],
        "mean_gap": gaps.mean(),
        "attempts": len(attempts),
    }


WAITS = Exercise(
    id="10.waits",
    form=Number("s"),
    facts=_waits,
    mistakes=(
        Mistake("first_gap", "That is the wait before the second attempt. There is a third one."),
        Mistake("last_gap", "That is the last wait only. Count from the first attempt."),
        Mistake("mean_gap", "That is the mean wait between two attempts."),
        Mistake("attempts", "That is how many attempts there were, not how long they took."),
    ),
    hints=(
        "The column `start` has a time for each attempt.",
        "Subtract the earliest start from the latest.",
        'Fill in: `(attempts["start"].max() - ...).total_seconds()`.',
    ),
    rows=Rows(
        data=lambda: {"attempts": _attempts()},
        right=(180.5, "180.5 s", pd.Timedelta(seconds=180.5), pd.Series([180.5])),
        wrong=(
            (60.1, "first_gap"),
            (120.4, "last_gap"),
            (90.25, "mean_gap"),
            (3, "attempts"),
            (180_500, "unit"),
        ),
    ),
)


def _attempts() -> pd.DataFrame:
    """Return three attempts, 60.1 and 120.4 seconds apart."""
    parts = [
        {"id": f"a{n}", "name": f"Attempt #{n}", "start_time": at, "end_time": at + 1}
        for n, at in enumerate((100.0, 160.1, 280.5), start=1)
    ]
    document = {"id": "a", "name": "payment", "start_time": 100.0, "end_time": 100.1}
    document["subsegments"] = parts
    spans = spans_from_traces([{"Id": "1-00000064-1", "Segments": [{"Document": document}]}])
    return spans[spans["name"].str.startswith("Attempt")]


def _guilty(truth: str, before: pd.DataFrame, after: pd.DataFrame) -> Facts:
    first, second = _medians(before), _medians(after)
    entry = after.loc[after["parent_id"].isna(), "service"]
    others = {
        "entry": entry.iloc[0],
        "slowest": second.idxmax(),
        "slowest_before": first.idxmax(),
        "fell": (second - first).idxmin(),
        "bus": "Events",
    }
    return {"truth": truth, **{name: _unless(truth, who) for name, who in others.items()}}


def _medians(spans: pd.DataFrame) -> "pd.Series[float]":
    functions = spans[spans["origin"].eq(FUNCTION) & spans["kind"].ne("subsegment")]
    return functions.groupby("service")["duration_s"].median()


def _unless(truth: str, service: str) -> str | None:
    """Return a service, or None if it is the right answer."""
    return None if f"-{truth}-" in service else service


GUILTY = Exercise(
    id="10.guilty",
    form=Name(),
    facts=_guilty,
    mistakes=(
        Mistake("entry", "That is where customers wait. The time is spent further down."),
        Mistake("bus", "The bus only passes events on: nobody's code runs there."),
        Mistake("slowest_before", "That one was slow when all was well. What has changed since?"),
        Mistake("slowest", "That one takes longest, but was it faster before, or does it fail?"),
        Mistake("fell", "That one became faster, or has less to do: an effect, not the cause."),
        Mistake(
            "other",
            "That one did not change enough. Failures first, then the change of the medians.",
            when=lambda value, _: is_service(value),
        ),
    ),
    hints=(
        "Are there failures in the second window, and whose are they?",
        "Without failures, the function whose median rose most, beyond its bounds, is the one.",
        'For slow ones, fill in: `change.loc[names, "..."].idxmax()`.',
    ),
    rows=Rows(
        data=lambda: {
            "truth": "inventory",
            "before": samples.spans(),
            "after": samples.spans(inventory=0.45, order=0.1),
        },
        right=("inventory", "Inventory-Service", samples.full_name("inventory"), ["inventory"]),
        wrong=(
            (samples.API, "entry"),
            ("Events", "bus"),
            ("payment", "slowest_before"),
            ("order", "fell"),
            ("notification", "other"),
            (0.25, "size"),
        ),
    ),
)

EXERCISES = (UNSEEN, WAITS, GUILTY)
