"""A stand-in for ``openapi_spec_validator`` that loads it only when something is validated.

moto's API Gateway imports it, and pydantic with it, which takes a fifth of a server's start. Only
ImportRestApi and PutRestApi use it.
"""

import importlib
import sys
from types import ModuleType
from typing import Any

_PACKAGE = "openapi_spec_validator"
_EXCEPTIONS = f"{_PACKAGE}.validation.exceptions"
_NAMES = (_PACKAGE, f"{_PACKAGE}.validation", _EXCEPTIONS)


class OpenAPIValidationError(Exception):
    """A document is not valid OpenAPI."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def validate(document: Any) -> None:
    """Raise OpenAPIValidationError if a document is not valid OpenAPI."""
    package, exceptions = map(importlib.import_module, (_PACKAGE, _EXCEPTIONS))
    try:
        package.validate(document)
    except exceptions.OpenAPIValidationError as error:
        raise OpenAPIValidationError(error.message) from error


def import_without_validator(name: str) -> None:
    """Import a module that needs the validator with the stand-in, unless it is loaded."""
    if _PACKAGE in sys.modules:
        importlib.import_module(name)
        return
    for stand_in in _NAMES:
        sys.modules[stand_in] = _module(stand_in)
    try:
        importlib.import_module(name)
    finally:
        for stand_in in _NAMES:
            del sys.modules[stand_in]


def _module(name: str) -> ModuleType:
    module = ModuleType(name)
    module.__dict__.update(
        validate=validate, OpenAPIValidationError=OpenAPIValidationError, __path__=[]
    )
    return module
