"""Powertools for AWS Lambda, which many functions use, understands events and is understood."""

import json
from typing import Any

import pytest
from aws_lambda_powertools.event_handler import (
    APIGatewayHttpResolver,
    APIGatewayRestResolver,
    LambdaFunctionUrlResolver,
    Response,
)
from aws_lambda_powertools.shared.cookies import Cookie
from http_world import ROUTE, STAGE, HttpWorld, exchange_of

from tracing_lab.embedded.apigateway.http_apis.events import event_2_0
from tracing_lab.embedded.apigateway.http_apis.events_1_0 import event_1_0
from tracing_lab.embedded.apigateway.http_apis.responses import response_1_0, response_2_0
from tracing_lab.embedded.apigateway.http_apis.specs import HttpStageSpec
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse

REQUEST = HttpRequest("GET", "/orders/7", "q=a&q=b", (("Cookie", "c=1"), ("X-Name", "me")), b"{}")


def app_of(resolver: Any) -> Any:
    """Return an app that tells what it received."""
    app = resolver()

    def order(number: str) -> Any:
        event = app.current_event
        seen = {"number": number, "name": event.headers["x-name"]}
        cookie = Cookie("made", "1", secure=False)
        return Response(201, "application/json", json.dumps(seen), cookies=[cookie])

    app.get("/orders/<number>")(order)
    return app


def shown(response: HttpResponse) -> tuple[int, Any, list[str]]:
    cookies = [value for name, value in response.headers if name.lower() == "set-cookie"]
    return response.status, json.loads(response.body), cookies


EXPECTED = (201, {"number": "7", "name": "me"}, ["made=1"])


@pytest.mark.parametrize("stage", ["$default", "prod"])
def test_http_apis_of_both_formats(stage: str) -> None:
    exchange = exchange_of(REQUEST, "/orders/7", HttpStageSpec(stage, "d1", (ROUTE,)))
    result = app_of(APIGatewayHttpResolver).resolve(event_2_0(exchange), None)
    assert shown(response_2_0(json.dumps(result).encode(), default_type="x/y")) == EXPECTED


def test_format_1_0() -> None:
    exchange = exchange_of(REQUEST, "/orders/7", STAGE)
    result = app_of(APIGatewayRestResolver).resolve(event_1_0(exchange), None)
    assert shown(response_1_0(json.dumps(result).encode())) == EXPECTED


def test_function_urls() -> None:
    world = HttpWorld()
    world.send_to_url("/orders/7", ("X-Name", "me"))
    result = app_of(LambdaFunctionUrlResolver).resolve(world.event(), None)
    assert shown(response_2_0(json.dumps(result).encode(), default_type="x/y")) == EXPECTED
