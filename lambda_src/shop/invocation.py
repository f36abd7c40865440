"""What handlers with the X-Ray SDK need: fresh tracer state, and the annotation of errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from aws_xray_sdk.core import xray_recorder

from .frame import METRICS_NAMESPACE, service as framed, trace_id

__all__ = ["METRICS_NAMESPACE", "annotated_errors", "service", "trace_id"]

# The SDK compares trace ids only: without this, a second invocation of the same trace
# would hang its subsegments below the first invocation.
service = partial(framed, prepare=xray_recorder.clear_trace_entities)


@contextmanager
def annotated_errors(subsegment: Any) -> Iterator[None]:
    """Annotate a subsegment with the name of an error that leaves it, so that searches find it.

    Parameters
    ----------
    subsegment
        The open subsegment.
    """
    try:
        yield
    except Exception as error:
        subsegment.put_annotation("error", type(error).__name__)
        raise
