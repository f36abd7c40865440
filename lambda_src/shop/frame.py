"""The frame around every handler, whatever the tracer: log fields, failures, metrics."""

import functools
import os
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger, Metrics

METRICS_NAMESPACE = os.environ.get("METRICS_NAMESPACE") or "TracingLab"
"""The CloudWatch namespace of all business metrics: the stack's own, or this one."""

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]
"""What Lambda calls with an event and a context."""


def service(
    logger: Logger, metrics: Metrics, prepare: Callable[[], object] | None = None
) -> Callable[[Handler], Handler]:
    """Return a decorator for the handler of a service.

    Log lines and metrics carry the trace id of the invocation, a failure is logged, and metrics are
    written in the end.

    Parameters
    ----------
    logger
        The service's logger.
    metrics
        The service's metrics.
    prepare
        What the tracer needs before each invocation.
    """

    def decorate(handler: Handler) -> Handler:
        @functools.wraps(handler)
        def invoke(event: dict[str, Any], context: Any) -> dict[str, Any]:
            if prepare:
                prepare()
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


def trace_id() -> str:
    """Return the id of the invocation's trace, empty if there is none.

    Returns
    -------
    str
        An id such as ``1-6b042ac0-5d09aa705e56bbd015254801``.
    """
    header = os.environ.get("_X_AMZN_TRACE_ID", "").strip()
    return dict(part.partition("=")[::2] for part in header.split(";")).get("Root", "")


def _label(logger: Logger, metrics: Metrics, request_id: str) -> None:
    trace = trace_id()
    # xray_trace_id is Powertools' own name for the same id
    logger.append_keys(trace_id=trace, request_id=request_id, xray_trace_id=None)
    metrics.add_metadata("trace_id", trace)


def _log_failure(logger: Logger, error: Exception) -> None:
    # without the traceback, which the trace has and the runtime logs
    logger.error("invocation failed", error=type(error).__name__, reason=str(error))
