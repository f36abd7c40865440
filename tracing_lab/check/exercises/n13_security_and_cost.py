"""Exercises of notebook 13: permissions, personal data and prices."""

import re
from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from tracing_lab.check.exercise import Exercise, Facts, Mistake
from tracing_lab.check.forms import Name, NameList, Number
from tracing_lab.check.near_ties import largest

_ORDERS: Final = 40_000_000
_FREE_TRACES: Final = 100_000
_PER_TRACE: Final = 5.00 / 1e6
_BUDGET: Final = 10.0
_PERSONAL: Final = re.compile(r".*@.*|\+[\d ]+")  # an address or a telephone number


def _missing(denied: pd.DataFrame, whole: pd.DataFrame) -> Facts:
    fewer = _runs(whole).sub(_runs(denied), fill_value=0)
    return {
        "truth": largest(fewer, within=0),
        "failed": "payment",
        "entry": "order",
        "aside": "inventory",
        "bus": "Events",
        "api": "api",
    }


def _runs(spans: pd.DataFrame) -> "pd.Series[int]":
    is_run = spans["origin"].eq("AWS::Lambda::Function") & spans["kind"].ne("subsegment")
    return spans.loc[is_run, "service"].value_counts()


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


PERSONAL = Exercise(
    id="13.personal",
    form=NameList(),
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
        Mistake("nothing_free", "Nearly: some traces are free each month, so you can have more."),
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
)


def _dearer(by_speed: pd.DataFrame) -> Facts:
    dollars, seconds = by_speed["usd_per_million"], by_speed["mean_duration_s"]
    ratio = dollars.iloc[-1] / dollars.iloc[0]
    return {
        "truth": (ratio - 1) * 100,
        "slower": (seconds.iloc[-1] / seconds.iloc[0] - 1) * 100,
        "ratio": ratio,
        "dollars": dollars.iloc[-1] - dollars.iloc[0],
        "whole": ratio * 100,
        "share": by_speed["share"].iloc[-1] * 100,
        "neighbours": (dollars.iloc[-1] / dollars.iloc[-2] - 1) * 100,
    }


DEARER = Exercise(
    id="13.dearer",
    form=Number("percent", within=0.02),
    facts=_dearer,
    mistakes=(
        Mistake("slower", "By so much they are slower. What do they cost?"),
        Mistake("ratio", "That is how many times the price. How much is it above once?"),
        Mistake("whole", "That is the price in percent of the other. How much is on top?"),
        Mistake("dollars", "That is the difference in dollars for a million orders."),
        Mistake("share", "That is their share of all costs. How many orders are they?"),
        Mistake("neighbours", "That compares them with the orders in between."),
    ),
    hints=(
        "One column has what a million orders of each group would cost.",
        "Divide the last group's price by the first one's. What is that above 1, in percent?",
        "With the two prices: `(slow / fast - 1) * 100`.",
    ),
)

EXERCISES = (MISSING, PERSONAL, RATE, DEARER)
