"""The X-Ray service of the embedded AWS in one object."""

import logging
import random
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

import orjson

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.model import Document
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.errors import EmbeddedError

from .api.account_settings import AccountSettings
from .api.groups import Groups
from .api.insights import Insights
from .api.reading import TraceReader
from .api.records import Records
from .api.requests import Operation
from .api.resource_policies import ResourcePolicies
from .api.retrieval import Retrievals
from .api.routing import XRayApi, ingest_operations
from .api.sampling_rules import SamplingRules
from .api.sampling_statistics import statistics_operations
from .api.sampling_targets import target_operations
from .api.span_endpoint import SpanEndpoint
from .api.span_intake import SpanIntake
from .api.tags import Tags
from .api.time_series import TimeSeries
from .derive.cache_sizes import DEFAULT_CACHE_MB, CacheSizes
from .derive.span_log import NO_GROUP, SpanGroup, SpanLog
from .derive.views import TraceViews
from .derive.warming import Warmer
from .derive.window import GraphWindows
from .ingest.documents import DocumentRow, Rejection, read_documents, validate
from .ingest.interrupted import interrupted
from .sampling.head import Sampler, TargetQuotas
from .sampling.rules import RuleSet
from .sampling.statistics import SamplingStatistics
from .store.closed_traces import without_closed
from .store.traces import TraceStore

logger = logging.getLogger(__name__)

_MAX_BACKLOG = 50_000


class XRayService:
    """Accepts documents, stores them and serves the API. Thread-safe.

    Parameters
    ----------
    state_dir
        Folder of the embedded AWS, for traces and settings.
    region
        Region in the ARNs.
    account_id
        Account in the ARNs.
    clock
        Returns the time in epoch seconds.
    random_share
        Returns a number from 0 to 1, for sampling beyond the reservoir.
    cache_mb
        Megabytes that may be used to keep what is derived from traces.
    span_group
        The log group ``aws/spans``; by default records are lost.

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
        span_group: SpanGroup = NO_GROUP,
    ) -> None:
        self.region = region
        self._sizes = CacheSizes.of(cache_mb)
        self.account_id = account_id
        self._clock = clock
        self.rules = RuleSet()
        self._statistics = SamplingStatistics(clock=clock)
        self.sampler = Sampler(
            self.rules, clock=clock, random_share=random_share, statistics=self._statistics
        )
        self._quotas = TargetQuotas(self.rules, clock=clock, statistics=self._statistics)
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
        self._account = AccountSettings(
            self._records, clock=clock, may_write_spans=span_group.may_write
        )
        self._span_log = SpanLog(span_group, is_on=self._account.sends_to_logs)
        intake = SpanIntake(self._store, self._span_log, self._sorted_out, clock=clock)
        self.spans = SpanEndpoint(intake.take, is_open=self._account.sends_to_logs, clock=clock)
        self.receive_spans = intake.receive
        self._reader = TraceReader(
            self._store, self._views, self._windows, self._groups, indexed=self._account.indexed
        )
        self._sampling_rules = SamplingRules(
            self.rules, self._records, region=region, account_id=account_id, clock=clock
        )
        self._api = XRayApi(self._operations())
        self._warmer.start(self._warm, first=self._newest)

    def emit(self, document: Document) -> None:
        """Accept a document of an AWS service itself; call `keep_emitted` before responding.

        Documents that X-Ray would reject are logged and dropped, as the daemon does, and so are
        those that cannot be written.
        """
        row = validate(document, orjson.dumps(document))
        if isinstance(row, Rejection):
            logger.error("X-Ray rejected a document: %s", row.as_unprocessed()["Message"])
        else:
            self._store.emit_own(row)
            self._span_log.add_documents([row])

    def prepare(self, document: Document) -> None:
        """Store a document that counts only if this process accepts no later one of its id."""
        self._store.prepare(document["id"], orjson.dumps(document))

    def keep_emitted(self) -> None:
        """Make all emitted and prepared documents durable."""
        self._store.keep_own()

    def finish_interrupted(self, going_on: Collection[str]) -> int:
        """Finish segments that an earlier process left in progress; return how many.

        Parameters
        ----------
        going_on
            Ids of segments that will be finished otherwise.
        """
        waiting = [row for row in self._store.interrupted if row.id not in going_on]
        for row in waiting:
            self.emit(interrupted(orjson.loads(row.body), end_s=self._store.cut_off_s))
        return len(waiting)

    def ingest(self, documents: Iterable[str | bytes]) -> list[dict[str, str]]:
        """Accept documents; those not in the result are durable when this returns.

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
        self._span_log.add_documents(rows)
        return rejected

    def receive(self, documents: Iterable[str | bytes]) -> list[dict[str, str]]:
        """Accept documents like `ingest`, but for senders that get no response.

        A failure to write them is logged. It blocks while very many documents wait for their
        commit.
        """
        rows, rejected = self._sorted_out(documents)
        self._store.emit(rows)
        self._span_log.add_documents(rows)
        if self._store.backlog > _MAX_BACKLOG:
            self._store.flush()
        return rejected

    def handle(self, call: ApiCall) -> HttpResponse:
        """Respond to a call of X-Ray; blocks while it reads the disk."""
        with self._warmer.paused():
            return self._api.handle(call)

    def flush(self) -> None:
        """Wait until all accepted documents are durable."""
        self._store.flush()

    def reset(self) -> None:
        """Delete all traces, settings and sampling counts."""
        self._store.reset()
        self._records.reset()
        self._reader.clear()
        self._sampling_rules.load()
        self.sampler.reset()
        self._quotas.reset()
        self._statistics.reset()

    def close(self) -> None:
        """Write pending documents and close the files. Idempotent."""
        self._warmer.close()
        self._store.close()
        self._records.close()

    def _newest(self) -> list[str]:
        """Return the newest traces, newest last: the cache keeps the last ones longest."""
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
        return taken, [rejection.as_unprocessed() for rejection in (*rejected, *late)]

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
        retrievals = Retrievals(self._store, self._span_log, self._records, clock=self._clock)
        return {
            **ingest_operations(self.ingest),
            **self._reader.operations(),
            **self._sampling_rules.operations(),
            **statistics_operations(self._statistics),
            **target_operations(self._quotas),
            **self._groups.operations(),
            **TimeSeries(self._store, self._views, self._groups).operations(),
            **retrievals.operations(),
            **insights.operations(),
            **tags.operations(),
            **self._account.operations(),
            **ResourcePolicies(self._records, clock=self._clock).operations(),
        }
