"""Which method of a REST API serves a request."""

from collections.abc import Iterable
from urllib.parse import unquote

from tracing_lab.embedded.model import MethodSpec

from .model import Route

_LITERAL, _PARAMETER, _GREEDY = range(3)  # the order in which API Gateway prefers them
_Segment = tuple[int, str]


class Routes:
    """The methods of a deployed API, most specific resource first.

    Literal path segments win over parameters, parameters over greedy ones. Values of path
    parameters stay percent-encoded and a slash at the end is ignored, as in the events that AWS
    sends to functions.

    Parameters
    ----------
    methods
        All methods of all resources.

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
            compiled, key=lambda one: ([kind for kind, _ in one[0]], one[1].http_method == "ANY")
        )

    def find(self, method: str, path: str) -> Route | None:
        """Find the method that serves a request; None when there is none."""
        parts = _parts(path)
        for segments, spec in self._methods:
            if spec.http_method not in {method, "ANY"}:
                continue
            parameters = _match(segments, parts)
            if parameters is not None:
                return Route(spec, parameters)
        return None


def _parts(path: str) -> list[str]:
    inner = path.removeprefix("/").removesuffix("/")
    return inner.split("/") if inner else []


def _segments(resource_path: str) -> list[_Segment]:
    return [_segment(part) for part in _parts(resource_path)]


def _segment(part: str) -> _Segment:
    if part.startswith("{") and part.endswith("+}"):
        return _GREEDY, part[1:-2]
    if part.startswith("{") and part.endswith("}"):
        return _PARAMETER, part[1:-1]
    return _LITERAL, part


def _match(segments: list[_Segment], parts: list[str]) -> dict[str, str] | None:
    parameters: dict[str, str] = {}
    for at, (kind, name) in enumerate(segments):
        if at >= len(parts):
            return None
        if kind == _GREEDY:  # only ever the last segment
            parameters[name] = "/".join(parts[at:])
            return parameters
        if kind == _PARAMETER and parts[at]:
            parameters[name] = parts[at]
        elif unquote(parts[at]) != name:
            return None
    return parameters if len(parts) == len(segments) else None
