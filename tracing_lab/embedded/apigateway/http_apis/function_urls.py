"""The data plane of function URLs.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from tracing_lab.embedded.apigateway.admission.authorization import condition_values
from tracing_lab.embedded.apigateway.default_responses import with_headers
from tracing_lab.embedded.apigateway.integrations.waiting import FunctionCalls
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse, error_response
from tracing_lab.embedded.iam.policy import AuthorizationRequest, Decision, decide
from tracing_lab.embedded.iam.resource_policy import statements_about
from tracing_lab.embedded.model import MAX_INVOKE_BYTES, FunctionSpec, Invocation, Throttled
from tracing_lab.embedded.protocol.function_results import MalformedResponseError
from tracing_lab.embedded.protocol.identifiers import random_uuid
from tracing_lab.embedded.protocol.signature import signing_scope
from tracing_lab.xray_model.trace_header import HEADER_NAME, TraceHeader
from tracing_lab.xray_model.trace_ids import new_trace_id

from .cors import is_preflight, preflight_response, with_cors
from .events import context_of, request_members
from .responses import JSON_TYPE, response_2_0
from .signers import Signers
from .specs import FunctionUrlSpec, HttpCatalog

_LOGGER = logging.getLogger(__name__)

_REQUEST_ID = "x-amzn-RequestId"
_HELP = "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
_FORBIDDEN = f"Forbidden. For troubleshooting Function URL authorization issues, see: {_HELP}"
_PREFLIGHT_STATUS = 200
_URL_ACTION, _INVOKE_ACTION = "lambda:InvokeFunctionUrl", "lambda:InvokeFunction"

ObserveUrl = Callable[[str, int, float], None]
"""Called for every finished request, with the function's name, the status and the seconds."""


@dataclass(frozen=True)
class _UrlRequest:
    """A request to a function URL."""

    request: HttpRequest
    path: str
    url: FunctionUrlSpec
    request_id: str
    trace: TraceHeader
    trace_text: str
    started_s: float


class FunctionUrls:
    """The function URLs of a region.

    Parameters
    ----------
    catalog
        Has function URLs, and the policies of functions.
    calls
        Runs functions.
    signers
        Evaluates the policies of the signers of requests.
    observe
        Called for every finished request.
    clock
        Epoch seconds.
    """

    def __init__(
        self,
        *,
        catalog: HttpCatalog,
        calls: FunctionCalls,
        signers: Signers,
        observe: ObserveUrl,
        clock: Callable[[], float],
    ) -> None:
        self._catalog = catalog
        self._calls = calls
        self._signers = signers
        self._observe = observe
        self._clock = clock

    async def handle(self, request: HttpRequest, url_id: str, path: str) -> HttpResponse:
        """Return the response to a request; every failure is a response, too."""
        started_s, request_id = self._clock(), random_uuid()
        try:
            url = self._catalog.function_url(url_id)
            function = self._catalog.function(url.function_arn)
        except KeyError:
            return with_headers(forbidden(), (_REQUEST_ID, request_id))
        incoming = TraceHeader.parse(request.header(HEADER_NAME))
        trace = incoming or TraceHeader(new_trace_id(started_s))
        text = request.header(HEADER_NAME) if incoming else trace.format()
        received = _UrlRequest(request, path, url, request_id, trace, text or "", started_s)
        response = await self._response(received, function)
        self._observe(function.name, response.status, self._clock() - started_s)
        root = trace.with_parent(None).format()
        return with_headers(response, (_REQUEST_ID, request_id), (HEADER_NAME, root))

    async def _response(self, received: _UrlRequest, function: FunctionSpec) -> HttpResponse:
        request, cors = received.request, received.url.cors
        if cors is not None and is_preflight(request):
            return preflight_response(request, cors, status=_PREFLIGHT_STATUS)
        reason = self._denial(received)
        if reason is not None:
            _LOGGER.warning("the URL of %s: %s", received.url.function_arn, reason)
            return with_cors(request, forbidden(), cors)
        return with_cors(request, await self._invoked(received, function), cors)

    def _denial(self, received: _UrlRequest) -> str | None:
        """Return why a request is denied, None if it is allowed.

        Both actions have to be allowed, as for all URLs made since October 2025.
        Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
        """
        url, request = received.url, received.request
        by_url = {"lambda:FunctionUrlAuthType": url.auth_type, **condition_values(request)}
        via_url = {"lambda:InvokedViaFunctionUrl": "true", **condition_values(request)}
        needed = (
            AuthorizationRequest(_URL_ACTION, url.function_arn, by_url),
            AuthorizationRequest(_INVOKE_ACTION, url.function_arn, via_url),
        )
        if url.auth_type == "NONE":
            return self._public_denial(url, needed)
        scope = signing_scope(request)
        if scope is not None and scope.service != "lambda":
            return f"the request is signed for {scope.service}, not for lambda"
        return self._signers.problem(request, *needed)

    def _public_denial(
        self, url: FunctionUrlSpec, needed: tuple[AuthorizationRequest, ...]
    ) -> str | None:
        try:
            policy = self._catalog.function_policy(url.function_arn)
        except KeyError:
            return "the function does not exist"
        public = {"Statement": statements_about(policy)}
        missing = (
            request.action
            for request in needed
            if decide([public], request) is not Decision.ALLOWED
        )
        action = next(missing, None)
        return action and f"the function's policy does not allow {action} to everybody"

    async def _invoked(self, received: _UrlRequest, function: FunctionSpec) -> HttpResponse:
        payload = orjson.dumps(self._event(received))
        if len(payload) > MAX_INVOKE_BYTES:
            message = f"Request must be smaller than {MAX_INVOKE_BYTES} bytes"
            return error_response(413, "RequestEntityTooLargeException", message)
        try:
            result = await self._calls.result(Invocation(function, payload, received.trace))
            if result.function_error:
                return _failed()
            return response_2_0(result.payload, default_type=JSON_TYPE)
        except Throttled as throttled:
            content = {"Reason": throttled.reason, "Type": "User", "message": "Rate Exceeded."}
            return _json(429, content, "TooManyRequestsException")
        except MalformedResponseError as error:
            _LOGGER.warning("the response of %s cannot be sent: %s", function.arn, error)
            return _failed()
        except Exception:
            _LOGGER.exception("Invoking %s failed", function.arn)
            return _failed()

    def _event(self, received: _UrlRequest) -> dict[str, Any]:
        request, url = received.request, received.url
        host = request.header("Host") or ""
        signed = url.auth_type != "NONE"
        context = {
            **context_of(request, received.path, host=host, time_s=received.started_s),
            "accountId": self._catalog.account_id if signed else "anonymous",
            "apiId": url.id,
            **({"authorizer": {"iam": self._signers.shown(request)}} if signed else {}),
            "domainPrefix": url.id,
            "requestId": received.request_id,
            "routeKey": "$default",
            "stage": "$default",
        }
        return request_members(request, received.path, received.trace_text, context)


def forbidden() -> HttpResponse:
    """Return the response to a request that is denied.

    Examples
    --------
    >>> forbidden().status
    403
    """
    return _json(403, {"Message": _FORBIDDEN}, "AccessDeniedException")


def _failed() -> HttpResponse:
    headers = (("Content-Type", "application/json"),)  # although it is text
    return HttpResponse(502, headers, b"Internal Server Error")


def _json(status: int, content: Mapping[str, Any], error: str) -> HttpResponse:
    headers = (("Content-Type", JSON_TYPE), ("x-amzn-ErrorType", error))
    return HttpResponse(status, headers, json.dumps(content, separators=(",", ":")).encode())
