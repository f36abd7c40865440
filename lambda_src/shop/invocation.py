"""The frame around every handler: fresh tracer state, log fields, failures, metrics."""

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.core.models.trace_header import TraceHeader

METRICS_NAMESPACE = os.environ.get("METRICS_NAMESPACE") or "TracingLab"
"""The CloudWatch namespace of all business metrics: the stack's own, or this one."""

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]
"""What Lambda calls with an event and a context."""


def service(logger: Logger, metrics: Metrics) -> Callable[[Handler], Handler]:
    """Return a decorator for the handler of a service.

    Each invocation starts with a fresh tracer. Log lines and metrics carry its trace id, a failure
    is logged, and metrics are written in the end.

    Parameters
    ----------
    logger
        The service's logger.
    metrics
        The service's metrics.

    Returns
    -------
    Callable
        The decorator.
    """

    def decorate(handler: Handler) -> Handler:
        @functools.wraps(handler)
        def invoke(event: dict[str, Any], context: Any) -> dict[str, Any]:
            # The SDK compares trace ids only: without this, a second invocation of the same trace
            # would hang its subsegments below the first invocation.
            xray_recorder.clear_trace_entities()
            _label(logger, metrics, context.aws_request_id)
            try:
                return handler(event, context)
            except Exception as error:
                _log_failure(logger, error)
                raise
            finally:
                if metrics.metric_set:
                    metrics.flush_metrics()

        return invoke

    return decorate


@contextmanager
def annotated_errors(subsegment: Any) -> Iterator[None]:
    """Annotate a subsegment with the name of an error that leaves it, so that searches find it.

    Parameters
    ----------
    subsegment
        The open subsegment.

    Yields
    ------
    None
        For the work inside.
    """
    try:
        yield
    except Exception as error:
        subsegment.put_annotation("error", type(error).__name__)
        raise


def trace_id() -> str:
    """Return the id of the invocation's trace, empty if there is none.

    Returns
    -------
    str
        An id such as ``1-6b042ac0-5d09aa705e56bbd015254801``.
    """
    return TraceHeader.from_header_str(os.environ.get("_X_AMZN_TRACE_ID")).root or ""


def _label(logger: Logger, metrics: Metrics, request_id: str) -> None:
    trace = trace_id()
    # xray_trace_id is Powertools' own name for the same id
    logger.append_keys(trace_id=trace, request_id=request_id, xray_trace_id=None)
    metrics.add_metadata("trace_id", trace)


def _log_failure(logger: Logger, error: Exception) -> None:
    # without the traceback, which the trace has and the runtime logs
    logger.error("invocation failed", error=type(error).__name__, reason=str(error))
