"""The parameters of a template: given, kept or default, and checked.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tracing_lab.embedded.cloudformation.errors import validation_error

SSM_VALUE = "AWS::SSM::Parameter::Value<"
_LISTS = ("CommaDelimitedList", "List<")
HIDDEN = "****"
"""What is shown of a parameter with NoEcho."""


def chosen_parameters(
    template: Mapping[str, Any],
    given: Iterable[Mapping[str, Any]],
    earlier: Mapping[str, str],
) -> dict[str, str]:
    """Return the value of each parameter of a template as text.

    Parameters
    ----------
    template
        Its content.
    given
        The member ``Parameters`` of a call.
    earlier
        The values before an update.

    Raises
    ------
    ApiError
        A value is missing, unknown or not allowed.
    """
    declared = template.get("Parameters") or {}
    values = {item.get("ParameterKey", ""): item for item in given}
    unknown = sorted(values.keys() - declared.keys())
    if unknown:
        message = f"Parameters: [{', '.join(unknown)}] do not exist in the template"
        raise validation_error(message)
    found = {
        name: _text_of(declaration, values.get(name), earlier.get(name))
        for name, declaration in declared.items()
    }
    missing = [name for name, value in found.items() if value is None]
    if missing:
        message = f"Parameters: [{', '.join(missing)}] must have values"
        raise validation_error(message)
    texts = {name: str(value) for name, value in found.items()}
    for name, text in texts.items():
        _check(name, text, declared[name])
    return texts


def typed_value(declaration: Mapping[str, Any], text: str) -> Any:
    """Return what ``Ref`` of a parameter gives: a list for the types of lists.

    Examples
    --------
    >>> typed_value({"Type": "CommaDelimitedList"}, "a, b"), typed_value({"Type": "Number"}, "3")
    (['a', 'b'], '3')
    """
    kind = str(declaration.get("Type", "String")).removeprefix(SSM_VALUE)
    if kind.startswith(_LISTS):
        return [part.strip() for part in text.split(",")]
    return text


def shown_parameters(
    template: Mapping[str, Any], values: Mapping[str, str]
) -> list[dict[str, str]]:
    """Return parameters as DescribeStacks shows them: those with NoEcho hidden.

    Examples
    --------
    >>> shown_parameters({"Parameters": {"P": {"NoEcho": True}}}, {"P": "secret"})
    [{'ParameterKey': 'P', 'ParameterValue': '****'}]
    """
    declared = template.get("Parameters") or {}
    return [
        {"ParameterKey": name, "ParameterValue": HIDDEN if is_hidden(declared, name) else text}
        for name, text in values.items()
    ]


def is_hidden(declared: Mapping[str, Any], name: str) -> bool:
    """Return whether a parameter has NoEcho."""
    return str(declared.get(name, {}).get("NoEcho", "")).lower() == "true"


def _text_of(
    declaration: Mapping[str, Any], given: Mapping[str, Any] | None, earlier: str | None
) -> str | None:
    if given is not None and given.get("UsePreviousValue"):
        return earlier
    if given is not None and given.get("ParameterValue") is not None:
        return str(given["ParameterValue"])
    default = declaration.get("Default")
    if isinstance(default, bool):
        return "true" if default else "false"
    return None if default is None else str(default)


def _check(name: str, text: str, declaration: Mapping[str, Any]) -> None:
    problem = _problem(text, declaration)
    if problem is None:
        return
    own = declaration.get("ConstraintDescription")
    message = f"Parameter '{name}' must {own or problem}"
    if own:
        message = f"Parameter {name} failed to satisfy constraint: {own}"
    raise validation_error(message)


def _problem(text: str, declaration: Mapping[str, Any]) -> str | None:
    """Return what a value must be that it is not; None if it is allowed."""
    kind = str(declaration.get("Type", "String"))
    if kind.startswith(SSM_VALUE):
        return None  # a name, whose value is checked by its own type
    if kind == "Number" and not _is_number(text):
        return "be a number"
    allowed = declaration.get("AllowedValues")
    parts = text.split(",") if kind.startswith(_LISTS) else [text]
    if allowed is not None and not {part.strip() for part in parts} <= set(map(_plain, allowed)):
        return f"be one of AllowedValues: {', '.join(map(_plain, allowed))}"
    pattern = declaration.get("AllowedPattern")
    if pattern is not None and not re.fullmatch(pattern, text):
        return f"match pattern {pattern}"
    return _range_problem(text, declaration, kind)


def _range_problem(text: str, declaration: Mapping[str, Any], kind: str) -> str | None:
    measure = float(text) if kind == "Number" else len(text)
    ending = "Value" if kind == "Number" else "Length"
    least, most = declaration.get(f"Min{ending}"), declaration.get(f"Max{ending}")
    what = "be a number" if kind == "Number" else "contain characters: their number"
    if least is not None and measure < float(least):
        return f"{what} not less than {least}"
    if most is not None and measure > float(most):
        return f"{what} not greater than {most}"
    return None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _plain(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
