"""Transaction Search: if segments go to CloudWatch Logs, only some traces are indexed.

The others are not found by GetTraceSummaries, BatchGetTraces and GetTraceGraph, but retrieved by
StartTraceRetrieval (Amazon CloudWatch User Guide, "Transaction Search"). Not documented, chosen
here: a trace is selected by its id on reading, so that a changed share applies to earlier traces,
too, and the traces of a lower share are a subset of those of a higher one.
"""

import hashlib
from collections.abc import Callable

Indexed = Callable[[str], bool]
"""Returns whether the trace with an id is indexed."""

_DIGEST_BYTES = 4


def indexed_share(percent: float) -> Indexed | None:
    """Return the condition of indexed traces; None if all are.

    Parameters
    ----------
    percent
        Share of the traces to index, 0 to 100.

    Examples
    --------
    >>> indexed_share(100) is None
    True
    >>> indexed_share(0)("1-6b042ac0-5d09aa705e56bbd015254801")
    False
    """
    if percent >= 100:  # noqa: PLR2004 - all of them
        return None
    limit = percent / 100 * 256**_DIGEST_BYTES
    return lambda trace_id: _number(trace_id) < limit


def _number(trace_id: str) -> int:
    digest = hashlib.blake2b(trace_id.encode(), digest_size=_DIGEST_BYTES).digest()
    return int.from_bytes(digest)
