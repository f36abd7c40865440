"""The X-Ray service of the embedded AWS in one object."""

import logging
import random
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

import orjson

from tracing_lab.embedded.model import Document
from tracing_lab.errors import EmbeddedError

from .api.account_settings import AccountSettings
from .api.groups import Groups
from .api.insights import Insights
from .api.reading import TraceReader
from .api.records import Records
from .api.requests import Operation
from .api.resource_policies import ResourcePolicies
from .api.retrieval import Retrievals
from .api.routing import ApiResponse, XRayApi, ingest_operations
from .api.tags import Tags
from .api.time_series import TimeSeries
from .derive.cache_sizes import DEFAULT_CACHE_MB, CacheSizes
from .derive.views import TraceViews
from .derive.warming import Warmer
from .derive.window import GraphWindows
from .ingest.closed_traces import without_closed
from .ingest.documents import DocumentRow, Rejection, read_documents, validate
from .ingest.interrupted import interrupted
from .sampling.head import Sampler, TargetDesk
from .sampling.rules import RuleBook
from .sampling.rules_api import SamplingRules
from .sampling.statistics import SamplingStatistics
from .sampling.targets_api import target_operations
from .store.traces import TraceStore

logger = logging.getLogger(__name__)

_MAX_BACKLOG = 50_000


