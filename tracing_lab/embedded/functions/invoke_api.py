"""Lambda's Invoke operation over HTTP, for example of ``boto3.client("lambda").invoke``."""

import base64
import json
import logging
from collections.abc import Mapping

from tracing_lab.arns import Arn
from tracing_lab.embedded.http.messages import HttpResponse, error_response
from tracing_lab.embedded.model import (
    MAX_INVOKE_BYTES,
    AcceptEvent,
    Catalog,
    Invocation,
    InvokeFunction,
    Throttled,
)
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.xray_model.trace_header import HEADER_NAME, TraceHeader

_LOGGER = logging.getLogger(__name__)

INVOKING = frozenset({("lambda", "Invoke"), ("lambda", "InvokeAsync")})
"""The operations handled here; InvokeAsync is the older form of an event."""

MAX_PAYLOAD_BYTES: Mapping[str, int] = {"RequestResponse": MAX_INVOKE_BYTES, "Event": 1024**2}
"""Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


class LambdaApi:
    """Responds to Invoke requests."""

    def __init__(self, catalog: Catalog, *, invoke: InvokeFunction, accept: AcceptEvent) -> None:
        self._catalog = catalog
        self._invoke = invoke
        self._accept = accept

    async def handle(self, call: ApiCall) -> HttpResponse:
        """Run the function of a call by its invocation type."""
        kind, request = _kind(call), call.request
        name, qualifier = call.path_members["FunctionName"], call.query.get("Qualifier")
        try:
            function = self._catalog.function(name, qualifier)
        except KeyError:
            return self._unknown(name, qualifier)
        problem = _problem(kind, request.body)
        if problem is not None:
            return problem
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

    def _unknown(self, name: str, qualifier: str | None) -> HttpResponse:
        plain, _, in_name = name.partition(":")
        resource = f"function:{plain}:{in_name or qualifier or '$LATEST'}"
        arn = Arn("lambda", self._catalog.region, self._catalog.account_id, resource)
        message = f"Function not found: {name if name.startswith('arn:') else arn}"
        return error_response(404, "ResourceNotFoundException", message, Type="User")

    async def _queue(self, invocation: Invocation) -> HttpResponse:
        try:
            request_id = await self._accept(invocation)
        except Throttled as throttled:
            return _throttled(throttled)
        except OSError as error:
            _LOGGER.exception("an event for %s could not be written", invocation.function.arn)
            return error_response(
                500, "ServiceException", f"The event could not be written: {error}", Type="Service"
            )
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
        return HttpResponse(200, tuple(headers.items()), result.payload)


def _kind(call: ApiCall) -> str:
    if call.operation == "InvokeAsync":
        return "Event"
    return call.request.header("X-Amz-Invocation-Type") or "RequestResponse"


def _throttled(throttled: Throttled) -> HttpResponse:
    code, more = "TooManyRequestsException", {"Type": "User", "Reason": throttled.reason}
    return error_response(429, code, "Rate Exceeded.", **more)


def _problem(kind: str, payload: bytes) -> HttpResponse | None:
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
