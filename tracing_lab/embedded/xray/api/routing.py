"""The X-Ray API: rest-json requests in, responses out, as the AWS X-Ray API reference says."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from tracing_lab.errors import EmbeddedError

from . import requests
from .errors import Refusal
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


@dataclass(frozen=True)
class ApiResponse:
    """An HTTP response."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class XRayApi:
    """Answers requests to the X-Ray endpoint. Safe to use from several threads.

    Parameters
    ----------
    operations
        What answers the requests, by path. It gets the members of the request and gives those of
        the result; what it refuses it raises as a `Refusal`.
    """

    def __init__(self, operations: Mapping[str, Operation]) -> None:
        self._operations = dict(operations)

    def handle(self, path: str, body: bytes) -> ApiResponse:
        """Answer one POST request.

        Parameters
        ----------
        path
            Path of the request, without query.
        body
            Body of the request.
        """
        operation = self._operations.get(path)
        try:
            if operation is None:
                message = f"X-Ray has no operation at {path}."
                return _error(404, "UnknownOperationException", message)
            return _ok(operation(requests.parse_body(body)))
        except Refusal as error:
            return _error(error.status, error.code, str(error))
        except EmbeddedError as error:
            logger.exception("X-Ray could not answer %s", path)
            return _error(500, "InternalFailure", str(error))


def ingest_operations(
    ingest: Callable[[list[str]], list[dict[str, str]]],
) -> Mapping[str, Operation]:
    """Give the operations that take documents, by path.

    Parameters
    ----------
    ingest
        Stores documents durably and gives the ``UnprocessedTraceSegments``.
    """

    def put_trace_segments(members: Members) -> dict[str, Any]:
        documents = requests.texts(members, "TraceSegmentDocuments")
        return {"UnprocessedTraceSegments": ingest(documents)}

    return {"/TraceSegments": put_trace_segments, "/TelemetryRecords": _put_telemetry_records}


def _put_telemetry_records(members: Members) -> dict[str, Any]:
    """Check and forget what a daemon tells about itself: no operation gives it back."""
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


def _ok(result: dict[str, Any]) -> ApiResponse:
    return ApiResponse(200, {"Content-Type": "application/json"}, orjson.dumps(result))


def _error(status: int, code: str, message: str) -> ApiResponse:
    headers = {"Content-Type": "application/json", "X-Amzn-ErrorType": code}
    return ApiResponse(status, headers, orjson.dumps({"Message": message, "message": message}))
