"""Error responses in the API's own words."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.model import GatewayResponseSpec

CORS = GatewayResponseSpec(
    "DEFAULT_4XX", parameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
)


def answer(lab: Any, *specs: GatewayResponseSpec, **request: Any) -> HttpResponse:
    world = lab.World(stage=replace(lab.STAGE, gateway_responses=specs))
    response: HttpResponse = world.handle(**{"path": "/nope", **request})
    return response


def test_the_default_for_its_kind_keeps_status_and_body(lab: Any) -> None:
    response = answer(lab, CORS)
    assert response.status == 403
    assert json.loads(response.body) == {"message": "Missing Authentication Token"}
    assert dict(response.headers)["Access-Control-Allow-Origin"] == "*"
    assert dict(response.headers)["x-amzn-ErrorType"] == "MissingAuthenticationTokenException"


def test_the_response_for_the_type_wins(lab: Any) -> None:
    template = {
        "application/json": '{"why":$context.error.messageString,"id":"$context.requestId"}'
    }
    own = GatewayResponseSpec("MISSING_AUTHENTICATION_TOKEN", 404, templates=template)
    response = answer(lab, CORS, own)
    assert response.status == 404
    assert json.loads(response.body) == {
        "why": "Missing Authentication Token",
        "id": dict(response.headers)["x-amzn-RequestId"],
    }
    assert "Access-Control-Allow-Origin" not in dict(response.headers)


def test_successes_and_other_failures_stay_as_they_are(lab: Any) -> None:
    throttled = GatewayResponseSpec("THROTTLED", 503)
    assert answer(lab, throttled).status == 403
    assert answer(lab, CORS, path="/orders/7").status == 201


@pytest.mark.parametrize(
    "accept, expected", [("text/html, */*", b"<p>"), ("image/png", b"{}"), (None, b"{}")]
)
def test_the_client_s_first_type_chooses_the_template(
    lab: Any, accept: str | None, expected: bytes
) -> None:
    spec = replace(CORS, templates={"text/html": "<p>", "application/json": "{}"})
    headers = [("Accept", accept)] if accept else []
    assert answer(lab, spec, headers=headers).body == expected


def test_headers_can_come_from_the_request_but_not_forge_others(lab: Any) -> None:
    parameters = {
        "gatewayresponse.header.X-Origin": "method.request.header.Origin",
        "gatewayresponse.header.X-Page": "method.request.querystring.page",
        "gatewayresponse.header.X-None": "context.nothing",
        "gatewayresponse.header.X-\nBad": "'x'",
        "other": "'x'",
    }
    spec = replace(CORS, parameters=parameters)
    response = answer(lab, spec, headers=[("Origin", "http://a")], query="page=1%0A2")
    headers = dict(response.headers)
    assert (headers["X-Origin"], headers["X-Page"], headers["X-None"]) == ("http://a", "1 2", "")
    assert not any("Bad" in name or name == "other" for name in headers)


def test_a_function_s_failure_is_worded_too(lab: Any) -> None:
    world = lab.World(
        stage=replace(lab.STAGE, gateway_responses=(replace(CORS, type="DEFAULT_5XX"),)),
        invoke=lab.answering({"body": {}}),
    )
    response = world.handle()
    assert response.status == 502
    assert dict(response.headers)["Access-Control-Allow-Origin"] == "*"
    assert "X-Amzn-Trace-Id" in dict(response.headers)
