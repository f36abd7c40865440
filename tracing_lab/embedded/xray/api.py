"""The X-Ray API: rest-json requests in, responses out, as the AWS X-Ray API reference says."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from tracing_lab.errors import EmbeddedError

from . import requests
from .reading import TraceReader
from .requests import InvalidRequest, Members
from .rules import RuleBook
from .sampling import TargetDesk

logger = logging.getLogger(__name__)

_MAX_STATISTICS = 25
_CLIENT_ID_LENGTH = 24
_MAX_RULE_NAME = 32

NOT_BUILT_YET: Mapping[str, str] = {
    "/CancelTraceRetrieval": "CancelTraceRetrieval",
    "/CreateGroup": "CreateGroup",
    "/CreateSamplingRule": "CreateSamplingRule",
    "/DeleteGroup": "DeleteGroup",
    "/DeleteResourcePolicy": "DeleteResourcePolicy",
    "/DeleteSamplingRule": "DeleteSamplingRule",
    "/EncryptionConfig": "GetEncryptionConfig",
    "/GetGroup": "GetGroup",
    "/GetIndexingRules": "GetIndexingRules",
    "/GetRetrievedTracesGraph": "GetRetrievedTracesGraph",
    "/GetTraceSegmentDestination": "GetTraceSegmentDestination",
    "/Groups": "GetGroups",
    "/Insight": "GetInsight",
    "/InsightEvents": "GetInsightEvents",
    "/InsightImpactGraph": "GetInsightImpactGraph",
    "/InsightSummaries": "GetInsightSummaries",
    "/ListResourcePolicies": "ListResourcePolicies",
    "/ListRetrievedTraces": "ListRetrievedTraces",
    "/ListTagsForResource": "ListTagsForResource",
    "/PutEncryptionConfig": "PutEncryptionConfig",
    "/PutResourcePolicy": "PutResourcePolicy",
    "/SamplingStatisticSummaries": "GetSamplingStatisticSummaries",
    "/StartTraceRetrieval": "StartTraceRetrieval",
    "/TagResource": "TagResource",
    "/TimeSeriesServiceStatistics": "GetTimeSeriesServiceStatistics",
    "/UntagResource": "UntagResource",
    "/UpdateGroup": "UpdateGroup",
    "/UpdateIndexingRule": "UpdateIndexingRule",
    "/UpdateSamplingRule": "UpdateSamplingRule",
    "/UpdateTraceSegmentDestination": "UpdateTraceSegmentDestination",
}
"""Path and name of the operations that answer with an error for now."""


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
    ingest
        Stores documents durably and gives the ``UnprocessedTraceSegments``.
    reader
        Answers what reads traces.
    book
        The sampling rules.
    desk
        Answers GetSamplingTargets.
    """

    def __init__(
        self,
        *,
        ingest: Callable[[list[str]], list[dict[str, str]]],
        reader: TraceReader,
        book: RuleBook,
        desk: TargetDesk,
    ) -> None:
        self._ingest = ingest
        self._book = book
        self._desk = desk
        self._operations: Mapping[str, Callable[[Members], dict[str, Any]]] = {
            "/TraceSegments": self._put_trace_segments,
            "/TelemetryRecords": _put_telemetry_records,
            "/TraceSummaries": reader.summaries,
            "/Traces": reader.traces,
            "/ServiceGraph": reader.service_graph,
            "/TraceGraph": reader.trace_graph,
            "/GetSamplingRules": self._get_sampling_rules,
            "/SamplingTargets": self._get_sampling_targets,
        }

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
                return _unknown(path)
            return _ok(operation(requests.parse_body(body)))
        except InvalidRequest as error:
            return _error(400, "InvalidRequestException", str(error))
        except EmbeddedError as error:
            logger.exception("X-Ray could not answer %s", path)
            return _error(500, "InternalFailure", str(error))

    def _put_trace_segments(self, members: Members) -> dict[str, Any]:
        return {
            "UnprocessedTraceSegments": self._ingest(
                requests.texts(members, "TraceSegmentDocuments")
            )
        }

    def _get_sampling_rules(self, members: Members) -> dict[str, Any]:
        requests.text(members, "NextToken")
        return {"SamplingRuleRecords": [rule.as_record() for rule in self._book.rules()]}

    def _get_sampling_targets(self, members: Members) -> dict[str, Any]:
        name = "SamplingStatisticsDocuments"
        documents = requests.objects(members, name, most=_MAX_STATISTICS)
        for document in documents:
            _check_statistics(document)
        return self._desk.answer(documents)


def _put_telemetry_records(members: Members) -> dict[str, Any]:
    for record in requests.objects(members, "TelemetryRecords"):
        requests.time_s(record, "Timestamp")
    return {}


def _check_statistics(document: Members) -> None:
    for name in ("RequestCount", "SampledCount"):
        requests.whole_number(document, name)
    requests.time_s(document, "Timestamp")
    if requests.text(document, "RuleName", longest=_MAX_RULE_NAME) is None:
        requests.refuse("RuleName", "the name of a sampling rule")
    client_id = requests.text(document, "ClientID")
    if client_id is None or len(client_id) != _CLIENT_ID_LENGTH:
        requests.refuse("ClientID", f"a string of {_CLIENT_ID_LENGTH} characters")


def _ok(result: dict[str, Any]) -> ApiResponse:
    return ApiResponse(200, {"Content-Type": "application/json"}, orjson.dumps(result))


def _unknown(path: str) -> ApiResponse:
    operation = NOT_BUILT_YET.get(path)
    if operation is None:
        return _error(404, "UnknownOperationException", f"X-Ray has no operation at {path}.")
    message = f"{operation} is not implemented by the embedded AWS yet."
    return _error(400, "InvalidRequestException", message)


def _error(status: int, code: str, message: str) -> ApiResponse:
    headers = {"Content-Type": "application/json", "X-Amzn-ErrorType": code}
    return ApiResponse(status, headers, orjson.dumps({"Message": message, "message": message}))
