"""Traces of a span frame chosen by filter expression.

Expressions mean the same as on X-Ray, as far as a span frame knows: it has no URLs, users or root
causes.
"""

from collections.abc import Iterator
from typing import Final

import pandas as pd

from tracing_lab.errors import TraceDataError
from tracing_lab.filters import (
    Chooser,
    EdgeCondition,
    FilterExpression,
    KeywordCondition,
    RootCauseCondition,
    RootCauseShape,
    ServiceCondition,
    chooser,
    parse,
    walk,
)

from .facts import columns_from_spans

_UNKNOWN: Final = frozenset(
    {
        "account.id",
        "availabilityzone",
        "group.arn",
        "group.name",
        "http.clientip",
        "http.method",
        "http.url",
        "http.useragent",
        "instance.id",
        "resource.arn",
        "user",
    }
)
"""Keywords about what span frames do not have."""


def select(spans: pd.DataFrame, expression: str) -> pd.DataFrame:
    """Return the traces that match one of X-Ray's filter expressions.

    Parameters
    ----------
    spans
        A span frame.
    expression
        The expression, for example ``service("payment") { fault }``. The language is described in
        the AWS X-Ray Developer Guide, "Using filter expressions". A span frame does not have
        everything that X-Ray knows: no URLs, users, accounts, groups and root causes.

    Returns
    -------
    spans
        All rows of the traces that match, in the order they were in.

    Raises
    ------
    FilterSyntaxError
        If the expression cannot be parsed; the message says what was expected at which column.
    TraceDataError
        If the expression needs something that a span frame does not have.

    Examples
    --------
    >>> from tracing_lab.spans import spans_from_traces
    >>> document = {"id": "70de5b6f19ff9a0a", "name": "shop", "start_time": 10.0, "end_time": 10.5}
    >>> traces = [{"Id": "1-0000000a-1", "Segments": [{"Id": "x", "Document": document}]}]
    >>> spans = spans_from_traces(traces)
    >>> [len(select(spans, text)) for text in ("ok duration < 1", 'service("shop") { fault }')]
    [1, 0]
    """
    choose = chooser_for_spans(expression)
    blocks = columns_from_spans(spans)
    chosen = [ids[number] for ids, columns in blocks for number in choose(columns)]
    return spans[spans.index.get_level_values("trace_id").isin(chosen)]


def chooser_for_spans(expression: str) -> Chooser:
    """Return the function that tells which of the traces in columns match an expression.

    Parameters
    ----------
    expression
        A filter expression.

    Raises
    ------
    FilterSyntaxError
        If the expression cannot be parsed.
    TraceDataError
        If it needs something that a span frame does not have.
    """
    parsed = parse(expression)
    _check_known(parsed)
    return chooser(parsed)


def _check_known(expression: FilterExpression) -> None:
    unknown = sorted({name for part in walk(expression) for name in _unknown_in(part)})
    if unknown:
        msg = (
            f"A span frame has no {', '.join(unknown)}. Leave that out of the expression, or have "
            "X-Ray choose: pass it as FilterExpression of GetTraceSummaries."
        )
        raise TraceDataError(msg)


def _unknown_in(part: FilterExpression) -> Iterator[str]:
    match part:
        case KeywordCondition(keyword) if keyword in _UNKNOWN:
            yield keyword
        case ServiceCondition(node) if node.account_id is not None:
            yield "account.id"
        case EdgeCondition(source, target) if (source.account_id or target.account_id) is not None:
            yield "account.id"
        case RootCauseCondition() | RootCauseShape():
            yield "root causes"
