"""What a run on an account saw: documents of traces, and how X-Ray's API answered to probes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracing_lab.xray_model.documents import INFERRED, SUBSEGMENT, kind_of
from tracing_lab.xray_model.lambda_segments import ATTEMPT_PREFIX, FUNCTION, SERVICE

Document = dict[str, Any]


@dataclass(frozen=True)
class Observations:
    """What one run saw.

    Parameters
    ----------
    orders
        The documents of each order's trace.
    failures
        The documents of each trace whose event failed at every attempt.
    probes
        How the API answered, by the name of the probe: an error code, or a part of the response.
        Probes that could not be made are missing.
    """

    orders: Sequence[Sequence[Document]] = ()
    failures: Sequence[Sequence[Document]] = ()
    probes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def traces(self) -> list[Sequence[Document]]:
        """The documents of all traces."""
        return [*self.orders, *self.failures]

    def segments(self, origin: str) -> list[tuple[Document, Sequence[Document]]]:
        """Return the segments of an origin that services sent, with the documents around."""
        return [
            (document, trace)
            for trace in self.traces
            for document in trace
            if document.get("origin") == origin and kind_of(document) not in {INFERRED, SUBSEGMENT}
        ]

    def inferred(self) -> list[Document]:
        """Return the inferred segments."""
        return [
            document for trace in self.traces for document in trace if kind_of(document) == INFERRED
        ]

    def attempts(self) -> list[tuple[Document, list[Document]]]:
        """Return the Lambda services' segments of failed events, with their attempts."""
        return [
            (segment, attempts)
            for segment, trace in self.segments(SERVICE)
            if trace in self.failures
            for attempts in [
                [part for part in parts(segment) if part["name"].startswith(ATTEMPT_PREFIX)]
            ]
        ]

    def functions(self) -> list[tuple[Document, Sequence[Document]]]:
        """Return the functions' segments, with the documents around."""
        return self.segments(FUNCTION)


def parts(document: Document) -> Iterator[Document]:
    """Yield the subsegments of a document, at any depth."""
    for child in document.get("subsegments") or ():
        yield child
        yield from parts(child)


def by_id(trace: Sequence[Document]) -> dict[str, Document]:
    """Return the segments of a trace by id."""
    return {document["id"]: document for document in trace}
