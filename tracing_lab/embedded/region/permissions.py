"""Enforces IAM policies for functions: their calls, logs, traces and destinations."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from tracing_lab.arns import Arn, service_in
from tracing_lab.embedded.functions.invoke_api import INVOKING
from tracing_lab.embedded.http.callers import Callers
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse, error_response
from tracing_lab.embedded.http.peers import Peer
from tracing_lab.embedded.iam.access import AccessDeniedError, CallAuthorizer
from tracing_lab.embedded.iam.actions import authorization_requests
from tracing_lab.embedded.iam.call_form import ambiguity
from tracing_lab.embedded.iam.credentials import FUNCTION_KEY_PREFIX, InvalidKeyError, Principal
from tracing_lab.embedded.iam.policy import AuthorizationRequest, Decision
from tracing_lab.embedded.model import Catalog, FunctionSpec, Invocation, WriteLogs
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import rejection
from tracing_lab.embedded.protocol.signature import claimed_keys

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
"""The action that a function's role needs for its destinations and dead letters."""


class Permissions:
    """Evaluates policies wherever AWS does in a region's data planes.

    Parameters
    ----------
    iam
        Evaluates authorization requests.
    catalog
        Has the functions.
    callers
        Identifies calls of functions' processes; without it, only their keys do.
    """

    def __init__(
        self, iam: CallAuthorizer, catalog: Catalog, callers: Callers | None = None
    ) -> None:
        self._iam = iam
        self._catalog = catalog
        self._callers = callers or Callers(tuple)

    def denial_of(self, call: ApiCall) -> HttpResponse | None:
        """Return the access-denied response to a call; None if it is allowed."""
        try:
            self._check_key(call.scope.access_key, call.request.peer)
            self._authorize(call)
        except InvalidKeyError as error:
            return invalid_key(call, f"{error} {_OWN_KEY}")
        except AccessDeniedError as error:
            return access_denied(call, str(error))
        return None

    def key_problem(self, request: HttpRequest) -> str | None:
        """Return why the caller of an API's stage may not use the key, or None."""
        try:
            for access_key in claimed_keys(request):
                self._check_key(access_key, request.peer)
        except InvalidKeyError as error:
            return f"{error} {_OWN_KEY}"
        return None

    def _check_key(self, access_key: str, peer: Peer | None) -> None:
        """Return if a key is valid for its caller, and raise otherwise.

        A function may use its environment's key, and those that STS issued for a role; the user may
        use any that has not ended.
        """
        caller = self._callers.function_of(peer)
        is_known = self._iam.principal(access_key) is not None
        if caller is None or (is_known and access_key == caller.access_key):
            return
        if not is_known or access_key.startswith(FUNCTION_KEY_PREFIX):
            _LOGGER.warning("function %r called with a key that is not its own", caller.name)
            raise InvalidKeyError

    def _authorize(self, call: ApiCall) -> None:
        principal = self._iam.principal(call.scope.access_key)
        if principal is None:
            return  # the user's own call
        unclear = ambiguity(call)
        if unclear is not None:
            message = f"User: {principal.arn} is not authorized to perform this request: {unclear}"
            raise AccessDeniedError(message)
        for authorization in self._authorizations(call):
            self._iam.authorize(call.scope.access_key, authorization)

    def may_receive(self, function: FunctionSpec, queue_arn: str) -> bool:
        """Return whether the role of a function may receive the messages of a queue."""
        return self._may(function, AuthorizationRequest("sqs:ReceiveMessage", queue_arn))

    def may_read(self, function: FunctionSpec, stream_arn: str) -> bool:
        """Return whether the role of a function may read the records of a table's stream."""
        return all(
            self._may(function, AuthorizationRequest(f"dynamodb:{action}", stream_arn))
            for action in ("DescribeStream", "GetRecords", "GetShardIterator")
        )

    def may_deliver(self, function: FunctionSpec, arn: str) -> bool:
        """Return whether the role of a function may send to a destination or dead-letter queue."""
        action = _DELIVERIES.get(service_in(arn))
        return action is None or self._may(function, AuthorizationRequest(action, arn))

    def principal(self, access_key: str) -> Principal | None:
        """Return the session of a role that a key is of; None for the user's own keys."""
        return self._iam.principal(access_key)

    def identity_arn(self, access_key: str) -> str:
        """Return the identity of a key's owner; for the user's own keys as moto names it."""
        principal = self._iam.principal(access_key)
        if principal is not None:
            return principal.arn
        return str(Arn("sts", "", self._catalog.account_id, "user/moto"))

    def role_may(self, role_arn: str, authorization: AuthorizationRequest, *, service: str) -> bool:
        """Return whether a role that a service has assumed may do something."""
        session = Principal(role_arn, service, is_function=False)
        return self._iam.evaluate(role_arn, authorization, session) is Decision.ALLOWED

    def role_denial(self, role_arn: str, call: ApiCall, service: str) -> str | None:
        """Return why a role that a service has assumed may not make a call; None if it may."""
        session = Principal(role_arn, service, is_function=False)
        authorizations = self._authorizations(call)
        denials = (self._iam.role_denial(session, needed) for needed in authorizations)
        return next(filter(None, denials), None)

    def denial(self, access_key: str, authorization: AuthorizationRequest) -> str | None:
        """Return why an action is denied to the owner of a key; None if it is allowed."""
        try:
            self._iam.authorize(access_key, authorization)
        except (AccessDeniedError, InvalidKeyError) as error:
            return str(error)
        return None

    def daemon_denial(self, call: ApiCall) -> HttpResponse | None:
        """Return the access-denied response to a call through the X-Ray daemon, or None.

        The daemon would sign it with the role's credentials, so it is not signed here.
        """
        action = f"xray:{call.operation or 'Unknown'}"
        denial = self.denial_for(call.request.peer, action)
        return None if denial is None else error_response(403, "AccessDeniedException", denial)

    def denial_for(self, peer: Peer | None, action: str) -> str | None:
        """Return why an action is denied to an unsigned caller; None if it is allowed.

        Only functions are evaluated, each by its own role.

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
        return self.denial(caller.access_key, AuthorizationRequest(action))

    def guard_logs(self, write: WriteLogs) -> WriteLogs:
        """Return a writer that drops a function's log events if its role may not write them.

        As on AWS there is no error, only no log.
        """

        def guarded(group: str, stream: str, events: list[tuple[int, str]]) -> None:
            if self._may_log(group, stream):
                write(group, stream, events)

        return guarded

    def guard_traces(
        self, call: Callable[[Invocation], Awaitable[_T]]
    ) -> Callable[[Invocation], Awaitable[_T]]:
        """Return a runner that sends no segments of a function if its role may not send traces."""

        async def guarded(invocation: Invocation) -> _T:
            function = invocation.function
            if function.tracing_mode == "Active" and not self._may_trace(function):
                silent = replace(function, tracing_mode="PassThrough")
                invocation = invocation._replace(function=silent)
            return await call(invocation)

        return guarded

    def _authorizations(self, call: ApiCall) -> list[AuthorizationRequest]:
        if call.key in INVOKING:
            return [AuthorizationRequest("lambda:InvokeFunction", self._function_arn(call))]
        return authorization_requests(call, self._catalog.account_id)

    def _function_arn(self, call: ApiCall) -> str:
        name = call.path_members["FunctionName"]
        try:
            return self._catalog.function(name, call.query.get("Qualifier")).arn
        except KeyError:
            return name  # the call itself reports that there is no such function

    def _may_log(self, group: str, stream: str) -> bool:
        try:
            function = self._catalog.function(group.removeprefix(_FUNCTION_LOGS))
        except KeyError:
            return True  # not a function's group, or the function has just been deleted
        name = f"log-group:{group}:log-stream:{stream}"
        resource = str(Arn("logs", self._catalog.region, self._catalog.account_id, name))
        return all(
            self._may(function, AuthorizationRequest(action, resource))
            for action in ("logs:CreateLogStream", "logs:PutLogEvents")
        )

    def _may_trace(self, function: FunctionSpec) -> bool:
        self._may(
            function, AuthorizationRequest("xray:PutTelemetryRecords")
        )  # counted, but not required
        return self._may(function, AuthorizationRequest("xray:PutTraceSegments"))

    def _may(self, function: FunctionSpec, authorization: AuthorizationRequest) -> bool:
        allowed = self._iam.evaluate(function.role_arn, authorization) is Decision.ALLOWED
        if not allowed:
            _LOGGER.debug(
                "%s may not %s on %s", function.name, authorization.action, authorization.resource
            )
        return allowed


def access_denied(call: ApiCall, message: str) -> HttpResponse:
    """Return the access-denied response to a call."""
    codes = {"query": "AuthorizationError" if call.service == "sns" else "AccessDenied"}
    return _rejected(call, {**codes, "rest-xml": "AccessDenied"}, "AccessDeniedException", message)


def invalid_key(call: ApiCall, message: str) -> HttpResponse:
    """Return the response to a call with a key that is not valid."""
    codes = {"query": "InvalidClientTokenId", "rest-xml": "InvalidAccessKeyId"}
    return _rejected(call, codes, "UnrecognizedClientException", message)


def _rejected(
    call: ApiCall, codes: Mapping[str, str], json_code: str, message: str
) -> HttpResponse:
    status = 400 if call.protocol == "json" else 403
    return rejection(call, status, codes.get(call.protocol, json_code), message)
