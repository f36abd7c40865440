"""Extract trace ids from ids or a frame."""

from collections.abc import Iterable
from typing import Any

from tracing_lab.errors import TraceDataError
from tracing_lab.xray_model.trace_ids import is_trace_id


def trace_ids_from(log_or_trace_ids: Any) -> list[str]:
    """List trace ids, each once and in order.

    Parameters
    ----------
    log_or_trace_ids
        One id, several ids, or a frame with a ``trace_id`` column. Of a request log, only rows
        count that have a status, since a request without an answer may have no trace, and that
        were not left out by sampling.

    Raises
    ------
    TraceDataError
        If there is none, or one is malformed.

    Examples
    --------
    >>> trace_ids_from("1-6b042ac0-5d09aa705e56bbd015254801")
    ['1-6b042ac0-5d09aa705e56bbd015254801']
    """
    ids = list(dict.fromkeys(_listed(log_or_trace_ids)))
    wrong = [item for item in ids if not is_trace_id(item)]
    if wrong:
        msg = f"{wrong[0]!r} is not a trace id such as '1-6b042ac0-5d09aa705e56bbd015254801'."
        raise TraceDataError(msg)
    if not ids:
        msg = (
            "There is no trace id to fetch. Fire some orders first, or check the log's columns "
            "error and sampled: what was sent with sampled=False, or left out by a rule, has none."
        )
        raise TraceDataError(msg)
    return ids


def _listed(source: Any) -> Iterable[Any]:
    if isinstance(source, str):
        return [source]
    columns = getattr(source, "columns", None)
    if columns is None:
        return list(source)
    if "trace_id" not in columns:
        msg = "The frame has no 'trace_id' column. Pass what traffic.fire returned."
        raise TraceDataError(msg)
    if "status" in columns:
        source = source[source["status"].notna()]
    if "sampled" in columns:
        source = source[source["sampled"].astype("boolean").fillna(value=True)]
    return list(source["trace_id"])
