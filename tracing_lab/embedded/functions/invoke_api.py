"""Lambda's Invoke over HTTP: what plain ``boto3.client("lambda").invoke`` talks to."""

import base64
import json
import logging
import re
from collections.abc import Mapping
from urllib.parse import parse_qs, unquote

from tracing_lab.embedded.http.messages import (
    HttpRequest,
    HttpResponse,
    error_response,
    json_response,
)
from tracing_lab.embedded.model import (
    MAX_INVOKE_BYTES,
    AcceptEvent,
    Catalog,
    FunctionSpec,
    Invocation,
    InvokeFunction,
    Throttled,
)
from tracing_lab.embedded.protocol.trace_header import HEADER_NAME, TraceHeader

_LOGGER = logging.getLogger(__name__)

_INVOKE = re.compile(
    r"/2015-03-31/functions/(?P<function>[^/]+)/invocations"
    r"|/2014-11-13/functions/(?P<async>[^/]+)/invoke-async/?"  # InvokeAsync, the older form
)

MAX_PAYLOAD_BYTES: Mapping[str, int] = {"RequestResponse": MAX_INVOKE_BYTES, "Event": 1024**2}
"""Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


def is_invoke(request: HttpRequest) -> bool:
    """Tell whether a Lambda request runs a function.

    Examples
    --------
    >>> is_invoke(HttpRequest("POST", "/2015-03-31/functions/f/invocations"))
    True
    """
    return request.method == "POST" and _INVOKE.fullmatch(request.path) is not None


def invoked_function(request: HttpRequest) -> str | None:
    """Give the name or ARN in the path of an invoke request, still percent-encoded.

    Examples
    --------
    >>> invoked_function(HttpRequest("POST", "/2015-03-31/functions/f/invocations"))
    'f'
    """
    match = _INVOKE.fullmatch(request.path)
    return match["function"] or match["async"] if match else None


class LambdaApi:
    """Answers Invoke requests.

    Parameters
    ----------
    catalog
        Knows the functions.
    invoke
        Runs one and waits.
    accept
        Queues an event for one.
    """

    def __init__(self, catalog: Catalog, *, invoke: InvokeFunction, accept: AcceptEvent) -> None:
        self._catalog = catalog
        self._invoke = invoke
        self._accept = accept

    async def handle(self, request: HttpRequest) -> HttpResponse:
        """Run the function that the path names, as the invocation type header asks."""
        kind = _kind(request)
        try:
            function = self._function(request)
        except KeyError as error:
            message = f"Function not found: {error.args[0]}"
            return error_response(404, "ResourceNotFoundException", message)
        refusal = _refusal(kind, request.body)
        if refusal is not None:
            return refusal
        if kind == "DryRun":
            return HttpResponse(204)
        invocation = Invocation(
            function=function,
            payload=request.body or b"{}",
            trace_header=TraceHeader.parse(request.header(HEADER_NAME)),
            client_context=request.header("X-Amz-Client-Context"),
        )
        if kind == "Event":
            return await self._queue(invocation)
        return await self._answer(invocation, tail=request.header("X-Amz-Log-Type") == "Tail")

    def _function(self, request: HttpRequest) -> FunctionSpec:
        name = unquote(invoked_function(request) or request.path)
        qualifier = parse_qs(request.query).get("Qualifier", [None])[0]
        return self._catalog.function(name, qualifier)

    async def _queue(self, invocation: Invocation) -> HttpResponse:
        try:
            request_id = await self._accept(invocation)
        except Throttled as throttled:
            return _throttled(throttled)
        except OSError as error:
            _LOGGER.exception("an event for %s could not be kept", invocation.function.arn)
            return _service_exception(f"The event could not be kept: {error}")
        return HttpResponse(202, (("x-amzn-RequestId", request_id),))

    async def _answer(self, invocation: Invocation, *, tail: bool) -> HttpResponse:
        try:
            result = await self._invoke(invocation)
        except Throttled as throttled:
            return _throttled(throttled)
        headers = {
            "Content-Type": "application/json",
            "x-amzn-RequestId": result.request_id,
            "X-Amz-Executed-Version": invocation.function.version,
        }
        if result.function_error:
            headers["X-Amz-Function-Error"] = result.function_error
        if tail:
            headers["X-Amz-Log-Result"] = base64.b64encode(result.log_tail).decode()
        return HttpResponse(result.status_code, tuple(headers.items()), result.payload)


def _kind(request: HttpRequest) -> str:
    if request.path.startswith("/2014-11-13/"):
        return "Event"
    return request.header("X-Amz-Invocation-Type") or "RequestResponse"


def _throttled(throttled: Throttled) -> HttpResponse:
    code = "TooManyRequestsException"
    content = {"Type": "User", "Reason": throttled.reason, "message": "Rate Exceeded."}
    return json_response(429, content, headers={"x-amzn-ErrorType": code})


def _service_exception(message: str) -> HttpResponse:
    headers = {"x-amzn-ErrorType": "ServiceException"}
    return json_response(500, {"Type": "Service", "Message": message}, headers=headers)


def _refusal(kind: str, payload: bytes) -> HttpResponse | None:
    if kind == "DryRun":
        return None
    limit = MAX_PAYLOAD_BYTES.get(kind)
    if limit is None:
        message = f"Unsupported invocation type: {kind}"
        return error_response(400, "InvalidParameterValueException", message)
    if len(payload) > limit:
        message = f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
        return error_response(413, "RequestEntityTooLargeException", message)
    try:
        json.loads(payload or b"{}")
    except (ValueError, RecursionError) as error:
        message = f"Could not parse request body into json: {error}"
        return error_response(400, "InvalidRequestContentException", message)
    return None
