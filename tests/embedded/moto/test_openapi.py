"""API Gateway validates OpenAPI documents although a start does not load the validator."""

import subprocess
import sys
from typing import Any

import pytest

from tracing_lab.embedded.moto.openapi import OpenAPIValidationError, validate

DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.1",
    "info": {"title": "shop", "description": "d", "version": "1"},
    "paths": {"/orders": {"get": {"responses": {"200": {"description": "ok"}}}}},
}
SCRIPT = """
import sys
from tracing_lab.embedded.moto.adapter import MotoApp
MotoApp().preload()
print([name for name in ("moto.apigateway", "openapi_spec_validator", "pydantic")
       if name in sys.modules])
"""


def test_a_document_is_validated() -> None:
    validate(DOCUMENT)
    wrong = {**DOCUMENT, "paths": {"/orders": {"get": {"responses": 5}}}}
    with pytest.raises(OpenAPIValidationError, match="5 is not") as caught:
        validate(wrong)
    assert caught.value.message  # which moto puts into its answer


def test_a_start_loads_no_validator() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True
    )
    assert done.stdout == "['moto.apigateway']\n"
