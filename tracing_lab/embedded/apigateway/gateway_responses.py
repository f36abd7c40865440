"""Gateway responses: an API's settings for responses without an integration.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from tracing_lab.embedded.http.messages import HttpResponse, is_header_name, sendable
from tracing_lab.embedded.model import GatewayResponseSpec

from .model import Exchange, Failure, StageResponse

_HEADER_PREFIX = "gatewayresponse.header."
_REQUEST_PREFIX = "method.request."
_JSON = "application/json"
_VARIABLE = re.compile(r"\$(context|stageVariables|method\.request)\.([\w-]+(?:\.[\w-]+)*)")


def reworded(
    outcome: StageResponse, exchange: Exchange, context: Mapping[str, Any]
) -> StageResponse:
    """Return a response with the status, headers and body that the API sets for its type.

    Parameters
    ----------
    outcome
        How the request ended.
    exchange
        The request.
    context
        Values of ``$context`` variables.
    """
    failure = outcome.failure
    spec = _spec(exchange, failure) if failure is not None else None
    if spec is None:
        return outcome
    response = outcome.response
    values = _Values(exchange, context)
    headers = dict(_headers(spec, values))
    content_type, body = _body(spec, exchange, values)
    if body is not None:
        headers.setdefault("Content-Type", content_type)
    ours = {name.lower() for name in headers}
    kept = tuple(pair for pair in response.headers if pair[0].lower() not in ours)
    answer = HttpResponse(
        status=spec.status or response.status,
        headers=(*headers.items(), *kept),
        body=response.body if body is None else body.encode(),
    )
    return replace(outcome, response=answer)


class _Values:
    """The values that a gateway response may use."""

    def __init__(self, exchange: Exchange, context: Mapping[str, Any]) -> None:
        self._exchange = exchange
        self._context = context

    def value(self, name: str) -> str:
        """Return the value of a response parameter's expression; empty if there is none."""
        place, _, key = name.partition(".")
        if place == "context":
            return str(self._context.get(key) or "")
        if place == "stageVariables":
            return str(self._exchange.stage.variables.get(key, ""))
        return self._of_request(name.removeprefix(_REQUEST_PREFIX))

    def _of_request(self, name: str) -> str:
        place, _, key = name.partition(".")
        request, route = self._exchange.request, self._exchange.route
        if place == "header":
            return request.header(key) or ""
        if place == "querystring":
            return dict(parse_qsl(request.query, keep_blank_values=True)).get(key, "")
        return route.path_parameters.get(key, "") if route is not None else ""

    def filled(self, template: str) -> str:
        """Return a template with its variables replaced; other expressions are not evaluated."""
        return _VARIABLE.sub(lambda match: self.value(f"{match[1]}.{match[2]}"), template)


def _spec(exchange: Exchange, failure: Failure) -> GatewayResponseSpec | None:
    """Return the gateway response of a type, else the default of its class."""
    specs = {spec.type: spec for spec in exchange.stage.gateway_responses}
    return specs.get(failure.response_type) or specs.get(f"DEFAULT_{failure.status // 100}XX")


def _headers(spec: GatewayResponseSpec, values: _Values) -> list[tuple[str, str]]:
    return [
        (name.removeprefix(_HEADER_PREFIX), _header_value(expression, values))
        for name, expression in spec.parameters.items()
        if name.startswith(_HEADER_PREFIX) and is_header_name(name.removeprefix(_HEADER_PREFIX))
    ]


def _header_value(expression: str, values: _Values) -> str:
    """Return ``'text'`` literally, anything else as the value of that name."""
    literal = expression[1:-1] if expression[:1] == expression[-1:] == "'" else None
    value = values.value(expression) if literal is None else literal
    return sendable(value)


def _body(spec: GatewayResponseSpec, exchange: Exchange, values: _Values) -> tuple[str, str | None]:
    if not spec.templates:
        return _JSON, None
    accepted = (exchange.request.header("Accept") or _JSON).partition(",")[0].partition(";")[0]
    kind = accepted.strip().lower()
    if kind not in spec.templates:
        kind = _JSON if _JSON in spec.templates else next(iter(spec.templates))
    return kind, values.filled(spec.templates[kind])
