"""Which exports of other stacks a template imports."""

from collections.abc import Iterator, Mapping
from typing import Any

from tracing_lab.embedded.cloudformation.errors import StackError

from .intrinsics import TemplateScope


def imports_of(template: Any, parameters: Mapping[str, str]) -> set[str]:
    """Return the exports that a template imports.

    Parameters
    ----------
    template
        Its content.
    parameters
        The values of its parameters, which names may refer to.

    Examples
    --------
    >>> imports_of({"A": {"Fn::ImportValue": {"Fn::Sub": "${P}-arn"}}}, {"P": "net"})
    {'net-arn'}
    """
    scope = TemplateScope(dict(parameters))
    found = set()
    for name in _imported(template):
        try:
            found.add(str(scope.value(name)))
        except StackError:
            continue  # named by what is known only while it is deployed
    return found


def _imported(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _imported(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name == "Fn::ImportValue":
                yield item
            yield from _imported(item)
