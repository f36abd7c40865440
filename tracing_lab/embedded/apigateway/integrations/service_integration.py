"""Integrations with AWS services other than Lambda.

https://docs.aws.amazon.com/apigateway/latest/developerguide/getting-started-aws-proxy.html
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from tracing_lab.embedded.apigateway.calls import ServiceResult
from tracing_lab.embedded.apigateway.default_responses import failed
from tracing_lab.embedded.apigateway.mapping.requests import (
    UnsupportedTypeError,
    integration_request,
)
from tracing_lab.embedded.apigateway.mapping.responses import client_response, selected
from tracing_lab.embedded.apigateway.mapping.sources import MappingSources, Message, sources_of
from tracing_lab.embedded.apigateway.model import Exchange, Failure, MethodRoute, StageResponse
from tracing_lab.embedded.apigateway.velocity.errors import TemplateError
from tracing_lab.embedded.http.messages import REQUEST_ID, HttpResponse
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.xray_model.trace_header import HEADER_NAME

from .function_calls import with_stage_variables
from .lambda_integration import traced
from .queue_forms import FormError, queue_response
from .service_requests import is_form, resources_of, service_call, service_url
from .service_responses import as_json
from .service_uris import ServiceUri, parse_uri

LOGGER = logging.getLogger(__name__)


class RoleError(Exception):
    """API Gateway may not assume an integration's role."""


CallService = Callable[[ApiCall, str], Awaitable[HttpResponse]]
"""Calls a service with a role, by ARN; RoleError if API Gateway may not assume it."""


class ServiceIntegration:
    """Calls services for the methods of REST APIs.

    Parameters
    ----------
    clock
        Epoch seconds.
    timeout_s
        Longest time for a service's response, if the integration has none of its own.
    """

    def __init__(self, *, clock: Callable[[], float], timeout_s: float) -> None:
        self.call_service: CallService = _not_connected
        self._clock = clock
        self._timeout_s = timeout_s

    async def call(self, exchange: Exchange, route: MethodRoute) -> StageResponse:
        """Call the service of a method and return the response, also for failures."""
        try:
            outcome = await self._outcome(exchange, route)
        except UnsupportedTypeError:
            return failed(Failure.UNSUPPORTED_TYPE)
        except (FormError, RoleError, TemplateError) as error:
            LOGGER.warning("Method %s: %s", route.method.name, error)
            return failed(Failure.INTERNAL)
        return replace(outcome, response=traced(outcome.response, exchange))

    async def _outcome(self, exchange: Exchange, route: MethodRoute) -> StageResponse:
        method, sources = route.method, sources_of(exchange, route)
        uri = parse_uri(with_stage_variables(method.integration.uri, exchange.stage.variables))
        if uri is None or method.credentials_arn is None:
            LOGGER.warning("Method %s: %s names no service", method.name, method.integration.uri)
            return failed(Failure.INTERNAL)
        request = integration_request(method.integration, sources)
        header = (HEADER_NAME, exchange.trace.for_function().format())
        call = service_call(uri, request, header, http_method=method.integration_method)
        started_s = self._clock()
        timeout_s = method.timeout_s or self._timeout_s
        try:
            async with asyncio.timeout(timeout_s):
                response = await self.call_service(call, method.credentials_arn)
        except TimeoutError:
            problem = f"The service did not respond within {timeout_s:g} s"
            late = HttpResponse(Failure.TIMED_OUT.status)
            ended = self._ended(uri, call, late, started_s)
            return replace(failed(Failure.TIMED_OUT), call=replace(ended, problem=problem))
        if is_form(uri, request):
            response = _as_json(call, response)
        ended = self._ended(uri, call, response, started_s)
        return _mapped(route, sources, response, ended, request.response_override)

    def _ended(
        self, uri: ServiceUri, call: ApiCall, response: HttpResponse, started_s: float
    ) -> ServiceResult:
        return ServiceResult(
            service=call.service,
            operation=call.operation or "",
            url=service_url(uri, call),
            started_s=started_s,
            ended_s=self._clock(),
            status=response.status,
            resources=resources_of(call),
            content_length=len(response.body),
            request_id=dict(response.headers).get(REQUEST_ID),
        )


def _as_json(call: ApiCall, response: HttpResponse) -> HttpResponse:
    if call.service == "sqs":
        return queue_response(call.operation or "", response)
    return as_json(response)


def _mapped(
    route: MethodRoute,
    sources: MappingSources,
    response: HttpResponse,
    ended: ServiceResult,
    override: object,
) -> StageResponse:
    chosen = selected(route.method.integration.responses, str(response.status))
    headers = {name: [value] for name, value in response.headers}
    message = Message(headers=headers, body=response.body)
    changed = override if isinstance(override, dict) else {}
    made = chosen and client_response(chosen, sources, message, changed)
    if not made:
        problem = f"No integration response fits; Endpoint Response Status Code: {ended.status}"
        return replace(failed(Failure.INTERNAL), call=replace(ended, problem=problem))
    return StageResponse(made, call=ended)


async def _not_connected(_call: ApiCall, _role_arn: str) -> HttpResponse:
    msg = "there are no services"
    raise RoleError(msg)
