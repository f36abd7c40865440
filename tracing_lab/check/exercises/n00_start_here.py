"""Exercises of notebook 00: the first order."""

import pandas as pd

from tracing_lab.check.exercise import Exercise, Facts, Mistake
from tracing_lab.check.forms import Count


def _status(spans: pd.DataFrame) -> Facts:
    root = spans[spans["parent_id"].isna()]
    return {
        "truth": root["http_status"].iloc[0],
        "guess": 200,
        "rows": 1,
        "label": 0,
        "inside": 202,
    }


STATUS = Exercise(
    id="00.status",
    form=Count(),
    facts=_status,
    mistakes=(
        Mistake(
            "guess",
            "That is the most common status of all, but not what this API answers to an order. "
            "Do not guess: read it.",
        ),
        Mistake("rows", "That counts the requests. The status itself is a value in their row."),
        Mistake("label", "That is the label of the row in the log, not the status in it."),
        Mistake(
            "inside",
            "That is how Lambda accepts an event, inside the system. "
            "What the client got is in the client's log.",
        ),
    ),
    hints=(
        "Look at the log that `fire` returned: it has one row for the order.",
        "One of the log's columns holds HTTP status codes. Take its first value.",
        'A column\'s first value is `log["name of the column"].iloc[0]`.',
    ),
)


def _segments(spans: pd.DataFrame) -> Facts:
    counts = spans["kind"].value_counts()
    return {
        "truth": counts["segment"],
        "rows": len(spans),
        "with_inferred": counts["segment"] + counts.get("inferred", 0),
        "subsegments": counts.get("subsegment", 0),
        "services": spans["service"].nunique(),
    }


SEGMENTS = Exercise(
    id="00.segments",
    form=Count(),
    facts=_segments,
    mistakes=(
        Mistake("rows", "That counts all rows, among them the parts of segments."),
        Mistake(
            "with_inferred",
            "That is what X-Ray shows, which is more than it was sent. "
            "Who would have sent a segment for the event bus?",
        ),
        Mistake("subsegments", "Those are parts of segments. They travel inside the whole."),
        Mistake(
            "services",
            "That counts different names. A function's name appears on more than one segment.",
        ),
    ),
    hints=(
        "The column `kind` of the spans says what each row is.",
        "Count the rows of one kind only: whole segments that a service sent.",
        'Compare the column with a kind, then sum: `(spans["kind"] == "...").sum()`.',
    ),
)

EXERCISES = (STATUS, SEGMENTS)
