"""The span frame: traces as a table with one row per segment, subsegment or inferred segment.

Everything in the analysis half starts from this frame, so that nothing but this package knows
how X-Ray writes its documents. The index is ``(trace_id, span_id)``; the columns are

=============== ==============================================================================
``parent_id``   id of the parent span; missing for a trace's root
``service``     owning segment's name, as the service map prints it (a table's name for DynamoDB)
``name``        the span's own name
``kind``        ``segment`` (sent by a service), ``subsegment`` (a part of a segment) or
                ``inferred`` (a segment X-Ray adds for a callee that sends none, like EventBridge)
``origin``      AWS resource type of a segment, for example ``AWS::Lambda::Function``
``start, end``  UTC timestamps, exact to X-Ray's microsecond; ``end`` is missing while in progress
``duration_s``  ``end - start``
``self_s``      duration without the time that children cover (`self_time` has the details)
``status``      ``ok``, ``error`` (4xx), ``throttle`` (429), ``fault`` (5xx), ``in_progress``;
                of several the first of: in progress, throttle, fault, error
``error``       the document's own flags; a throttled span usually has ``error`` too
``cold_start``  True on a Lambda function segment that had to initialize its environment
``http_status`` status of the response served (segment) or received (subsegment)
``annotations`` dictionary of the span's own annotations
``depth``       number of ancestors in the trace, across segments; orphans count as roots
=============== ==============================================================================

Rows are sorted by trace in the order given, then by start and depth. Texts are categorical;
``parent_id`` and ``annotations`` are kept compactly and become texts and dictionaries when they are
looked at (`tracing_lab.spans.compact`).
"""

from tracing_lab.xray_model.documents import KINDS
from tracing_lab.xray_model.outcomes import STATUSES

from . import lake
from .exceptions import exceptions_from_traces
from .formats.otlp_frame import spans_from_protobuf
from .formats.trace_files import load_traces, traces_from_records
from .frame import spans_from_traces
from .operations import operations_from_traces
from .schema import INDEX_NAMES, SPAN_COLUMNS
from .selection import select
from .storage import load_spans, save_spans, save_traces
from .trace_links import links_from_traces
from .validation import validate_spans

__all__ = [
    "INDEX_NAMES",
    "KINDS",
    "SPAN_COLUMNS",
    "STATUSES",
    "exceptions_from_traces",
    "lake",
    "links_from_traces",
    "load_spans",
    "load_traces",
    "operations_from_traces",
    "save_spans",
    "save_traces",
    "select",
    "spans_from_protobuf",
    "spans_from_traces",
    "traces_from_records",
    "validate_spans",
]
