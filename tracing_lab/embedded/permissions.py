"""Where permissions count: calls of functions, their logs, their traces and their destinations."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

from .control.mutation import operation_name
from .http import HttpRequest, HttpResponse, error_response
from .iam import AccessDeniedError, Iam
from .iam_actions import Place, questions_of
from .iam_policy import Decision, Question
from .lambda_api import invoked_function, is_invoke
from .model import Catalog, FunctionSpec, Invocation, WriteLogs
from .signature import SigningScope

_LOGGER = logging.getLogger(__name__)
_T = TypeVar("_T")

_FUNCTION_LOGS = "/aws/lambda/"
_DELIVERIES = {
    "events": "events:PutEvents",
    "lambda": "lambda:InvokeFunction",
    "sns": "sns:Publish",
    "sqs": "sqs:SendMessage",
}
"""What the role of a function needs for its destinations and dead letters."""


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
        if not self._iam.knows(scope.access_key):
            return None  # the user's own call
        try:
            for question in self._questions(scope, request):
                self._iam.authorise(scope.access_key, question)
        except AccessDeniedError as error:
            return refused(scope.service, request, str(error))
        return None

    def may_deliver(self, function: FunctionSpec, arn: str) -> bool:
        """Tell whether Lambda may send there what the function gave or left, for its role."""
        action = _DELIVERIES.get(arn.split(":")[2] if arn.count(":") > 1 else "")
        return action is None or self._may(function, Question(action, arn))

    def denial(self, access_key: str, question: Question) -> str | None:
        """Tell why the owner of a key may not do something; None when it may."""
        try:
            self._iam.authorise(access_key, question)
        except AccessDeniedError as error:
            return str(error)
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

    def _questions(self, scope: SigningScope, request: HttpRequest) -> list[Question]:
        if scope.service == "lambda" and is_invoke(request):
            return [Question("lambda:InvokeFunction", self._function_arn(request))]
        place = Place(scope.region, self._catalog.account_id)
        return questions_of(scope.service, request, place)

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


def refused(service: str, request: HttpRequest, message: str) -> HttpResponse:
    """Word a refusal as the service's protocol has it.

    Parameters
    ----------
    service
        As the request is signed for.
    request
        The request.
    message
        Who may not do what.
    """
    if request.header("X-Amz-Target"):
        return error_response(400, "AccessDeniedException", message)
    if service == "s3":
        error = f"<Error><Code>AccessDenied</Code><Message>{escape(message)}</Message></Error>"
        return _xml(error)
    if operation_name(request) is not None:  # the query protocol
        code = "AuthorizationError" if service == "sns" else "AccessDenied"
        return _xml(
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
            f"<Message>{escape(message)}</Message></Error></ErrorResponse>"
        )
    return error_response(403, "AccessDeniedException", message)


def _xml(text: str) -> HttpResponse:
    return HttpResponse(403, (("Content-Type", "text/xml"),), text.encode())