class XRay:
    """Takes documents, keeps them, answers the API. Safe to use from several threads.

    Parameters
    ----------
    state_dir
        Folder of the embedded AWS; traces and settings are kept in it.
    region
        Region in the ARNs.
    account_id
        Account in the ARNs.
    clock
        Gives the time in epoch seconds.
    random_share
        Gives a number from 0 to 1; decides what is sampled beyond the reservoir.
    cache_mb
        Megabytes that may be used to keep what is derived from traces.

    Raises
    ------
    EmbeddedError
        If the trace store or the settings cannot be opened.
    """

    def __init__(
        self,
        state_dir: Path,
        *,
        region: str,
        account_id: str,
        clock: Callable[[], float] = time.time,
        random_share: Callable[[], float] = random.random,
        cache_mb: int = DEFAULT_CACHE_MB,
    ) -> None:
        self.region = region
        self._sizes = CacheSizes.of(cache_mb)
        self.account_id = account_id
        self._clock = clock
        self.rules = RuleBook()
        self._statistics = SamplingStatistics(clock=clock)
        self.sampler = Sampler(
            self.rules, clock=clock, random_share=random_share, statistics=self._statistics
        )
        self._desk = TargetDesk(self.rules, clock=clock, statistics=self._statistics)
        self._warmer = Warmer(most_waiting=self._sizes.traces)
        self._records = Records(state_dir / "xray" / "settings.log")
        try:
            self._store = TraceStore(
                state_dir / "xray" / "traces.sqlite3", clock=clock, on_change=self._warmer.changed
            )
        except EmbeddedError:
            self._records.close()
            raise
        self._views = TraceViews(self._store, sizes=self._sizes)
        self._groups = Groups(self._records, region=region, account_id=account_id)
        self._windows = GraphWindows(self._store, self._views, most_bytes=self._sizes.graphs)
        self._account = AccountSettings(self._records, clock=clock)
        self._reader = TraceReader(
            self._store, self._views, self._windows, self._groups, indexed=self._account.indexed
        )
        self._sampling_rules = SamplingRules(
            self.rules, self._records, region=region, account_id=account_id, clock=clock
        )
        self._api = XRayApi(self._operations())
        self._warmer.start(self._warm, first=self._newest)

    def emit(self, document: Document) -> None:
        """Take a document of one of AWS's own services; `keep_emitted` before somebody is answered.

        What X-Ray would reject is logged and dropped, as the daemon does, and so is what cannot
        be written.
        """
        row = validate(document, orjson.dumps(document))
        if isinstance(row, Rejection):
            logger.error("X-Ray rejected a document: %s", row.as_unprocessed()["Message"])
        else:
            self._store.emit_own(row)

    def prepare(self, document: Document) -> None:
        """Take a document that counts only if this process ends before the next of the same id."""
        self._store.prepare(document["id"], orjson.dumps(document))

    def keep_emitted(self) -> None:
        """Have all documents that were emitted or prepared survive the process from here on."""
        self._store.keep_own()

    def finish_interrupted(self, going_on: Collection[str]) -> int:
        """Finish segments that an earlier process left in progress; returns how many.

        Parameters
        ----------
        going_on
            Ids of those that somebody is going to finish.
        """
        waiting = [row for row in self._store.interrupted if row.id not in going_on]
        for row in waiting:
            self.emit(interrupted(orjson.loads(row.body), end_s=self._store.cut_off_s))
        return len(waiting)

    def ingest(self, documents: Iterable[str | bytes]) -> list[dict[str, str]]:
        """Take documents; what is not in the answer is durable when this returns.

        Parameters
        ----------
        documents
            Entries of ``TraceSegmentDocuments``.

        Returns
        -------
        The ``UnprocessedTraceSegments``.

        Raises
        ------
        EmbeddedError
            If the documents could not be written.
        """
        rows, rejected = self._sorted_out(documents)
        self._store.put(rows)
        return rejected

    def receive(self, documents: Iterable[str | bytes]) -> list[dict[str, str]]:
        """Take documents as `ingest`, but for senders that get no answer.

        A failure to write them is logged. It waits when very many documents are on their way to
        the database.
        """
        rows, rejected = self._sorted_out(documents)
        self._store.emit(rows)
        if self._store.backlog > _MAX_BACKLOG:
            self._store.flush()
        return rejected

    def handle(self, path: str, body: bytes) -> ApiResponse:
        """Answer one POST request to the X-Ray endpoint; blocks while it reads the disk."""
        with self._warmer.aside():
            return self._api.handle(path, body)

    def flush(self) -> None:
        """Wait until everything that was taken is durable."""
        self._store.flush()

    def reset(self) -> None:
        """Delete all traces and all that was configured, forget sampling counts."""
        self._store.reset()
        self._records.reset()
        self._reader.clear()
        self._sampling_rules.load()
        self.sampler.reset()
        self._desk.reset()
        self._statistics.reset()

    def close(self) -> None:
        """Write what is left and close the files. May be called twice."""
        self._warmer.close()
        self._store.close()
        self._records.close()

    def _newest(self) -> list[str]:
        """Give the newest traces, the very newest last: what came last is kept longest."""
        records = self._store.find("1", (), order="epoch_s DESC", limit=self._sizes.traces)
        return [record.trace_id for record in reversed(records)]

    def _warm(self, trace_ids: Sequence[str]) -> None:
        marks = ",".join("?" * len(trace_ids))
        records = self._store.find(f"trace_id IN ({marks})", trace_ids, order="trace_id")
        for view in self._views.views(records):
            self._windows.add(view)

    def _sorted_out(
        self, documents: Iterable[str | bytes]
    ) -> tuple[list[DocumentRow], list[dict[str, str]]]:
        rows, rejected = [], []
        for text in documents:
            for result in read_documents(text):
                if isinstance(result, Rejection):
                    rejected.append(result)
                else:
                    rows.append(result)
        taken, late = without_closed(self._store, rows, now_s=self._clock())
        return taken, [one.as_unprocessed() for one in (*rejected, *late)]

    def _operations(self) -> dict[str, Operation]:
        tags = Tags(self._records, self._sampling_rules.has, self._groups.has)
        insights = Insights(
            self._store,
            self._views,
            self._windows,
            self._groups,
            self._records,
            clock=self._clock,
        )
        retrievals = Retrievals(self._store, self._views, self._records, clock=self._clock)
        return {
            **ingest_operations(self.ingest),
            **self._reader.operations(),
            **self._sampling_rules.operations(),
            **self._statistics.operations(),
            **target_operations(self._desk),
            **self._groups.operations(),
            **TimeSeries(self._store, self._views, self._groups).operations(),
            **retrievals.operations(),
            **insights.operations(),
            **tags.operations(),
            **self._account.operations(),
            **ResourcePolicies(self._records, clock=self._clock).operations(),
        }
