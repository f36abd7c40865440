"""Exercises of notebook 12: logs, metrics and alarms."""

import re

import pandas as pd

from tracing_lab.check import samples
from tracing_lab.check.exercise import Exercise, Facts, Mistake, Rows, no_data
from tracing_lab.check.forms import Choice, Count, Name
from tracing_lab.check.forms.spelling import is_service

_BILLED = re.compile(r"Billed Duration: (\d+) ms")


def _declined(lines: pd.DataFrame) -> Facts:
    payment = lines[lines["service"] == "payment"]
    errors = payment[payment["level"] == "ERROR"]
    told = errors[errors["fields"].map(lambda fields: fields.get("error")).eq("CardDeclined")]
    orders, declined = payment["trace_id"].nunique(), told["trace_id"].nunique()
    return {
        "truth": declined,
        "words": len(errors),
        "attempts": len(told),
        "orders": orders,
        "good": orders - declined,
        "lines": len(payment),
    }


DECLINED = Exercise(
    id="12.declined",
    form=Count(),
    facts=_declined,
    mistakes=(
        Mistake("words", "Those are all lines about errors, with those of Lambda's runtime."),
        Mistake("attempts", "Those are lines: one for each attempt. Count each order once."),
        Mistake("orders", "That is how many orders payment saw at all."),
        Mistake("good", "Those are the orders that were paid: turn the condition round."),
        Mistake("lines", "Those are all of payment's lines. Give `fetch` a pattern."),
    ),
    hints=(
        "The member `error` of a line names the exception, `trace_id` the order's trace.",
        "Fetch payment's lines with a pattern on `$.error`, and count different trace ids.",
        'The pattern has the form `{ $.member = "value" }`; a column has `.nunique()`.',
    ),
    rows=Rows(
        # payment logged 4 such lines for 3 of its 5 orders, and 2 lines of the runtime
        data=lambda: {"lines": _lines()},
        right=(3, "3", 3.0, pd.Series([3])),
        wrong=(
            (6, "words"),
            (4, "attempts"),
            (5, "orders"),
            (2, "good"),
            (15, "lines"),
            (0.6, "fraction"),
        ),
    ),
)


def _line(service: str, trace_id: str | None, message: str, **fields: str) -> dict[str, object]:
    level = fields.get("level") or ("ERROR" if message.startswith("[ERROR]") else None)
    line = {"service": service, "trace_id": trace_id, "level": level, "message": message}
    return {**line, "fields": fields}


def _lines() -> pd.DataFrame:
    failed = {"level": "ERROR", "error": "CardDeclined"}
    report = "REPORT RequestId: r\tDuration: 9.1 ms\tBilled Duration: {} ms\tMemory Size: 128 MB"
    runtime = "[ERROR] CardDeclined: declined"
    billed = [("order", 40), ("order", 40), ("payment", 30), ("inventory", 90)]
    billed += [("notification", 5)] * 9
    return pd.DataFrame(
        [
            *(_line("payment", f"1-{order}", "invocation failed", **failed) for order in "aabc"),
            *(_line("payment", None, runtime) for _ in range(2)),
            *(_line("payment", f"1-{order}", "payment processed", level="INFO") for order in "de"),
            *(_line("payment", f"1-{order}", "START") for order in "aabcde"),
            *(_line("order", f"1-{order}", "order created", level="INFO") for order in "abcde"),
            *(_line(service, None, report.format(ms)) for service, ms in billed),
        ]
    )


def _billed(lines: pd.DataFrame) -> Facts:
    text = lines["message"].str.extract(_BILLED, expand=False)
    billed = text.dropna().astype(float).groupby(lines["service"])
    totals = billed.sum()
    return {
        "truth": totals.idxmax(),
        "longest": billed.max().idxmax(),
        "runs": billed.size().idxmax(),
        "least": totals.idxmin(),
    }


BILLED = Exercise(
    id="12.billed",
    form=Name(),
    facts=_billed,
    mistakes=(
        Mistake("longest", "That one had the longest single run. Add all of its runs up."),
        Mistake("runs", "That one runs most often, but not for long each time."),
        Mistake("least", "That is the other end of the table: mind the direction of `sort`."),
        Mistake(
            "smaller", "Its sum is not the largest: sort by it.", lambda value, _: is_service(value)
        ),
    ),
    hints=(
        "The query above groups by `@log`; only what it computes has to change.",
        "Replace the three statistics by one, and sort by it, downwards.",
        "Fill in: `stats ...(@billedDuration) as ms by @log | sort ms desc`.",
    ),
    rows=Rows(
        # billed in all: order 80 ms, inventory 90, payment 30, notification 45 in 9 runs
        data=lambda: {"lines": _lines()},
        right=(
            "inventory",
            samples.full_name("inventory"),
            f"123456789012:/aws/lambda/{samples.full_name('inventory')}",
            pd.Series(["inventory"]),
        ),
        wrong=(
            ("notification", "runs"),
            ("payment", "least"),
            ("order", "smaller"),
            (90, "size"),
        ),
    ),
)


def _silent() -> Facts:
    return {"truth": "b", "function": "a", "queue": "c", "lines": "d"}


SILENT = Exercise(
    id="12.silent",
    form=Choice(("a", "b", "c", "d")),
    facts=_silent,
    mistakes=(
        Mistake("function", "Each attempt that ends with an exception counts as an error."),
        Mistake("queue", "After the third attempt an event that still fails is put there."),
        Mistake("lines", "Payment writes such a line for each attempt that fails."),
    ),
    hints=(
        "Follow a declined order: who notices, and when?",
        "Who has got an answer already when payment starts?",
        "Compare what the customers saw in `log` with what each alarm watches.",
    ),
    rows=Rows(
        data=no_data,
        right=("b", "B", "(b)"),
        wrong=(("a", "function"), ("c", "queue"), ("d", "lines")),
    ),
)

EXERCISES = (DECLINED, BILLED, SILENT)
