"""What handlers with OpenTelemetry need: named errors, and the trace header of calls to AWS."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

ANNOTATIONS = "aws.xray.annotations"
"""The attribute with the names of those that X-Ray indexes; it stores all others as metadata.

Source: https://aws-otel.github.io/docs/getting-started/x-ray#otel-span-attributes-to-x-ray-annotations
"""


def as_json(value: Mapping[str, Any]) -> str:
    """Return a value as text: attributes of spans are no mappings, unlike the SDK's metadata."""
    return json.dumps(value)


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
    client: Any, propagator: Any = None, environ: Mapping[str, str] = os.environ
) -> Any:
    """Return a client that sends the span of each call as the parent of what follows.

    Only if ``PROPAGATE_OWN_SPAN`` is 1: then the service map has the edges that leave the bus.

    On Lambda, botocore itself sets the header to the parent that the invocation has, and the
    instrumentation leaves a header alone that is there
    (github.com/boto/botocore/blob/develop/botocore/handlers.py, add_recursion_detection_header).

    Parameters
    ----------
    client
        A boto3 client.
    propagator
        Writes the current span into headers; the layer's ``AwsXRayPropagator`` if not given.
    environ
        The process's environment variables.
    """
    if environ.get("PROPAGATE_OWN_SPAN") != "1":
        return client
    inject = (propagator or _xray_propagator()).inject

    def replace_header(params: dict[str, Any], **_: Any) -> None:
        inject(params["headers"])

    client.meta.events.register_last("before-call", replace_header)
    return client


def _xray_propagator() -> Any:
    from opentelemetry.propagators.aws import AwsXRayPropagator  # noqa: PLC0415 - of the layer

    return AwsXRayPropagator()
