"""Reads templates in JSON or YAML, with the short forms of the intrinsic functions.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
"""

import json
from functools import cache
from typing import Any

import yaml

from tracing_lab.embedded.cloudformation.errors import validation_error

from .form import check_form

_BARE = frozenset({"Ref", "Condition"})  # short forms without "Fn::"


def read_template(text: str) -> dict[str, Any]:
    """Return the content of a template; ApiError if it is not JSON or YAML of a template's form.

    Examples
    --------
    >>> read_template('Outputs: {A: {Value: !GetAtt Queue.Arn}}')
    {'Outputs': {'A': {'Value': {'Fn::GetAtt': ['Queue', 'Arn']}}}}
    """
    try:
        content = json.loads(text) if text.lstrip().startswith("{") else None
    except (RecursionError, ValueError):
        content = None  # YAML's flow style looks alike
    if content is None:
        content = _read_yaml(text)
    if not isinstance(content, dict):
        message = "Template format error: unsupported structure."
        raise validation_error(message)
    check_form(content)
    return content


def _read_yaml(text: str) -> Any:
    try:
        content = yaml.load(text, Loader=_loader())  # noqa: S506 - a safe loader with our own tags
        return json.loads(json.dumps(content, default=str))  # names that are numbers become texts
    except (yaml.YAMLError, RecursionError, TypeError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        message = f"Template format error: YAML not well-formed.{where}"
        raise validation_error(message) from error


@cache
def _loader() -> type[yaml.SafeLoader]:
    class Loader(yaml.SafeLoader):  # type: ignore[misc] # yaml has no types
        """A safe loader that knows the short forms, and in which dates stay texts."""

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in known if not tag.endswith(":timestamp")]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    Loader.add_multi_constructor("!", _short_form)
    return Loader


def _short_form(loader: Any, name: str, node: yaml.Node) -> dict[str, Any]:
    key = name if name in _BARE else f"Fn::{name}"
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {key: value}
