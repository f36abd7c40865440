"""Integrations of HTTP APIs that call AWS services other than Lambda.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services.html
"""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from tracing_lab.embedded.apigateway.calls import BackendCall
from tracing_lab.embedded.apigateway.integrations.queue_forms import queue_response
from tracing_lab.embedded.apigateway.integrations.service_integration import CallService, RoleError
from tracing_lab.embedded.apigateway.integrations.service_requests import service_call
from tracing_lab.embedded.apigateway.integrations.service_uris import ServiceUri
from tracing_lab.embedded.apigateway.mapping.requests import IntegrationRequest
from tracing_lab.embedded.http.messages import REQUEST_ID, HttpResponse

from .exchange import INTERNAL, UNAVAILABLE, HttpExchange, HttpOutcome, HttpProblem
from .integration import problem_response
from .parameters import parameter
from .specs import HttpIntegrationSpec
from .subtypes import SUBTYPES, Subtype

_LOGGER = logging.getLogger(__name__)

_TARGETS = {"events": "AWSEvents", "sqs": "AmazonSQS"}
_OBJECTS = frozenset({"MessageAttributes", "MessageSystemAttributes", "Resources"})
_NUMBERS = frozenset({"DelaySeconds"})
_NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/"


class ServiceIntegrations:
    """Calls services for routes, with the roles of their integrations.

    Parameters
    ----------
    call_service
        Calls a service with a role.
    clock
        Epoch seconds.
    """

    def __init__(self, call_service: CallService, clock: Callable[[], float]) -> None:
        self._call_service = call_service
        self._clock = clock

    async def outcome(
        self, exchange: HttpExchange, integration: HttpIntegrationSpec
    ) -> HttpOutcome:
        """Return the response of a route's service, or that to a failed call."""
        started_s, subtype = self._clock(), SUBTYPES[integration.subtype]
        try:
            async with asyncio.timeout(integration.timeout_s):
                response = await self._response(exchange, integration, subtype)
        except (RoleError, ValueError) as error:
            return self._failed(exchange, INTERNAL, str(error), started_s)
        except TimeoutError:
            detail = f"The service did not respond within {integration.timeout_s:g} s"
            return self._failed(exchange, UNAVAILABLE, detail, started_s)
        request_id = dict(response.headers).get(REQUEST_ID)
        call = BackendCall(started_s, self._clock(), response.status, request_id)
        return HttpOutcome(response, call=call)

    async def _response(
        self, exchange: HttpExchange, integration: HttpIntegrationSpec, subtype: Subtype
    ) -> HttpResponse:
        members = _members(exchange, integration, subtype)
        headers = {"X-Amz-Target": [f"{_TARGETS[subtype.service]}.{subtype.operation}"]}
        request = IntegrationRequest(headers=headers, body=json.dumps(members).encode())
        uri = ServiceUri(exchange.region, subtype.service, subtype.operation, "/")
        call = service_call(uri, request, http_method="POST")
        response = await self._call_service(call, integration.credentials_arn or "")
        return _as_xml(subtype, response) if subtype.service == "sqs" else response

    def _failed(
        self, exchange: HttpExchange, problem: HttpProblem, detail: str, started_s: float
    ) -> HttpOutcome:
        _LOGGER.warning("%s of API %s: %s", exchange.route_key, exchange.api.id, detail)
        call = BackendCall(started_s, self._clock(), problem.status, problem=detail)
        return HttpOutcome(problem_response(problem), problem, call)


def _members(
    exchange: HttpExchange, integration: HttpIntegrationSpec, subtype: Subtype
) -> dict[str, Any]:
    """Return the members of the call, without those that the request does not have."""
    values = {name: parameter(exchange, text) for name, text in integration.parameters.items()}
    members = {name: _typed(name, text) for name, text in values.items() if text is not None}
    return {"Entries": [members]} if subtype.operation == "PutEvents" else members


def _typed(name: str, text: str) -> Any:
    if name in _NUMBERS:
        return int(text)
    return json.loads(text) if name in _OBJECTS else text


def _as_xml(subtype: Subtype, response: HttpResponse) -> HttpResponse:
    """Return a response of SQS in XML, the form of its older protocol.

    That HTTP APIs respond so is unconfirmed.
    """
    converted = queue_response(subtype.operation, response)
    content: dict[str, Any] = json.loads(converted.body)
    if "Error" in content:
        content = {"ErrorResponse": content}
    ((name, inner),) = content.items()
    body = f'<?xml version="1.0"?><{name} xmlns="{_NAMESPACE}">{_written(inner)}</{name}>'
    kept = [pair for pair in converted.headers if pair[0].lower() != "content-type"]
    return HttpResponse(converted.status, (("Content-Type", "text/xml"), *kept), body.encode())


def _written(content: Any) -> str:
    if not isinstance(content, dict):
        return escape(str(content))
    return "".join(f"<{name}>{_written(value)}</{name}>" for name, value in content.items())
