"""Finds the stage and the route of an HTTP API for a request.

The most specific route wins: a full match, then a greedy path, then ``$default``; of one path that
with the method, then ``ANY``. A slash at the end counts.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote

from tracing_lab.embedded.apigateway.routing import (
    GREEDY,
    LITERAL,
    PARAMETER,
    Segment,
    segment_of,
)

from .specs import DEFAULT_ROUTE, DEFAULT_STAGE, HttpApiSpec, HttpStageSpec, RouteSpec

METHODS = frozenset({"ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_LEADING = re.compile(r"/+(?P<stage>[^/]+)(?P<path>/.*)?")


class RouteMatch(NamedTuple):
    """The route for a request, with its path parameters, decoded."""

    spec: RouteSpec
    path_parameters: dict[str, str]


class _Compiled(NamedTuple):
    spec: RouteSpec
    method: str
    segments: list[Segment]

    @property
    def order(self) -> tuple[bool, list[int], bool]:
        kinds = [kind for kind, _name in self.segments]
        return GREEDY in kinds, kinds, self.method == "ANY"


class HttpRoutes:
    """The routes of a deployed stage.

    Examples
    --------
    >>> routes = HttpRoutes([RouteSpec("$default"), RouteSpec("GET /orders/{id}")])
    >>> routes.find("GET", "/orders/o%207").path_parameters
    {'id': 'o 7'}
    >>> routes.find("PUT", "/orders/7").spec.key
    '$default'
    """

    def __init__(self, routes: Iterable[RouteSpec]) -> None:
        specs = {route.key: route for route in routes}
        self._default = specs.pop(DEFAULT_ROUTE, None)
        compiled = [_compiled(route) for route in specs.values()]
        self._routes = sorted(compiled, key=lambda route: route.order)

    def find(self, method: str, path: str) -> RouteMatch | None:
        """Return the route for a request; None if there is none."""
        parts = [unquote(part) for part in path.split("/")[1:]]
        for route in self._routes:
            parameters = _match(route.segments, parts) if route.method in {method, "ANY"} else None
            if parameters is not None:
                return RouteMatch(route.spec, parameters)
        return None if self._default is None else RouteMatch(self._default, {})


def stage_of(api: HttpApiSpec, path: str) -> tuple[HttpStageSpec | None, str]:
    """Return the stage of a request, and the path in it.

    The path begins with the name of a stage, else it is one of the stage ``$default``, if any.

    Parameters
    ----------
    api
        The API.
    path
        The path after the API's address, percent-encoded.

    Examples
    --------
    >>> prod, default = HttpStageSpec("prod"), HttpStageSpec("$default")
    >>> api = HttpApiSpec("a1", "shop", {"prod": prod, "$default": default})
    >>> stage_of(api, "/prod/orders")[1], stage_of(api, "/orders")[0].name
    ('/orders', '$default')
    """
    match = _LEADING.fullmatch(path)
    named = api.stages.get(unquote(match["stage"])) if match else None
    if match and named:
        return named, match["path"] or "/"
    return api.stages.get(DEFAULT_STAGE), path if path.startswith("/") else f"/{path}"


def _compiled(route: RouteSpec) -> _Compiled:
    method, _, path = route.key.partition(" ")
    return _Compiled(route, method, [segment_of(part) for part in path.split("/")[1:]])


def _match(segments: list[Segment], parts: list[str]) -> dict[str, str] | None:
    parameters: dict[str, str] = {}
    for at, (kind, name) in enumerate(segments):
        rest = "/".join(parts[at:])
        if kind == GREEDY:  # only ever the last segment
            return {**parameters, name: rest} if rest else None
        if (
            at >= len(parts)
            or (kind == LITERAL and parts[at] != name)
            or not _fits(kind, parts[at])
        ):
            return None
        if kind == PARAMETER:
            parameters[name] = parts[at]
    return parameters if len(parts) == len(segments) else None


def _fits(kind: int, part: str) -> bool:
    """Return whether a part of a path may be of a kind: a parameter is not empty."""
    return kind == LITERAL or bool(part)
