"""Dispatches requests of the X-Ray API to operations, as in AWS's API reference."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import rejection
from tracing_lab.errors import EmbeddedError

from . import requests
from .errors import XRayException
from .requests import Members, Operation

logger = logging.getLogger(__name__)

_TELEMETRY_TEXTS = {"EC2InstanceId": 20, "Hostname": 255, "ResourceARN": 500}
_TELEMETRY_COUNTS = (
    "SegmentsReceivedCount",
    "SegmentsSentCount",
    "SegmentsSpilloverCount",
    "SegmentsRejectedCount",
)
_CONNECTION_ERRORS = (
    "TimeoutCount",
    "ConnectionRefusedCount",
    "HTTPCode4XXCount",
    "HTTPCode5XXCount",
    "UnknownHostCount",
    "OtherCount",
)


class XRayApi:
    """Responds to requests to the X-Ray endpoint. Thread-safe.

    Parameters
    ----------
    operations
        The operations by name. Each maps the members of the request to those of the result, and
        raises an `XRayException` to reject the request.
    """

    def __init__(self, operations: Mapping[str, Operation]) -> None:
        self._operations = dict(operations)

    def handle(self, call: ApiCall) -> HttpResponse:
        """Respond to a call."""
        operation = self._operations.get(call.operation or "")
        try:
            if operation is None:
                message = f"X-Ray has no operation at {call.request.path}."
                return _error(call, 404, "UnknownOperationException", message)
            return _ok(operation(requests.parse_body(call.request.body)))
        except XRayException as error:
            return _error(call, error.status, error.code, str(error))
        except EmbeddedError as error:
            logger.exception("X-Ray operation %s failed", call.operation)
            return _error(call, 500, "InternalFailure", str(error))


def ingest_operations(
    ingest: Callable[[list[str]], list[dict[str, str]]],
) -> Mapping[str, Operation]:
    """Return the operations that accept documents, by name.

    Parameters
    ----------
    ingest
        Stores documents durably and returns the ``UnprocessedTraceSegments``.
    """

    def put_trace_segments(members: Members) -> dict[str, Any]:
        documents = requests.texts(members, "TraceSegmentDocuments")
        return {"UnprocessedTraceSegments": ingest(documents)}

    return {"PutTraceSegments": put_trace_segments, "PutTelemetryRecords": _put_telemetry_records}


def _put_telemetry_records(members: Members) -> dict[str, Any]:
    """Validate a daemon's telemetry and discard it: no operation returns it."""
    for name, longest in _TELEMETRY_TEXTS.items():
        requests.text(members, name, longest=longest)
    for record in requests.objects(members, "TelemetryRecords"):
        requests.time_s(record, "Timestamp")
        for name in _TELEMETRY_COUNTS:
            requests.integer(record, name)
        errors = requests.structure(record, "BackendConnectionErrors") or {}
        for name in _CONNECTION_ERRORS:
            requests.integer(errors, name)
    return {}


def _ok(result: dict[str, Any]) -> HttpResponse:
    return HttpResponse(200, (("Content-Type", "application/json"),), orjson.dumps(result))


def _error(call: ApiCall, status: int, code: str, message: str) -> HttpResponse:
    return rejection(call, status, code, message, Message=message)
