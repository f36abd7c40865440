"""Exercises of notebook 05: summaries, a lake, and filter expressions."""

import math

import pandas as pd

from tracing_lab.check.exercise import Exercise, Facts, Mistake
from tracing_lab.check.forms import Count
from tracing_lab.check.forms.spelling import spelled

AFTER_S = 0.5


def _after(summaries: pd.DataFrame) -> Facts:
    later_s = summaries["duration_s"] - summaries["response_s"]
    return {
        "truth": int((later_s > AFTER_S).sum()),
        "duration": int((summaries["duration_s"] > AFTER_S).sum()),
        "response": int((summaries["response_s"] > AFTER_S).sum()),
        "any": int((later_s > 0).sum()),
        "turned": int((later_s <= AFTER_S).sum()),
        "all": len(summaries),
    }


AFTER = Exercise(
    id="05.after",
    form=Count(),
    facts=_after,
    mistakes=(
        Mistake("duration", "That looks at durations alone, which include the client's wait."),
        Mistake("response", "Those clients waited long. What happened once they had an answer?"),
        Mistake("any", "That counts each order with any work afterwards, however little."),
        Mistake("turned", "Those are the orders that were done soon: turn the condition round."),
        Mistake("all", "That is how many summaries there are. Compare two of their columns."),
    ),
    hints=(
        "`duration_s` and `response_s` begin together, and end at different times.",
        "Subtract one column from the other, compare with the limit, and count what is True.",
        "Fill in: `(summaries[...] - summaries[...] > ...).sum()`.",
    ),
)


def _orders(spans: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each trace: how it ended for the client, and for the payment."""
    trace = spans.index.get_level_values("trace_id")
    failed = spans["error"] | spans["fault"]
    is_payment = spans["service"].astype("str").map(lambda name: spelled(name).name == "payment")
    table = {
        "ok": ~(failed & spans["parent_id"].isna()),
        "reached": ~is_payment,
        "paid": ~(failed & is_payment & spans["kind"].eq("segment")),
    }
    return pd.DataFrame(table).groupby(trace).all()


def _declined(spans: pd.DataFrame) -> Facts:
    orders = _orders(spans)
    reached = ~orders["reached"]
    return {
        "truth": int((orders["ok"] & ~orders["paid"]).sum()),
        "root": int((~orders["ok"]).sum()),
        "either": int((~orders["ok"] | ~orders["paid"]).sum()),
        "reached": int(reached.sum()),
        "paid": int((reached & orders["paid"]).sum()),
        "nothing": 0,
        "all": len(orders),
    }


DECLINED = Exercise(
    id="05.declined",
    form=Count(),
    facts=_declined,
    mistakes=(
        Mistake("root", "Those clients were told that it failed: a keyword alone is the root's."),
        Mistake("either", "Some of these failed in front of the client. Ask for `ok` as well."),
        Mistake("reached", "That counts all orders that got to the payment, however it went."),
        Mistake("paid", "Those payments went well: look at the `!` and the braces."),
        Mistake("nothing", "Nothing at all? See above which flag an exception gives a function."),
        Mistake("all", "That is every order. What has to be true of the payment?"),
    ),
    hints=(
        "What the client was told is a keyword alone; the payment needs its service.",
        "In braces after the payment's service, ask for the flag of a failed function.",
        'Count `payment + " { ... } AND ..."`.',
    ),
)


def _calls() -> Facts:
    in_lake, listed, changed, per_page, per_call = 1000, 1230, 40, 100, 5
    pages, new = math.ceil(listed / per_page), listed - in_lake
    return {
        "truth": pages + math.ceil((new + changed) / per_call),
        "no_pages": math.ceil((new + changed) / per_call),
        "only_new": pages + math.ceil(new / per_call),
        "only_changed": pages + math.ceil(changed / per_call),
        "everything": pages + math.ceil(listed / per_call),
        "traces": new + changed,
        "one_each": pages + new + changed,
        "only_pages": pages,
    }


CALLS = Exercise(
    id="05.calls",
    form=Count(),
    facts=_calls,
    mistakes=(
        Mistake("no_pages", "That is for the traces. First you have to know which ones are new."),
        Mistake("only_new", "That leaves traces in the lake that have changed since."),
        Mistake("only_changed", "That is for the changed traces. Others are not there at all."),
        Mistake("everything", "That retrieves all of them again, as if there were no lake."),
        Mistake("traces", "So many traces have to be retrieved. A call returns several."),
        Mistake("one_each", "A call of `BatchGetTraces` takes more than one id."),
        Mistake("only_pages", "Those are the pages of summaries. The traces come after that."),
    ),
    hints=(
        "Two kinds of calls: pages of summaries of the whole hour, then traces of some ids.",
        "Round up twice: summaries by 100 a page, new and changed traces by 5 a call.",
        "`math.ceil(... / 100) + math.ceil((... + 40) / 5)`.",
    ),
)

EXERCISES = (AFTER, CALLS, DECLINED)
