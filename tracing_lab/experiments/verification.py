"""The result of verifying a cause, as text and in a notebook."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import Final

import pandas as pd

from tracing_lab.tables import html_table, text_table, without_math

from .decision import JUDGED_COLUMNS, TIMES

_HEADERS: Final = ("own trouble", "with it", "without it", "difference", "q", "gone")
_END_HEADERS: Final = ("at the end", "with it", "without it", "difference")
_LEAST_SHOWN: Final = 0.001


class Outcome(StrEnum):
    """What an experiment says about a cause."""

    PROVEN = "proven"
    NOT_PROVEN = "not proven"
    CANNOT_BE_TRIED = "cannot be tried"


@dataclass(frozen=True, repr=False)
class Verification:
    """Whether the trouble of a cause comes and goes with what was removed.

    Parameters
    ----------
    outcome
        `Outcome.PROVEN` if something of every cause is worse with it than without it, beyond
        chance; `Outcome.CANNOT_BE_TRIED` if there is nothing to remove.
    reason
        Why it is proven, or is not.
    causes
        The causes that were named.
    path
        Nodes of the service graph, from a cause to where it is noticed.
    removed
        What was removed, a phrase for each attribute or resource; empty if nothing could be.
    mended
        Whether it stays removed.
    tests
        One row per cause and test of its own trouble: `tracing_lab.experiments.decision.judged`.
    end
        What that changes at the end of the path, with intervals: `END_TIME` and `END_FAILURES` of
        `tracing_lab.experiments.decision`.
    orders
        How many orders were compared, with the cause and without it together.
    spans
        Their spans.
    sent
        The orders: ``trace_id``, ``pair`` and ``number`` (which tell the same order of both blocks)
        and ``in_place`` (whether the cause was).
    """

    outcome: Outcome
    reason: str
    causes: tuple[str, ...]
    path: tuple[str, ...]
    removed: tuple[str, ...]
    mended: bool
    tests: pd.DataFrame
    end: pd.DataFrame
    orders: int
    spans: pd.DataFrame
    sent: pd.DataFrame

    @property
    def verified(self) -> bool:
        """Whether the causes are proven."""
        return self.outcome is Outcome.PROVEN

    @property
    def verdict(self) -> str:
        """The outcome with its reason."""
        return f"{self.outcome.value.capitalize()}: {self.reason}"

    def __repr__(self) -> str:
        tables = [text_table(rows, headers=headers) for headers, rows in self._tables()]
        return "\n\n".join(["\n".join([self.verdict, *self._removed()]), *tables])

    def _repr_html_(self) -> str:
        lines = [self.verdict, *self._removed()]
        text = "".join(f"<p>{without_math(escape(line))}</p>" for line in lines)
        return text + "".join(html_table(rows, headers=head) for head, rows in self._tables())

    def _removed(self) -> list[str]:
        if not self.removed:
            return []
        then = "It stays removed." if self.mended else "It was put back."
        return [f"Removed: {'; '.join(self.removed)}. {then}"]

    def _tables(self) -> list[tuple[Sequence[str], list[list[str]]]]:
        """Return headers and rows of both tables, without empty ones."""
        several = len({*self.tests["cause"]}) > 1
        own = [
            [
                f"{cause}: {what}" if several else what,
                *_values(what, row),
                p_value(q),
                "yes" if gone else "no",
            ]
            for cause, what, *row, q, gone in zip(
                *(self.tests[name] for name in ("cause", "what", *JUDGED_COLUMNS, "q", "gone")),
                strict=True,
            )
        ]
        end = [
            [what, *_values(what, row)]
            for what, *row in zip(
                *(self.end[name] for name in ("what", *JUDGED_COLUMNS)), strict=True
            )
        ]
        return [(head, rows) for head, rows in ((_HEADERS, own), (_END_HEADERS, end)) if rows]


def nothing_tried(causes: tuple[str, ...], path: tuple[str, ...], reason: str) -> Verification:
    """Return that a cause cannot be tried, and why.

    Parameters
    ----------
    causes, path
        As they were named.
    reason
        Why not, and what to do.
    """
    return Verification(
        outcome=Outcome.CANNOT_BE_TRIED,
        reason=reason,
        causes=causes,
        path=path,
        removed=(),
        mended=False,
        tests=pd.DataFrame(columns=["cause", "what", *JUDGED_COLUMNS, "q", "gone"]),
        end=pd.DataFrame(columns=["what", *JUDGED_COLUMNS]),
        orders=0,
        spans=pd.DataFrame(),
        sent=pd.DataFrame(columns=["trace_id", "pair", "number", "in_place"]),
    )


def reason_of(tests: pd.DataFrame, end: pd.DataFrame, *, is_proven: bool, node: str) -> str:
    """Return why causes are proven, or are not.

    Parameters
    ----------
    tests, end
        See `Verification`.
    is_proven
        Whether they are.
    node
        The end of the path.
    """
    if is_proven:
        gone = tests[tests["gone"]].drop_duplicates("cause")
        return f"{_each(gone)}, beyond chance. {_noticed(end, node)}"
    if tests.empty:
        return "no order got to it, so that nothing of its own can be compared."
    kept = tests[~tests["cause"].isin(tests["cause"][tests["gone"]])]
    best = kept.sort_values("q").drop_duplicates("cause")
    return f"{_each(best)}, which chance explains (corrected p-value {p_value(best['q'].min())})."


def p_value(q: float) -> str:
    """Return a p-value as text.

    Examples
    --------
    >>> p_value(0.0123), p_value(0.0), p_value(float("nan"))
    ('0.012', '< 0.001', '-')
    """
    if math.isnan(q):
        return "-"
    return f"{q:.3f}" if q >= _LEAST_SHOWN else f"< {_LEAST_SHOWN}"


def _each(rows: pd.DataFrame) -> str:
    phrases = [
        f"{what} of {cause} was {bad} with it and {good} without it"
        for cause, what, bad, good in (
            (cause, what, *_values(what, row)[:2])
            for cause, what, *row in zip(
                *(rows[name] for name in ("cause", "what", *JUDGED_COLUMNS)), strict=True
            )
        )
    ]
    return "; ".join(phrases)


def _noticed(end: pd.DataFrame, node: str) -> str:
    """Return what follows at the end of the path, and whether that is more than chance."""
    parts = [
        f"{what} {_values(what, row)[2]}"
        for what, *row in zip(*(end[name] for name in ("what", *JUDGED_COLUMNS)), strict=True)
        if row[3] > 0 or row[4] < 0
    ]
    if not parts:
        return f"At {node}, no difference is beyond chance."
    return f"At {node}, the difference is: {', '.join(parts)}."


def _values(what: str, row: Sequence[float]) -> list[str]:
    """Return both values and the change with its interval."""
    bad, good, change, low, high = (_value(what, value) for value in row[:5])
    sign = "+" if row[2] > 0 else ""
    return [bad, good, f"{sign}{change} ({low} to {high})"]


def _value(what: str, value: float) -> str:
    if math.isnan(value):
        return "-"
    return f"{value * 1000:.1f} ms" if what in TIMES else f"{value:.0%}"
