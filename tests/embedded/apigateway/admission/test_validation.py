"""Request validators and models."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.apigateway.admission.json_schema import compile_model
from tracing_lab.embedded.model import BodyModelSpec
from tracing_lab.embedded.moto.specs.api_specs import body_model

MODEL = BodyModelSpec(
    """{"type": "object", "required": ["quantity"],
        "properties": {"quantity": {"type": "integer"}}}"""
)
INVALID = (400, {"message": "Invalid request body"})


def answer(lab: Any, body: bytes, *headers: tuple[str, str], kind: str = "application/json") -> Any:
    world = lab.world_with(lab.POST, body_models={kind: MODEL})
    response = world.handle(body=body, headers=headers)
    return response.status, json.loads(response.body)


@pytest.mark.parametrize("body", [b"{}", b'{"quantity": "1"}', b"[]", b"", b"{", b"\xff"])
def test_a_body_that_does_not_fit_the_model_is_refused(lab: Any, body: bytes) -> None:
    assert answer(lab, body) == INVALID


def test_a_body_that_fits_reaches_the_function(lab: Any) -> None:
    assert answer(lab, b'{"quantity": 1}')[0] == 201


def test_the_content_type_chooses_the_model(lab: Any) -> None:
    assert answer(lab, b"{}", ("Content-Type", "application/JSON; charset=utf-8")) == INVALID
    assert answer(lab, b"{}", ("Content-Type", "text/plain"))[0] == 201
    assert answer(lab, b"{}", ("Content-Type", "text/plain"), kind="$default") == INVALID


def test_what_is_wrong_with_a_body_can_be_logged(lab: Any) -> None:
    world = lab.world_with(lab.POST, body_models={"application/json": MODEL})
    log_format = "$context.error.responseType $context.error.validationErrorString"
    world.stage = replace(world.stage, access_log_group="/g", access_log_format=log_format)
    world.handle(body=b"{}")
    assert world.lines[0][2][0][1] == "BAD_REQUEST_BODY ['quantity' is a required property]"


PARAMETERS = ("querystring.page", "header.X-Tenant", "path.customerId")


@pytest.mark.parametrize(
    "query, headers, missing",
    [
        ("page=1", [("x-tenant", "a")], None),
        ("page=", [("x-tenant", "a")], "page"),
        ("", [], "page, X-Tenant"),
    ],
)
def test_required_parameters_must_be_there_and_not_blank(
    lab: Any, query: str, headers: list[tuple[str, str]], missing: str | None
) -> None:
    world = lab.world_with(lab.POST, required_parameters=PARAMETERS)
    response = world.handle(query=query, headers=headers)
    if missing is None:
        assert response.status == 201
    else:
        message = f"Missing required request parameters: [{missing}]"
        assert (response.status, json.loads(response.body)) == (400, {"message": message})


@pytest.mark.parametrize("schema", ["{", "[]", '{"type": 5}', '{"$ref": "https://example.com/x"}'])
def test_a_model_that_is_no_schema_is_a_configuration_error(
    lab: Any, schema: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = lab.world_with(lab.POST, body_models={"application/json": BodyModelSpec(schema)})
    assert world.handle(body=b"{}").status == 500
    assert "/orders/{customerId}/POST" in caplog.text


URL = "https://apigateway.amazonaws.com/restapis/a1/models/"


def test_models_refer_to_models() -> None:
    models = {
        "Order": json.dumps({"type": "array", "items": {"$ref": f"{URL}Item"}}),
        "Item": json.dumps({"$ref": "#/definitions/q", "definitions": {"q": {"type": "number"}}}),
    }
    check = compile_model(body_model("Order", models))
    assert check(b"[1, 2.5]") is None
    assert check(b'[1, "2"]') is not None


def test_models_that_refer_to_each_other_are_found_once() -> None:
    models = {"A": json.dumps({"$ref": f"{URL}B"}), "B": json.dumps({"items": {"$ref": f"{URL}A"}})}
    assert [url for url, _ in body_model("A", models).referenced] == [f"{URL}B", f"{URL}A"]


@given(body=st.binary(max_size=40))
def test_no_body_breaks_a_check(body: bytes) -> None:
    problem = compile_model(MODEL)(body)
    assert problem is None or isinstance(problem, str)


def test_a_deeply_nested_body_is_no_crash() -> None:
    check = compile_model(BodyModelSpec('{"items": {"$ref": "#"}}'))
    assert check(b"[" * 900 + b"]" * 900) in {None, "nested too deeply"}
