"""Finds the method of a REST API for a request."""

from collections.abc import Iterable
from urllib.parse import unquote

from tracing_lab.embedded.model import MethodSpec

from .model import MethodRoute

LITERAL, PARAMETER, GREEDY = range(3)  # in API Gateway's order of precedence
Segment = tuple[int, str]


class Routes:
    """The methods of a deployed API, most specific resource first.

    Literal path segments win over parameters, parameters over greedy ones. Values of path
    parameters stay percent-encoded and a slash at the end is ignored, as in the events that AWS
    sends to functions.

    Examples
    --------
    >>> order = MethodSpec("r1", "/orders/{customerId}", "POST", "AWS_PROXY")
    >>> Routes([order]).find("POST", "/orders/c-7").path_parameters
    {'customerId': 'c-7'}
    """

    def __init__(self, methods: Iterable[MethodSpec]) -> None:
        compiled = [(_segments(method.resource_path), method) for method in methods]
        # an exact verb of the same resource wins over ANY
        self._methods = sorted(
            compiled,
            key=lambda route: ([kind for kind, _ in route[0]], route[1].http_method == "ANY"),
        )

    def find(self, method: str, path: str) -> MethodRoute | None:
        """Return the method for a request; None if there is none."""
        parts = _parts(path)
        for segments, spec in self._methods:
            if spec.http_method not in {method, "ANY"}:
                continue
            parameters = _match(segments, parts)
            if parameters is not None:
                return MethodRoute(spec, parameters)
        return None


def path_parameter_names(resource_path: str) -> list[str]:
    """Return the names of the parameters in a resource's path.

    Examples
    --------
    >>> path_parameter_names("/orders/{customerId}/{rest+}")
    ['customerId', 'rest']
    """
    return [name for kind, name in _segments(resource_path) if kind != LITERAL]


def _parts(path: str) -> list[str]:
    inner = path.removeprefix("/").removesuffix("/")
    return inner.split("/") if inner else []


def _segments(resource_path: str) -> list[Segment]:
    return [segment_of(part) for part in _parts(resource_path)]


def segment_of(part: str) -> Segment:
    """Return kind and name of a part of a resource's or route's path.

    Examples
    --------
    >>> segment_of("{rest+}") == (GREEDY, "rest")
    True
    """
    if part.startswith("{") and part.endswith("+}"):
        return GREEDY, part[1:-2]
    if part.startswith("{") and part.endswith("}"):
        return PARAMETER, part[1:-1]
    return LITERAL, part


def _match(segments: list[Segment], parts: list[str]) -> dict[str, str] | None:
    parameters: dict[str, str] = {}
    for at, (kind, name) in enumerate(segments):
        if at >= len(parts):
            return None
        if kind == GREEDY:  # only ever the last segment
            parameters[name] = "/".join(parts[at:])
            return parameters
        if kind == PARAMETER and parts[at]:
            parameters[name] = parts[at]
        elif unquote(parts[at]) != name:
            return None
    return parameters if len(parts) == len(segments) else None
