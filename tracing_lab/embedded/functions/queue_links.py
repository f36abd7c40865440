"""Links between the trace of a function that reads a queue and those of the queue's producers."""

from tracing_lab.embedded.model import Document, FunctionSpec
from tracing_lab.xray_model.trace_links import carrier, child_link, parent_link

from .segment_times import seconds_ms
from .tracing import RequestTrace


def consumer_links(trace: RequestTrace) -> Document:
    """Return the member of the consumer's document that leads to the producers."""
    links = [parent_link(producer) for producer in trace.producers]
    return {"links": links} if links else {}


def producers_links(
    function: FunctionSpec, trace: RequestTrace, *, received_ns: int
) -> list[Document]:
    """Build the documents that link the traces of producers to this one.

    Parameters
    ----------
    function
        What was invoked.
    trace
        The request's trace.
    received_ns
        When its messages were received.
    """
    link = child_link(
        trace.upstream.root,
        trace.service_id,
        function_name=function.name,
        received_s=seconds_ms(received_ns),
    )
    return [carrier(producer, link) for producer in trace.producers]
