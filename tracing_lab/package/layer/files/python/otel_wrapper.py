"""The handler of an instrumented function: that of ORIG_HANDLER, in a span of each invocation."""

import os
from importlib import import_module
from typing import Any

from opentelemetry.context import Context
from opentelemetry.instrumentation.aws_lambda import AwsLambdaInstrumentor
from opentelemetry.propagate import extract


def invocation_context(_event: Any) -> Context:
    """Return the context in which Lambda has invoked the function."""
    return extract({"X-Amzn-Trace-Id": os.environ.get("_X_AMZN_TRACE_ID", "")})


if os.environ.get("OTEL_AWS_LAMBDA_FAST_START", "").lower() == "true":
    from amazon.opentelemetry.distro.opentelemetry_lite_sdk import configure_lite_mode

    configure_lite_mode()

AwsLambdaInstrumentor().instrument(event_context_extractor=invocation_context)

_module, _, _name = os.environ["ORIG_HANDLER"].rpartition(".")
lambda_handler = getattr(import_module(_module.replace("/", ".")), _name)
