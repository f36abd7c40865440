"""The one place that knows which tracer is in use: today the AWS X-Ray SDK for Python.

The four services see subsegments that they can annotate, and nothing of the SDK. Moving to
OpenTelemetry means writing this file anew.

Three facts about the SDK inside Lambda shape it
(docs.aws.amazon.com/xray/latest/devguide/xray-sdk-python-subsegments.html):

* Lambda itself writes the function's segment. The SDK only knows a facade of it that cannot be
  changed, so annotations and metadata belong on subsegments.
* Every closed subsegment is sent at once, over UDP, as a document of its own.
* The SDK looks at the invocation's trace header only when the *trace id* differs from the one it
  knows. A warm environment that serves two invocations of one trace would hang the second one's
  subsegments below the first. `Tracer.start_invocation` therefore forgets what the SDK knows.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from aws_xray_sdk.core import patch, xray_recorder

TRACE_HEADER_VARIABLE = "_X_AMZN_TRACE_ID"
"""Where a Lambda runtime puts the trace header of the current invocation."""

MAX_ANNOTATION_CHARS = 1000
"""The longest text that X-Ray indexes as the value of an annotation."""

AnnotationValue = str | int | float | bool


class Subsegment:
    """One timed step of the work, open for annotations and metadata.

    Parameters
    ----------
    entity
        The SDK's subsegment; None when there is no segment to belong to.
    namespace
        The name under which metadata of this service is filed.
    """

    def __init__(self, entity: Any, *, namespace: str) -> None:
        self._entity = entity
        self._namespace = namespace

    def annotate(self, **annotations: AnnotationValue) -> None:
        """Add indexed values, which filter expressions can find.

        Parameters
        ----------
        annotations
            Values by key; text longer than X-Ray indexes is cut.
        """
        if self._entity is None:
            return
        for key, value in annotations.items():
            short = value[:MAX_ANNOTATION_CHARS] if isinstance(value, str) else value
            self._entity.put_annotation(key, short)

    def record(self, **metadata: Any) -> None:
        """Add metadata: any JSON, kept with the trace but not indexed.

        Parameters
        ----------
        metadata
            Values by key.
        """
        if self._entity is None:
            return
        for key, value in metadata.items():
            self._entity.put_metadata(key, value, self._namespace)

    def flag_client_error(self) -> None:
        """Mark the step as an error of the caller (4xx), which is not a fault of the service."""
        if self._entity is not None:
            self._entity.add_error_flag()


class Tracer:
    """Opens subsegments below the segment that Lambda makes for each invocation.

    Parameters
    ----------
    namespace
        The name under which metadata of this service is filed.
    recorder
        The SDK's recorder.
    environ
        The process's environment variables.
    """

    def __init__(
        self,
        namespace: str,
        *,
        recorder: Any = xray_recorder,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._namespace = namespace
        self._recorder = recorder
        self._environ = environ

    def start_invocation(self) -> None:
        """Forget the previous invocation, so that the next subsegment finds its own parent."""
        self._recorder.clear_trace_entities()

    @contextmanager
    def subsegment(self, name: str) -> Iterator[Subsegment]:
        """Time a step; an exception that leaves it is recorded as its cause and goes on.

        Parameters
        ----------
        name
            What the step does.

        Yields
        ------
        Subsegment
            The open step; it does nothing when the invocation is not traced.
        """
        with self._recorder.in_subsegment(name) as entity:
            yield Subsegment(entity, namespace=self._namespace)

    def trace_id(self) -> str:
        """Return the id of the invocation's trace, empty when there is none.

        Returns
        -------
        str
            An id such as ``1-6b042ac0-5d09aa705e56bbd015254801``.
        """
        return root_of(self._environ.get(TRACE_HEADER_VARIABLE, ""))


def root_of(header: str) -> str:
    """Return the trace id in a trace header.

    Parameters
    ----------
    header
        A header as Lambda hands it to the runtime.

    Returns
    -------
    str
        The value of ``Root``, empty when there is none.

    Examples
    --------
    >>> root_of("Root=1-6b042ac0-5d09aa705e56bbd015254801;Parent=53995c3f42cd8ad8;Sampled=1")
    '1-6b042ac0-5d09aa705e56bbd015254801'
    >>> root_of("Parent=53995c3f42cd8ad8")
    ''
    """
    fields = dict(part.strip().partition("=")[::2] for part in header.split(";"))
    return fields.get("Root", "")


def trace_aws_calls() -> None:
    """Make every call of botocore a subsegment and send the trace header along with it."""
    patch(("botocore",))
