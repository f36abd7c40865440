"""Where permissions count in the data planes: calls of functions, their logs and their traces."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote

from .http import HttpRequest, HttpResponse, error_response
from .iam import AccessDeniedError, Iam
from .iam_policy import Decision, Question
from .lambda_api import invoked_function
from .model import Catalog, FunctionSpec, Invocation, WriteLogs
from .signature import SigningScope

_LOGGER = logging.getLogger(__name__)
_T = TypeVar("_T")

_DENIED_STATUS = {"events": 400}
_FUNCTION_LOGS = "/aws/lambda/"

# Operations of X-Ray whose path is not their name.
_XRAY_OPERATIONS = {
    "/EncryptionConfig": "GetEncryptionConfig",
    "/Groups": "GetGroups",
    "/SamplingStatisticSummaries": "GetSamplingStatisticSummaries",
    "/SamplingTargets": "GetSamplingTargets",
    "/ServiceGraph": "GetServiceGraph",
    "/TelemetryRecords": "PutTelemetryRecords",
    "/TimeSeriesServiceStatistics": "GetTimeSeriesServiceStatistics",
    "/TraceGraph": "GetTraceGraph",
    "/TraceSegments": "PutTraceSegments",
    "/TraceSummaries": "GetTraceSummaries",
    "/Traces": "BatchGetTraces",
}


class Permissions:
    """Asks IAM at each place of a region's data planes where AWS would.

    Parameters
    ----------
    iam
        Decides and counts.
    catalog
        Knows the functions.
    """

    def __init__(self, iam: Iam, catalog: Catalog) -> None:
        self._iam = iam
        self._catalog = catalog

    def refusal(self, scope: SigningScope, request: HttpRequest) -> HttpResponse | None:
        """Give the answer to a call that its role may not make; None when it may."""
        try:
            for question in self._questions(scope.service, request):
                self._iam.authorise(scope.access_key, question)
        except AccessDeniedError as error:
            status = _DENIED_STATUS.get(scope.service, 403)
            return error_response(status, "AccessDeniedException", str(error))
        return None

    def guard_logs(self, write: WriteLogs) -> WriteLogs:
        """Let a function's log events through only when its role may write them.

        As on AWS nobody is told but the reader, who finds no log.
        """

        def guarded(group: str, stream: str, events: list[tuple[int, str]]) -> None:
            if self._may_log(group, stream):
                write(group, stream, events)

        return guarded

    def guard_traces(
        self, call: Callable[[Invocation], Awaitable[_T]]
    ) -> Callable[[Invocation], Awaitable[_T]]:
        """Have a function run without segments of its own when its role may not send traces."""

        async def guarded(invocation: Invocation) -> _T:
            function = invocation.function
            if function.tracing_mode == "Active" and not self._may_trace(function):
                silent = replace(function, tracing_mode="PassThrough")
                invocation = replace(invocation, function=silent)
            return await call(invocation)

        return guarded

    def _questions(self, service: str, request: HttpRequest) -> list[Question]:
        if service == "xray":
            operation = _XRAY_OPERATIONS.get(request.path, request.path.lstrip("/"))
            return [Question(f"xray:{operation}")]
        if service == "apigateway":
            resource = f"arn:aws:apigateway:{self._catalog.region}::{request.path}"
            return [Question(f"apigateway:{request.method}", resource)]
        if service == "events":
            return [self._about_event(entry) for entry in _entries(request.body)]
        return [Question("lambda:InvokeFunction", self._function_arn(request))]

    def _about_event(self, entry: Mapping[str, Any]) -> Question:
        bus = str(entry.get("EventBusName") or "default")
        place = f"arn:aws:events:{self._catalog.region}:{self._catalog.account_id}"
        return Question(
            "events:PutEvents",
            bus if bus.startswith("arn:") else f"{place}:event-bus/{bus}",
            {
                "events:source": str(entry.get("Source", "")),
                "events:detail-type": str(entry.get("DetailType", "")),
            },
        )

    def _function_arn(self, request: HttpRequest) -> str:
        name = unquote(invoked_function(request) or "")
        qualifier = parse_qs(request.query).get("Qualifier", [None])[0]
        try:
            return self._catalog.function(name, qualifier).arn
        except KeyError:
            return name  # the call itself will say that there is no such function

    def _may_log(self, group: str, stream: str) -> bool:
        try:
            function = self._catalog.function(group.removeprefix(_FUNCTION_LOGS))
        except KeyError:
            return True  # not a function's group, or the function has just been deleted
        place = f"arn:aws:logs:{self._catalog.region}:{self._catalog.account_id}"
        resource = f"{place}:log-group:{group}:log-stream:{stream}"
        return all(
            self._may(function, Question(action, resource))
            for action in ("logs:CreateLogStream", "logs:PutLogEvents")
        )

    def _may_trace(self, function: FunctionSpec) -> bool:
        self._may(function, Question("xray:PutTelemetryRecords"))  # counted; traces do without it
        return self._may(function, Question("xray:PutTraceSegments"))

    def _may(self, function: FunctionSpec, question: Question) -> bool:
        allowed = self._iam.ask(function.role_arn, question) is Decision.ALLOWED
        if not allowed:
            _LOGGER.debug("%s may not %s on %s", function.name, question.action, question.resource)
        return allowed


def _entries(body: bytes) -> list[Mapping[str, Any]]:
    """Give the entries of a PutEvents call; what is malformed is for the bus to refuse."""
    try:
        entries = json.loads(body).get("Entries")
    except (ValueError, AttributeError):
        return []
    return [one for one in entries or [] if isinstance(one, dict)]
