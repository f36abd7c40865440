"""Calls of AWS's operations that EventBridge Scheduler makes with the roles of schedules."""

import asyncio
from collections.abc import Awaitable, Callable

import orjson

from tracing_lab.embedded.eventbridge.bus import Bus
from tracing_lab.embedded.eventbridge.put_events_api import put_events_response
from tracing_lab.embedded.functions.invoke_api import INVOKING, LambdaApi
from tracing_lab.embedded.http.messages import HttpResponse, error_response
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.function_names import with_plain_function
from tracing_lab.embedded.protocol.outgoing import error_in
from tracing_lab.embedded.protocol.requests import request_call
from tracing_lab.embedded.region.roles import Assumable, Denial
from tracing_lab.embedded.scheduler.model import PRINCIPAL, TargetError, TargetOperation

_FIRST_ERROR, _FIRST_SERVER_ERROR, _TOO_MANY = 400, 500, 429
_OF_ONE_REGION = frozenset({"lambda", "events"})

Handle = Callable[[ApiCall], Awaitable[HttpResponse]]
"""Responds to a call."""


class RoleCalls:
    """Makes calls with a role.

    Parameters
    ----------
    region
        The region's name.
    account_id
        The account of roles and targets.
    assumable
        Evaluates trust policies.
    denial
        Evaluates the policies of roles.
    handle
        Responds to calls.
    """

    def __init__(
        self,
        region: str,
        account_id: str,
        *,
        assumable: Assumable,
        denial: Denial,
        handle: Handle,
    ) -> None:
        self._region = region
        self._account_id = account_id
        self._assumable = assumable
        self._denial = denial
        self._handle = handle

    async def call(self, role_arn: str, operation: TargetOperation) -> None:
        """Call an operation with a role.

        Raises
        ------
        TargetError
            The role may not be assumed, or may not call the operation, or the call failed.
        """
        call = self._call_of(operation)
        denial = await asyncio.to_thread(self._denial_of, role_arn, call)
        if denial is not None:
            code = "AccessDeniedException"
            raise TargetError(code, denial, is_permanent=True)
        response = await self._handle(call)
        error = error_of(operation.service, operation.name, response)
        if error is not None:
            raise error

    def _call_of(self, operation: TargetOperation) -> ApiCall:
        region = operation.region or self._region
        if operation.service in _OF_ONE_REGION and region != self._region:
            code = "ValidationException"
            message = f"targets in other regions are not simulated; use one in {self._region}"
            raise TargetError(code, message, is_permanent=True)
        try:
            call = request_call(
                operation.service,
                operation.name,
                operation.members,
                caller="scheduler",
                region=region,
            )
        except (KeyError, ValueError) as error:
            code = "ValidationException"
            raise TargetError(code, str(error), is_permanent=True) from error
        return with_plain_function(call, account_id=self._account_id)

    def _denial_of(self, role_arn: str, call: ApiCall) -> str | None:
        if not self._assumable(role_arn, PRINCIPAL):
            return f"{PRINCIPAL} may not assume {role_arn}; it must exist, and its trust allow it"
        return self._denial(role_arn, call, PRINCIPAL)


def handler(lambda_api: LambdaApi, bus: Bus, control: Callable[[ApiCall], HttpResponse]) -> Handle:
    """Return what responds to calls, in the data planes of a region or its control plane."""

    async def handle(call: ApiCall) -> HttpResponse:
        if call.key in INVOKING:
            return await lambda_api.handle(call)
        if call.key == ("events", "PutEvents"):
            return await _put_events(bus, call)
        return await asyncio.to_thread(control, call)

    return handle


def error_of(service: str, operation: str, response: HttpResponse) -> TargetError | None:
    """Return the error in the response to a call, None if it has none.

    Examples
    --------
    >>> response = error_response(404, "ResourceNotFoundException", "no such function")
    >>> error = error_of("lambda", "Invoke", response)
    >>> error.code, str(error), error.is_permanent
    ('ResourceNotFoundException', 'no such function', True)
    >>> error_of("lambda", "Invoke", HttpResponse(202)) is None
    True
    """
    error = error_in(service, operation, response)
    if error is None:
        return None
    is_permanent = response.status < _FIRST_SERVER_ERROR and response.status != _TOO_MANY
    return TargetError(error.code, str(error), is_permanent=is_permanent)


async def _put_events(bus: Bus, call: ApiCall) -> HttpResponse:
    """Put events; an entry that is rejected is an error of the call."""
    response = await put_events_response(call, bus)
    entries = orjson.loads(response.body).get("Entries", ())
    for entry in entries:
        if "ErrorCode" in entry:
            return error_response(_FIRST_ERROR, entry["ErrorCode"], entry["ErrorMessage"])
    return response
