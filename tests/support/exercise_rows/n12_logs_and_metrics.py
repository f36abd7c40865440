"""Answers that are tried on the exercises of notebook 12."""

from functools import partial

import exercise_samples as samples
import pandas as pd

from exercise_rows.rows import Rows, no_data


def _line(service: str, trace_id: str | None, message: str, **fields: str) -> dict[str, object]:
    level = fields.get("level") or ("ERROR" if message.startswith("[ERROR]") else None)
    line = {"service": service, "trace_id": trace_id, "level": level, "message": message}
    return {**line, "fields": fields}


_REPORT = "REPORT RequestId: r\tDuration: 9.1 ms\tBilled Duration: {} ms\tMemory Size: 128 MB"


def _billed(*runs: tuple[str, int]) -> dict[str, pd.DataFrame]:
    """Return a line for each run of a service, which was billed for so many milliseconds."""
    return {"lines": pd.DataFrame([_line(name, None, _REPORT.format(ms)) for name, ms in runs])}


def _lines() -> pd.DataFrame:
    failed = {"level": "ERROR", "error": "CardDeclined"}
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
            *(_line(service, None, _REPORT.format(ms)) for service, ms in billed),
        ]
    )


ROWS = {
    "12.declined": Rows(
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
    "12.billed": Rows(
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
        tied=tuple(
            (
                partial(_billed, ("order", 60), ("order", 22), ("payment", ms), ("inventory", 70)),
                frozenset({"order", "payment"}),
            )
            for ms in (82, 81, 83)
        ),
    ),
    "12.silent": Rows(
        data=no_data,
        right=("b", "B", "(b)"),
        wrong=(("a", "function"), ("c", "queue"), ("d", "lines")),
    ),
}
