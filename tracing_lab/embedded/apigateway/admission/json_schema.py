"""Compiles JSON schemas (draft 4) into checks of bodies."""

import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import orjson

# jsonschema's modules for formats, which are not used here. Loading them takes a tenth of a
# server's start; one of them compiles a grammar for two seconds.
_FORMAT_CHECKERS = ("isoduration", "rfc3986_validator", "rfc3987_syntax", "webcolors")

_hidden = [name for name in _FORMAT_CHECKERS if name not in sys.modules]
sys.modules.update(dict.fromkeys(_hidden))  # type: ignore[arg-type] # None blocks an import

import jsonschema  # noqa: E402 - after the line above
from referencing import Registry  # noqa: E402 - with jsonschema
from referencing.exceptions import Unresolvable  # noqa: E402 - with jsonschema
from referencing.jsonschema import DRAFT4  # noqa: E402 - with jsonschema

from tracing_lab.embedded.model import BodyModelSpec  # noqa: E402 - after the line above

for _name in _hidden:
    del sys.modules[_name]


CheckBody = Callable[[bytes], str | None]
"""Returns what is wrong with a JSON text; None if it matches the schema."""


class SchemaUnusableError(ValueError):
    """A schema is invalid."""


@lru_cache(maxsize=1024)
def compile_model(model: BodyModelSpec) -> CheckBody:
    """Compile a model into a check of JSON texts.

    Parameters
    ----------
    model
        Draft 4 JSON schemas. References are resolved among them, never over a network.

    Raises
    ------
    SchemaUnusableError
        A schema is invalid. Compiling or using the check may raise it.

    Examples
    --------
    >>> check = compile_model(BodyModelSpec('{"type": "object", "required": ["quantity"]}'))
    >>> check(b'{"quantity": 1}') is None
    True
    >>> check(b"{}")
    "'quantity' is a required property"
    """
    resources = [(url, DRAFT4.create_resource(_parsed(text))) for url, text in model.referenced]
    registry: Registry[Any] = Registry().with_resources(resources)
    validator = jsonschema.Draft4Validator(_parsed(model.schema), registry=registry)

    def check(text: bytes) -> str | None:
        try:
            error = next(validator.iter_errors(orjson.loads(text)), None)
        except orjson.JSONDecodeError as error_in_text:
            return f"not JSON: {error_in_text}"
        except RecursionError:
            return "nested too deeply"
        except Unresolvable as missing:
            msg = f"The model refers to what does not exist: {missing}"
            raise SchemaUnusableError(msg) from missing
        return None if error is None else str(error.message)

    return check


def _parsed(text: str) -> Any:
    try:
        schema = orjson.loads(text)
        jsonschema.Draft4Validator.check_schema(schema)
    except (ValueError, jsonschema.SchemaError) as error:
        msg = f"The model is not a JSON schema of draft 4: {error}"
        raise SchemaUnusableError(msg) from error
    return schema
