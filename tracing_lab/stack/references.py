"""References between resources: ``${api.Id}`` stands for an output of the resource ``api``."""

import re
from collections.abc import Mapping
from typing import Any

Outputs = Mapping[str, Mapping[str, str]]
_REFERENCE = re.compile(r"\$\{([a-z][a-z-]*)\.([A-Za-z]+)\}")


def resolve(value: Any, outputs: Outputs) -> Any:
    """Put known outputs in the place of references; unknown ones stay as they are.

    Parameters
    ----------
    value
        Text, or nested dicts and lists of it.
    outputs
        Logical name to outputs.

    Returns
    -------
    Any
        A copy with the references replaced.

    Examples
    --------
    >>> resolve({"Arn": "x/${api.Id}/${other.Id}"}, {"api": {"Id": "abc"}})
    {'Arn': 'x/abc/${other.Id}'}
    """
    if isinstance(value, str):
        return _REFERENCE.sub(lambda match: _known(match, outputs), value)
    if isinstance(value, Mapping):
        return {key: resolve(item, outputs) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve(item, outputs) for item in value]
    return value


def references(value: Any) -> set[str]:
    """List the logical names that a value refers to.

    Parameters
    ----------
    value
        Text, or nested dicts and lists of it.

    Returns
    -------
    set[str]
        Logical names.

    Examples
    --------
    >>> references(["${api.Id}/prod", {"x": "$context.requestId"}])
    {'api'}
    """
    if isinstance(value, str):
        return {match[1] for match in _REFERENCE.finditer(value)}
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        return set().union(*(references(item) for item in value))
    return set()


def _known(match: re.Match[str], outputs: Outputs) -> str:
    return outputs.get(match[1], {}).get(match[2], match[0])
