"""Exercises of notebook 13: permissions, personal data and prices."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pandas as pd

from tracing_lab.check import samples
from tracing_lab.check.exercise import Exercise, Facts, Mistake, Rows, no_data
from tracing_lab.check.forms import Name, Names, Number
from tracing_lab.check.forms.spelling import spelled

_ORDERS: Final = 40_000_000
_FREE_TRACES: Final = 100_000
_PER_TRACE: Final = 5.00 / 1e6
_BUDGET: Final = 10.0
_PERSONAL: Final = re.compile(r".*@.*|\+[\d ]+")  # an address or a telephone number


def _missing(denied: pd.DataFrame, whole: pd.DataFrame) -> Facts:
    fewer = _runs(whole).sub(_runs(denied), fill_value=0)
    return {
        "truth": spelled(str(fewer.idxmax())).name,
        "failed": "payment",
        "entry": "order",
        "aside": "inventory",
        "bus": "Events",
        "api": "api",
    }


def _runs(spans: pd.DataFrame) -> "pd.Series[int]":
    is_run = spans["origin"].eq("AWS::Lambda::Function") & spans["kind"].ne("subsegment")
    return spans.loc[is_run, "service"].value_counts()


def _without_one_notification() -> pd.DataFrame:
    spans = samples.spans_of_one()
    is_run = spans["origin"].eq("AWS::Lambda::Function")
    runs = spans[is_run & spans["service"].eq(samples.full_name("notification"))]
    return spans.drop(index=runs.index[-1:])


MISSING = Exercise(
    id="13.missing",
    form=Name(),
    facts=_missing,
    mistakes=(
        Mistake("failed", "That one failed, but it ran each time. Who waits for its events?"),
        Mistake("entry", "That one runs first, whatever becomes of the rest."),
        Mistake("aside", "That one listens to the order's event, which was published each time."),
        Mistake("bus", "That is no service of ours: nobody's code runs there."),
        Mistake("api", "That is where orders come in, and they did. Look further on."),
    ),
    hints=(
        "Each run of a function is a row whose `origin` is `AWS::Lambda::Function`.",
        "Count these rows by `service` in both frames. Which count differs?",
        'Use `frame.loc[frame["origin"] == ..., "service"].value_counts()` on both.',
    ),
    rows=Rows(
        data=lambda: {"denied": _without_one_notification(), "whole": samples.spans_of_one()},
        right=(
            "notification",
            "Notification-Service",
            samples.full_name("notification"),
            pd.Series(["notification"]),
        ),
        wrong=(
            ("payment", "failed"),
            (samples.full_name("order"), "entry"),
            ("inventory", "aside"),
            ("EventBridge", "bus"),
            (samples.API, "api"),
            ("notificaton", "spelling"),
            (1, "size"),
        ),
    ),
)


def _personal(document: Mapping[str, Any]) -> Facts:
    annotations = dict(document["annotations"])
    metadata = {key: text for part in document["metadata"].values() for key, text in part.items()}
    return {
        "truth": _reachable({**annotations, **metadata}),
        "annotations": _reachable(annotations),
        "metadata": _reachable(metadata),
        "everything": [*annotations, *metadata],
        "addresses": [key for key, text in {**annotations, **metadata}.items() if "@" in str(text)],
    }


def _reachable(texts: Mapping[str, Any]) -> list[str]:
    return [key for key, text in texts.items() if _PERSONAL.fullmatch(str(text))]


_DOCUMENT: Final = {
    "annotations": {"email": "bo@example.com", "plan": "free"},
    "metadata": {"mail": {"recipient": "bo@example.com", "subject": "Hi", "phone": "+1 555 0100"}},
}

PERSONAL = Exercise(
    id="13.personal",
    form=Names(),
    facts=_personal,
    mistakes=(
        Mistake("annotations", "Metadata is not indexed, but whoever may read traces can read it."),
        Mistake("metadata", "Annotations are read, too, and anyone can search for them."),
        Mistake("everything", "Some of these say nothing about whom to reach, or how."),
        Mistake("addresses", "People are not reached by mail alone: look at the other texts, too."),
    ),
    hints=(
        'Look at `careless["annotations"]`, and one level deeper at `careless["metadata"]`.',
        "Go through all values: which of them could you write to, or call?",
        'Put both dictionaries together, and keep the keys whose text has "@" or begins with "+".',
    ),
    rows=Rows(
        data=lambda: {"document": _DOCUMENT},
        right=(
            ["email", "recipient", "phone"],
            {"phone", "recipient", "email"},
            "recipient, phone, email",
        ),
        wrong=(
            (["email"], "annotations"),
            (["recipient", "phone"], "metadata"),
            (["email", "plan", "recipient", "subject", "phone"], "everything"),
            (["email", "recipient"], "addresses"),
            (3, "size"),
            (["email", "subject"], ""),
        ),
    ),
)


def _rate() -> Facts:
    paid = _BUDGET / _PER_TRACE
    return {
        "truth": (_FREE_TRACES + paid) / _ORDERS,
        "nothing_free": paid / _ORDERS,
        "free_taken_off": (paid - _FREE_TRACES) / _ORDERS,
        "only_free": _FREE_TRACES / _ORDERS,
        "traces": _FREE_TRACES + paid,
        "per_dollar": (_FREE_TRACES + 1 / _PER_TRACE) / _ORDERS,
        "reservoir": (_FREE_TRACES + paid - 30 * 24 * 3600) / _ORDERS,
    }


RATE = Exercise(
    id="13.rate",
    form=Number(within=0.003),
    facts=_rate,
    mistakes=(
        Mistake("nothing_free", "Nearly: some traces are free each month, and you get more."),
        Mistake("free_taken_off", "The free traces come on top of those that you pay for."),
        Mistake("only_free", "That rate costs nothing. There is a budget, too."),
        Mistake("traces", "That is a number of traces. Which share of the orders is it?"),
        Mistake("per_dollar", "That is what one dollar buys, with the free ones. You have more."),
        Mistake("reservoir", "There is no reservoir: nothing else is recorded."),
    ),
    hints=(
        "Three steps: how many traces the money buys, how many there may be, which share that is.",
        "The traces that you may record are the free ones and those that the budget pays for.",
        "`(free + budget / price) / orders`, with the price of one trace.",
    ),
    rows=Rows(
        data=no_data,
        right=(0.0525, "0.0525", Decimal("0.0525"), np.float64(0.0525)),
        wrong=(
            (0.05, "nothing_free"),
            (0.0475, "free_taken_off"),
            (0.0025, "only_free"),
            (2_100_000, "traces"),
            (0.0075, "per_dollar"),
            (5.25, "percent"),
            (19.05, "inverse"),
        ),
    ),
)

EXERCISES = (MISSING, PERSONAL, RATE)
