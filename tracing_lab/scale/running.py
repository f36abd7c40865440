"""Count partitions and add the counts: in this process, or on Dask."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, Final

import pandas as pd

from tracing_lab.errors import MissingExtraError
from tracing_lab.spans import spans_from_traces

from .counting import Counts, added
from .partitions import Partition, Partitions, loaded, partitions_of

LOCAL: Final = "local"
_AT_ONCE: Final = 8  # counts that are added in one step
_SETTINGS: Final = {
    # Arrays of megabytes come and go: what was freed serves the next, and is not returned at once.
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 2**28,
    "distributed.worker.profile.enabled": False,
}

Count = Callable[[pd.DataFrame], Counts]


def counted(count: Count, spans: Partitions, *, scheduler: str | None) -> Counts:
    """Return the counts of all partitions.

    Parameters
    ----------
    count
        Returns the counts of one partition.
    spans
        Spans in partitions.
    scheduler
        Where to run, see `latency_summary`.

    Raises
    ------
    MissingExtraError
        If a scheduler is given and Dask is not installed.
    """
    partitions = partitions_of(spans) or [spans_from_traces([])]
    if scheduler is not None:
        return _on_dask(count, partitions, scheduler)
    return added(*(_of_partition(count, part) for part in partitions))


def _of_partition(count: Count, partition: Partition) -> Counts:
    return count(loaded(partition))


def _on_dask(count: Count, partitions: Sequence[Partition], scheduler: str) -> Counts:
    with _client(scheduler) as client:
        futures = client.map(partial(_of_partition, count), partitions, pure=False)
        while len(futures) > 1:
            groups = [futures[n : n + _AT_ONCE] for n in range(0, len(futures), _AT_ONCE)]
            futures = [client.submit(_added_all, group, pure=False) for group in groups]
        counts: Counts = futures[0].result()
        return counts


def _added_all(counts: Sequence[Counts]) -> Counts:
    return added(*counts)


@contextmanager
def local_cluster(workers: int | None = None) -> Iterator[str]:
    """Yield the address of a Dask scheduler on this machine, whose workers end with the context.

    Parameters
    ----------
    workers
        How many, each of one thread; as many as Dask likes if not given.

    Raises
    ------
    MissingExtraError
        If Dask is not installed.
    """
    dask, distributed = _dask()
    size = {} if workers is None else {"n_workers": workers, "threads_per_worker": 1}
    with (
        dask.config.set(_SETTINGS),
        distributed.LocalCluster(dashboard_address=None, **size) as cluster,
    ):
        yield cluster.scheduler_address


@contextmanager
def _client(scheduler: str) -> Iterator[Any]:
    """Yield a client of a scheduler, or of a cluster that ends with it."""
    _, distributed = _dask()
    with ExitStack() as stack:
        is_local = scheduler == LOCAL
        address = stack.enter_context(local_cluster()) if is_local else scheduler
        yield stack.enter_context(distributed.Client(address))


def _dask() -> tuple[Any, Any]:
    try:
        import dask  # noqa: PLC0415 - an optional extra
        import distributed  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        msg = "Dask is not installed. Install it with: pip install 'tracing-lab[scale]'"
        raise MissingExtraError(msg) from error
    return dask, distributed
