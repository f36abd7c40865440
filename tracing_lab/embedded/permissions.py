"""Where permissions count: calls of functions, their logs, their traces and their destinations."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

from .functions.invoke_api import invoked_function, is_invoke
from .http.callers import Callers
from .http.messages import HttpRequest, HttpResponse, error_response
from .http.peers import Peer
from .iam.access import FUNCTION_KEY_PREFIX, AccessDeniedError, Iam, InvalidKeyError
from .iam.actions import Place, questions_of
from .iam.call_form import ambiguity
from .iam.policy import Decision, Question
from .model import Catalog, FunctionSpec, Invocation, WriteLogs
from .protocol.api_call import read_call
from .protocol.operations import operation_name, rpc_operation
from .protocol.signature import SigningScope, claimed_keys

_LOGGER = logging.getLogger(__name__)
_T = TypeVar("_T")

_OWN_KEY = "A function may use the credentials in its own environment variables only."

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
    callers
        Knows which calls come from functions' processes; without it, keys alone tell.
    """

    def __init__(self, iam: Iam, catalog: Catalog, callers: Callers | None = None) -> None:
        self._iam = iam
        self._catalog = catalog
        self._callers = callers or Callers(tuple)

    def refusal(self, scope: SigningScope, request: HttpRequest) -> HttpResponse | None:
        """Return the answer to a call that its caller may not make; None when it may."""
        try:
            self._check_key(scope.access_key, request.peer)
            self._authorise(scope, request)
        except InvalidKeyError as error:
            return invalid_key(scope.service, request, f"{error} {_OWN_KEY}")
        except AccessDeniedError as error:
            return refused(scope.service, request, str(error))
        return None

    def key_problem(self, request: HttpRequest) -> str | None:
        """Return why a call of an API's stage has a key that its caller may not use, or None.

        Parameters
        ----------
        request
            The call, signed or not.
        """
        try:
            for access_key in claimed_keys(request):
                self._check_key(access_key, request.peer)
        except InvalidKeyError as error:
            return f"{error} {_OWN_KEY}"
        return None

    def _check_key(self, access_key: str, peer: Peer | None) -> None:
        """Return when a key is valid for who uses it.

        A function may use its environment's, and those that STS gave out for a role; its user may
        use any that has not ended.
        """
        caller = self._callers.function_of(peer)
        is_known = self._iam.principal(access_key) is not None
        if caller is None or (is_known and access_key == caller.access_key):
            return
        if not is_known or access_key.startswith(FUNCTION_KEY_PREFIX):
            _LOGGER.warning("function %r called with a key that is not its own", caller.name)
            raise InvalidKeyError

    def _authorise(self, scope: SigningScope, request: HttpRequest) -> None:
        principal = self._iam.principal(scope.access_key)
        if principal is None:
            return  # the user's own call
        unclear = ambiguity(scope, request)
        if unclear is not None:
            message = f"User: {principal.arn} is not authorized to perform this request: {unclear}"
            raise AccessDeniedError(message)
        for question in self._questions(scope, request):
            self._iam.authorise(scope.access_key, question)

    def may_deliver(self, function: FunctionSpec, arn: str) -> bool:
        """Tell whether Lambda may send there what the function gave or left, for its role."""
        action = _DELIVERIES.get(arn.split(":")[2] if arn.count(":") > 1 else "")
        return action is None or self._may(function, Question(action, arn))

    def denial(self, access_key: str, question: Question) -> str | None:
        """Tell why the owner of a key may not do something; None when it may."""
        try:
            self._iam.authorise(access_key, question)
        except (AccessDeniedError, InvalidKeyError) as error:
            return str(error)
        return None

    def daemon_refusal(self, request: HttpRequest) -> HttpResponse | None:
        """Return the answer to a call through the X-Ray daemon that its function may not make.

        The daemon would sign it with the role's credentials, so it is not signed here.

        Parameters
        ----------
        request
            The call.
        """
        operation = read_call("xray", request).operation or "Unknown"
        denial = self.denial_for(request.peer, f"xray:{operation}")
        return None if denial is None else error_response(403, "AccessDeniedException", denial)

    def denial_for(self, peer: Peer | None, action: str) -> str | None:
        """Return why a caller without a signature may not do something; None when it may.

        Only functions are asked about, each by its own role.

        Parameters
        ----------
        peer
            Where the call came from.
        action
            For example ``xray:PutTraceSegments``.
        """
        caller = self._callers.function_of(peer)
        if caller is None:
            return None
        if not caller.access_key:
            return str(InvalidKeyError())
        return self.denial(caller.access_key, Question(action))

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
                invocation = invocation._replace(function=silent)
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
    """Return a refusal as the service's protocol words it.

    Parameters
    ----------
    service
        As the request is signed for.
    request
        The request.
    message
        Who may not do what.
    """
    query_code = "AuthorizationError" if service == "sns" else "AccessDenied"
    codes = _Codes(json="AccessDeniedException", query=query_code, s3="AccessDenied")
    return _worded(service, request, codes, message)


def invalid_key(service: str, request: HttpRequest, message: str) -> HttpResponse:
    """Return the answer to a key that is not valid, as the service's protocol words it.

    Parameters
    ----------
    service
        As the request is signed for.
    request
        The request.
    message
        What is wrong with the key.
    """
    codes = _Codes(
        json="UnrecognizedClientException", query="InvalidClientTokenId", s3="InvalidAccessKeyId"
    )
    return _worded(service, request, codes, message)


@dataclass(frozen=True)
class _Codes:
    """An error's code in each protocol."""

    json: str
    query: str
    s3: str


def _worded(service: str, request: HttpRequest, codes: _Codes, message: str) -> HttpResponse:
    text = escape(message)
    if service == "s3":
        return _xml(f"<Error><Code>{codes.s3}</Code><Message>{text}</Message></Error>")
    if request.header("X-Amz-Target"):
        return error_response(400, codes.json, message)
    if operation_name(request) is not None and rpc_operation(request) is None:  # query protocol
        return _xml(
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{codes.query}</Code>"
            f"<Message>{text}</Message></Error></ErrorResponse>"
        )
    return error_response(403, codes.json, message)


def _xml(text: str) -> HttpResponse:
    return HttpResponse(403, (("Content-Type", "text/xml"),), text.encode())
