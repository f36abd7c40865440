"""What handlers with OpenTelemetry need: named errors, and the trace header of calls to AWS."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

ANNOTATIONS = "aws.xray.annotations"
"""The attribute with the names of those that X-Ray indexes; it stores all others as metadata.

Source: https://aws-otel.github.io/docs/getting-started/x-ray#otel-span-attributes-to-x-ray-annotations
"""


@contextmanager
def named_errors(span: Any) -> Iterator[None]:
    """Set a span's attribute ``error`` to the name of an error that leaves it.

    Parameters
    ----------
    span
        The open span.
    """
    try:
        yield
    except Exception as error:
        span.set_attribute("error", type(error).__name__)
        raise


def propagate_own_span(
    client: Any, propagator: Any, environ: Mapping[str, str] = os.environ
) -> None:
    """Send the span of each call as the parent of what follows, if ``PROPAGATE_OWN_SPAN`` is 1.

    On Lambda, botocore itself sets the header to the parent that the invocation has, and the
    instrumentation leaves a header alone that is there
    (github.com/boto/botocore/blob/develop/botocore/handlers.py, add_recursion_detection_header).

    Parameters
    ----------
    client
        A boto3 client.
    propagator
        Writes the current span into headers, as ``AwsXRayPropagator`` does.
    environ
        The process's environment variables.
    """

    def replace_header(params: dict[str, Any], **_: Any) -> None:
        propagator.inject(params["headers"])

    if environ.get("PROPAGATE_OWN_SPAN") == "1":
        client.meta.events.register_last("before-call", replace_header)
