"""Checks mappings when they are put, so that what is not simulated is rejected then."""

import re
from collections.abc import Mapping

from tracing_lab.embedded.apigateway.velocity.errors import TemplateError

from .errors import MappingError
from .parameters import check_parameters, declared_parameter
from .templates import compiled


def mapping_problem(
    templates: Mapping[str, object], parameters: Mapping[str, str], kind: str
) -> str | None:
    """Return what is wrong with the mapping of an integration, or None.

    Parameters
    ----------
    templates
        Templates by content type.
    parameters
        Expressions by what they set.
    kind
        ``request`` or ``response``.

    Examples
    --------
    >>> mapping_problem({"application/json": "#evaluate('$x')"}, {}, "request")
    'Mapping template application/json: line 1, column 1: directive #evaluate is not simulated'
    """
    for content_type, text in templates.items():
        try:
            compiled(str(text or ""))
        except TemplateError as error:
            return f"Mapping template {content_type}: {error}"
    try:
        check_parameters(parameters, kind)
    except MappingError as error:
        return invalid_expression(str(error))
    return None


def undeclared(parameters: Mapping[str, str], declared: Mapping[str, object]) -> str | None:
    """Return the first parameter of the method's request that is read but not declared, or None.

    Parameters
    ----------
    parameters
        Expressions of an integration's request, by what they set.
    declared
        The method's request parameters by name, and those of its path.
    """
    for expression in parameters.values():
        name = declared_parameter(str(expression))
        if name is not None and name not in declared:
            return invalid_expression(str(expression))
    return None


def pattern_problem(pattern: str | None) -> str | None:
    """Return what is wrong with a selection pattern, or None."""
    try:
        re.compile(pattern or "")
    except re.error as error:
        return f"Invalid selection pattern {pattern!r}: {error}"
    return None


def invalid_expression(name: str) -> str:
    """Return API Gateway's message about a mapping expression."""
    return (
        "Invalid mapping expression specified: Validation Result: warnings : [], errors : "
        f"[Invalid mapping expression specified: {name}]"
    )
