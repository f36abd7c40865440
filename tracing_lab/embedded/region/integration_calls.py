"""Calls of AWS services that integrations of REST APIs make, each with the integration's role."""

import asyncio
from collections.abc import Callable

from tracing_lab.embedded.apigateway.integrations.service_integration import RoleError
from tracing_lab.embedded.eventbridge.bus import Bus
from tracing_lab.embedded.eventbridge.put_events_api import put_events_response
from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.iam.call_form import ambiguity
from tracing_lab.embedded.iam.policy import AuthorizationRequest
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.queues.long_poll import poll, wait_of

from .permissions import access_denied
from .roles import Assumable, Denial, RoleMay, service_may

SERVICE = "apigateway.amazonaws.com"

_PUT_EVENTS = ("events", "PutEvents")


class IntegrationCalls:
    """Makes calls of AWS services for integrations.

    Parameters
    ----------
    assumable
        Evaluates trust policies.
    denial, role_may
        Evaluate the policies of roles.
    bus
        Accepts events.
    provision
        Responds to calls of the control plane; blocks.
    """

    def __init__(
        self,
        *,
        assumable: Assumable,
        denial: Denial,
        role_may: RoleMay,
        bus: Bus,
        provision: Callable[[ApiCall], HttpResponse],
    ) -> None:
        self._assumable = assumable
        self._denial = denial
        self._may = service_may(assumable, role_may, SERVICE)
        self._bus = bus
        self._provision = provision

    async def __call__(self, call: ApiCall, role_arn: str) -> HttpResponse:
        """Return a service's response to a call with a role.

        Raises
        ------
        RoleError
            API Gateway may not assume the role.
        """
        if not await asyncio.to_thread(self._assumable, role_arn, SERVICE):
            msg = f"API Gateway does not have permission to assume the provided role {role_arn}"
            raise RoleError(msg)
        denied = ambiguity(call) or await asyncio.to_thread(self._denial, role_arn, call, SERVICE)
        if denied is not None:
            return access_denied(call, denied)
        if call.key == _PUT_EVENTS:
            return await put_events_response(call, self._bus)
        wait_s = wait_of(call)
        return await (poll(self._respond, call, wait_s=wait_s) if wait_s else self._respond(call))

    def may_invoke(self, role_arn: str, function_arn: str) -> bool:
        """Return whether API Gateway may assume a role that may invoke a function."""
        authorization = AuthorizationRequest("lambda:InvokeFunction", function_arn)
        return self._may(role_arn, authorization)

    async def _respond(self, call: ApiCall) -> HttpResponse:
        return await asyncio.to_thread(self._provision, call)
