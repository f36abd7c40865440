"""Exercises of notebook 11: sampling."""

from typing import Final

import pandas as pd

from tracing_lab.check.exercise import Exercise, Facts, Mistake
from tracing_lab.check.forms import Number

_RATE: Final = 0.1  # of the rule that the notebook makes
_FIRST_FAILURE: Final = 500  # HTTP status


def _rest(log: pd.DataFrame) -> Facts:
    sampled = log["sampled"].fillna(value=False).astype(bool)
    is_other = log["sent"].dt.floor("s").duplicated()
    return {
        "truth": float(sampled[is_other].mean()),
        "all": float(sampled.mean()),
        "rule": _RATE,
        "first": float(sampled[~is_other].mean()),
        "left_out": float((~sampled[is_other]).mean()),
        "count": int(sampled[is_other].sum()),
        "of_all": float(sampled[is_other].sum() / len(sampled)),
    }


REST = Exercise(
    id="11.rest",
    form=Number(within=0.01),
    facts=_rest,
    mistakes=(
        Mistake("all", "That includes the first order of each second, which the reservoir chose."),
        Mistake("rule", "That is what the rule says. What happened is in `log`."),
        Mistake("first", "That is about the first orders. The question is about all the others."),
        Mistake("left_out", "That share was left out: turn the condition round."),
        Mistake("count", "That is a number of orders. Divide by how many others there are."),
        Mistake("of_all", "Divide by the number of *other* orders, not by that of all orders."),
    ),
    hints=(
        "Two orders are in the same second if `sent`, rounded down to seconds, is the same.",
        "`duplicated()` is True for each row whose value has occurred before.",
        'Keep the rows where `log["sent"].dt.floor("s").duplicated()`, and take the mean of ...?',
    ),
)


def _failed(recorded: pd.DataFrame, log: pd.DataFrame) -> Facts:
    seen, share = int(recorded["has_fault"].sum()), float(recorded["has_fault"].mean())
    return {
        "truth": share * len(log),
        "seen": seen,
        "share": share,
        "by_rate": seen / _RATE,
        "from_log": int(log["status"].ge(_FIRST_FAILURE).sum()),
        "recorded": len(recorded),
        "fine": (1 - share) * len(log),
    }


FAILED = Exercise(
    id="11.failed",
    form=Number("orders", slack=0.5),
    facts=_failed,
    mistakes=(
        Mistake("seen", "So many failed ones were recorded. Most orders were not recorded."),
        Mistake("share", "That is a share. Of how many orders?"),
        Mistake(
            "by_rate",
            "Dividing by the rule's rate forgets the reservoir: more than a tenth was recorded.",
        ),
        Mistake("from_log", "That was counted in the log. Pretend that clients keep none."),
        Mistake("recorded", "So many orders were recorded, whether they failed or not."),
        Mistake("fine", "So many went well: turn the condition round."),
    ),
    hints=(
        "The share that failed among the recorded orders stands for the share among all.",
        "Take the share of `recorded` that has a fault, and scale it to all orders.",
        'The mean of `recorded["has_fault"]` is the share; what is it a share of?',
    ),
)


def _wait() -> Facts:
    per_s, failing, share = 10, 0.001, 0.05
    recorded_per_s = 1 + share * (per_s - 1)
    return {
        "truth": 1 / (recorded_per_s * failing) / 60,
        "seconds": 1 / (recorded_per_s * failing),
        "all_recorded": 1 / (per_s * failing) / 60,
        "only_share": 1 / (share * per_s * failing) / 60,
        "only_first": 1 / failing / 60,
        "share_of_all": 1 / ((1 + share * per_s) * failing) / 60,
        "only_rest": 1 / (share * (per_s - 1) * failing) / 60,
        "per_minute": recorded_per_s * failing * 60,
        "orders": 1 / failing,
    }


WAIT = Exercise(
    id="11.wait",
    form=Number("minutes", within=0.005),
    facts=_wait,
    mistakes=(
        Mistake("seconds", "The last step: these are seconds, and minutes were asked for."),
        Mistake("all_recorded", "So long until one *fails*. Most failed orders are not recorded."),
        Mistake("only_share", "Each second has a first order, which is always recorded."),
        Mistake("only_first", "Orders beyond the first of a second are recorded, too: some."),
        Mistake("share_of_all", "The rate is taken of the *other* orders of a second, not of all."),
        Mistake("only_rest", "The first order of each second is missing."),
        Mistake("per_minute", "That is how many come in a minute. How long is it until one comes?"),
        Mistake("orders", "That is a number of orders. How long does it take to record so many?"),
    ),
    hints=(
        "There are three steps: recorded orders per second, failed ones among them, and how long.",
        "Per second: the first order, and a share of those after it. One in 1,000 of these fails.",
        "If `x` come per second on average, the mean time until one comes is `1 / x` seconds.",
    ),
)


def _weighted(hours: pd.DataFrame) -> Facts:
    shares = hours["failed_recorded"] / hours["recorded"]
    requests, seen = hours["requests"], hours["failed_recorded"].sum()
    return {
        "truth": float((shares * requests).sum() / requests.sum()),
        "unweighted": float(seen / hours["recorded"].sum()),
        "mean_of_hours": float(shares.mean()),
        "rush": float(shares.max()),
        "by_rate": float(seen / 0.05 / requests.sum()),
        "of_requests": float(seen / requests.sum()),
        "count": float((shares * requests).sum()),
    }


WEIGHTED = Exercise(
    id="11.weighted",
    form=Number(within=0.003),
    facts=_weighted,
    mistakes=(
        Mistake(
            "unweighted", "That counts traces. In the rush, many more requests stand behind each."
        ),
        Mistake(
            "mean_of_hours", "That lets both hours weigh the same, as if they were equally busy."
        ),
        Mistake("rush", "That is the share of the rush alone. There is a quiet hour, too."),
        Mistake("by_rate", "Dividing by the rate forgets that the reservoir recorded others."),
        Mistake(
            "of_requests", "Recorded failures by all requests: most failures were not recorded."
        ),
        Mistake("count", "So many requests failed. Which share of all requests is that?"),
    ),
    hints=(
        "Within an hour, each recorded request stands for the same number of requests.",
        "Estimate how many requests failed in each hour, add up, and divide by all requests.",
        "An hour's failures are `failed_recorded / recorded`, times what?",
    ),
)

EXERCISES = (REST, FAILED, WAIT, WEIGHTED)
