"""The X-Ray service of the embedded AWS in one object."""

import logging
import random
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import orjson

from tracing_lab.embedded.model import Document

from .api import ApiResponse, XRayApi
from .documents import DocumentRow, Rejection, read_documents, validate
from .reading import TraceReader
from .rules import RuleBook, default_rule
from .sampling import Sampler, TargetDesk
from .store import TraceStore

logger = logging.getLogger(__name__)

_MAX_BACKLOG = 50_000


class XRay:
    """Takes documents, keeps them, answers the API. Safe to use from several threads.

    Parameters
    ----------
    state_dir
        Folder of the embedded AWS; the traces are kept in it.
    region
        Region in the ARNs.
    account_id
        Account in the ARNs.
    clock
        Gives the time in epoch seconds.
    random_share
        Gives a number from 0 to 1; decides what is sampled beyond the reservoir.

    Raises
    ------
    EmbeddedError
        If the trace store cannot be opened.
    """

    def __init__(
        self,
        state_dir: Path,
        *,
        region: str,
        account_id: str,
        clock: Callable[[], float] = time.time,
        random_share: Callable[[], float] = random.random,
    ) -> None:
        self.region = region
        self.account_id = account_id
        self.rules = RuleBook(default_rule(region))
        self.sampler = Sampler(self.rules, clock=clock, random_share=random_share)
        self._store = TraceStore(state_dir / "xray" / "traces.sqlite3", clock=clock)
        self._reader = TraceReader(self._store)
        self._api = XRayApi(
            ingest=self.ingest,
            reader=self._reader,
            book=self.rules,
            desk=TargetDesk(self.rules, clock=clock),
        )

    def emit(self, document: Document) -> None:
        """Take a document of one of AWS's own services; returns at once.

        What X-Ray would reject is logged and dropped, as the daemon does.
        """
        row = validate(document, orjson.dumps(document))
        if isinstance(row, Rejection):
            logger.error("X-Ray rejected a document: %s", row.as_unprocessed()["Message"])
        else:
            self._store.emit([row])

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
        rows, rejected = _sorted_out(documents)
        self._store.put(rows)
        return rejected

    def receive(self, documents: Iterable[str | bytes]) -> list[dict[str, str]]:
        """Take documents without waiting for the disk; else as `ingest`. Readers see them.

        It does wait when very many documents are on their way to the disk.
        """
        rows, rejected = _sorted_out(documents)
        self._store.emit(rows)
        if self._store.backlog > _MAX_BACKLOG:
            self._store.flush()
        return rejected

    def handle(self, path: str, body: bytes) -> ApiResponse:
        """Answer one POST request to the X-Ray endpoint; blocks while it reads the disk."""
        return self._api.handle(path, body)

    def flush(self) -> None:
        """Wait until everything that was taken is durable."""
        self._store.flush()

    def reset(self) -> None:
        """Delete all traces and forget sampling counts."""
        self._store.reset()
        self._reader.clear()
        self.sampler.reset()

    def close(self) -> None:
        """Write what is left and close the files. May be called twice."""
        self._store.close()


def _sorted_out(
    documents: Iterable[str | bytes],
) -> tuple[list[DocumentRow], list[dict[str, str]]]:
    rows, rejected = [], []
    for text in documents:
        for result in read_documents(text):
            if isinstance(result, Rejection):
                rejected.append(result.as_unprocessed())
            else:
                rows.append(result)
    return rows, rejected
