"""The results that Locust leaves beside the files of a load."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from tracing_lab import files
from tracing_lab.errors import TraceDataError

from .answer import Answer
from .header import decision
from .log import frame_of
from .orders import Order
from .sender import error_of_status, order_id_of

RESULTS: Final = "results.jsonl"
LOAD: Final = "load.json"

_OTHER_LOAD: Final = "Use the results and the load.json of the same run."


def load_locust_log(folder: str | Path, *, partial: bool = False) -> pd.DataFrame:
    """Return the log of a load that Locust has sent elsewhere.

    Parameters
    ----------
    folder
        What `write_locust_files` wrote, with the ``results.jsonl`` that Locust's master has left
        beside its copy of the Locust file.
    partial
        Whether orders may lack a result, as after Ctrl-C.

    Returns
    -------
    pandas.DataFrame
        The log, as `fire` returns it: for `xray.fetch_traces`, `send_lag` and comparisons.

    Raises
    ------
    FileError
        If a file cannot be read; a MissingFileError if there is none.
    TraceDataError
        If the results are not those of the load, an order was sent twice, or orders lack a result.
    """
    sampled, orders = _load(Path(folder) / LOAD)
    path = Path(folder) / RESULTS
    content = files.read_bytes(path, remedy="Copy it from where Locust's master ran")
    answers = [*answers_from_lines(whole_lines(content), orders, sampled=sampled)]
    problem = _problem(path, answers, orders, partial=partial)
    if problem:
        raise TraceDataError(problem)
    return frame_of(answers)


def whole_lines(content: bytes) -> list[str]:
    r"""Return the lines of a file that somebody may still be writing.

    Parameters
    ----------
    content
        Of ``results.jsonl``.

    Examples
    --------
    >>> whole_lines(b"[1]\n[2]\n[3")
    ['[1]', '[2]']
    """
    return content.rpartition(b"\n")[0].decode(errors="replace").splitlines()


def answers_from_lines(
    lines: Iterable[str], orders: Sequence[Order], *, sampled: bool | None
) -> Iterator[Answer]:
    """Yield the results in lines of ``results.jsonl``.

    Parameters
    ----------
    lines
        Whole lines.
    orders
        The orders of the load.
    sampled
        The sampling decision of the requests.

    Raises
    ------
    TraceDataError
        If a line is no result of one of the orders.
    """
    by_number = {order.number: order for order in orders}
    for place, line in enumerate(lines, start=1):
        try:
            answer = _answer(json.loads(line), by_number, sampled=sampled)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            msg = (
                f"Line {place} of Locust's results is no result of this load's orders "
                f"({type(error).__name__}: {error}). {_OTHER_LOAD}"
            )
            raise TraceDataError(msg) from error
        yield answer


def sent_twice(answers: Iterable[Answer]) -> str:
    """Return a sentence about the orders with more than one result; empty if there are none.

    Parameters
    ----------
    answers
        The results.
    """
    results = Counter(answer.order_no for answer in answers)
    again = sorted(number for number, count in results.items() if count > 1)
    if not again:
        return ""
    have = "1 order has" if len(again) == 1 else f"{len(again)} orders have"
    return f"{have} more than one result, the first is order {again[0]}"


def _load(path: Path) -> tuple[bool | None, list[Order]]:
    """Return the sampling decision and the orders of a load."""
    remedy = "Name the folder that write_locust_files wrote"
    (load,) = files.read_json(path, remedy=remedy, hint=f"{remedy}.")[:1]
    try:
        orders = [
            Order(each["number"], each["customer_id"], each["body"], bad=each["bad"])
            for each in load["orders"]
        ]
        return load["sampled"], orders
    except (KeyError, TypeError) as error:
        msg = f"{path} is no load of write_locust_files ({error!r}). {remedy}."
        raise TraceDataError(msg) from error


def _answer(result: Any, orders: dict[int, Order], *, sampled: bool | None) -> Answer:
    number, trace_id, due_s, sent_s, finished_s, status, text, error, header = result
    order = orders[number]
    return Answer(
        order_no=number,
        customer_id=order.customer_id,
        trace_id=str(trace_id),
        scheduled_s=float(due_s),
        sent_s=float(sent_s),
        finished_s=float(finished_s),
        status=None if status is None else int(status),
        order_id=order_id_of(text),
        error=error or error_of_status(status, text),
        sampled=decision(header, sent=sampled),
        connected=status is not None,
        bad=order.bad,
    )


def _problem(
    path: Path, answers: Sequence[Answer], orders: Sequence[Order], *, partial: bool
) -> str:
    """Return what is wrong with results, and what to do; empty if nothing is."""
    if again := sent_twice(answers):
        return (
            f"{path}: {again}. The endpoint got orders twice, so that this is not the load that "
            "was written. Write its files again, and start Locust as the Locust file says."
        )
    missing = len(orders) - len(answers)
    if not answers or (missing and not partial):
        return (
            f"{path} has results of {len(answers)} of {len(orders)} orders. If Locust still runs, "
            "wait for its end; if it was stopped, partial=True returns what there is."
        )
    return ""
