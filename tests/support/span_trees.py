"""Random trees of spans whose children run one after the other."""

import random
from typing import Any

_EPOCH_US = 1_795_435_200_000_000
_LONGEST_US = 2_000_000


def sequential_trace(seed: int, *, most: int = 30) -> dict[str, Any]:
    """Return a trace in which each span's children lie within it and never overlap.

    Times are whole microseconds, as X-Ray has them.
    """
    rng = random.Random(seed)
    documents: list[dict[str, Any]] = []
    waiting: list[tuple[str | None, int, int]] = [(None, _EPOCH_US, rng.randrange(_LONGEST_US))]
    while waiting and len(documents) < most:
        parent, start, length = waiting.pop(0)
        span_id = f"{len(documents) + 1:016x}"
        documents.append(_document(span_id, parent, start, start + length))
        bounds = sorted(rng.randint(0, length) for _ in range(2 * rng.randrange(4)))
        waiting += [
            (span_id, start + begin, finish - begin)
            for begin, finish in zip(bounds[::2], bounds[1::2], strict=True)
        ]
    segments = [{"Id": document["id"], "Document": document} for document in documents]
    return {"Id": f"1-{seed:08x}-{seed:024x}", "Segments": segments}


def _document(span_id: str, parent: str | None, start_us: int, end_us: int) -> dict[str, Any]:
    document: dict[str, Any] = {"id": span_id, "name": f"service-{int(span_id, 16) % 5}"}
    document |= {"start_time": start_us / 1e6, "end_time": end_us / 1e6}
    return document | ({"parent_id": parent} if parent else {})
