"""Addresses of deployed APIs and function URLs on this server: as paths, and as hosts.

A host below ``localhost`` is not resolved everywhere, a path always works.
"""

import re
from typing import NamedTuple

from .hosts import api_of_host, function_url_of_host
from .messages import HttpRequest

_EXECUTE_API = re.compile(r"/_aws/execute-api/(?P<api>[^/]+)(?P<path>/.*)?")
_USER_REQUEST = re.compile(
    r"/restapis/(?P<api>[^/]+)/(?P<stage>[^/]+)/_user_request_(?P<path>/.*)?"
)
_FUNCTION_URL = re.compile(r"/_aws/lambda-url/(?P<id>[^/]+)(?P<path>/.*)?")


class ApiAddress(NamedTuple):
    """The target of an API's invoke URL: its id, and the path with the stage, percent-encoded."""

    api_id: str
    path: str


class FunctionUrlAddress(NamedTuple):
    """The target of a function URL: its id, and the path, percent-encoded."""

    url_id: str
    path: str


def api_address(request: HttpRequest) -> ApiAddress | None:
    """Return the API and path of an invoke URL in any of its three forms; None for other URLs.

    Examples
    --------
    >>> api_address(HttpRequest("POST", "/_aws/execute-api/a1/prod/orders/7"))
    ApiAddress(api_id='a1', path='/prod/orders/7')
    """
    match = _EXECUTE_API.fullmatch(request.path)
    if match:
        return ApiAddress(match["api"], match["path"] or "/")
    match = _USER_REQUEST.fullmatch(request.path)
    if match:
        return ApiAddress(match["api"], f"/{match['stage']}{match['path'] or '/'}")
    api_id = api_of_host(request.header("Host"))
    return ApiAddress(api_id, request.path) if api_id else None


def function_url_address(request: HttpRequest) -> FunctionUrlAddress | None:
    """Return the function URL and path of a request in either form; None for other URLs.

    Examples
    --------
    >>> function_url_address(HttpRequest("POST", "/_aws/lambda-url/abc/orders/7"))
    FunctionUrlAddress(url_id='abc', path='/orders/7')
    """
    match = _FUNCTION_URL.fullmatch(request.path)
    if match:
        return FunctionUrlAddress(match["id"], match["path"] or "/")
    url_id = function_url_of_host(request.header("Host"))
    return FunctionUrlAddress(url_id, request.path) if url_id else None


def is_public(request: HttpRequest) -> bool:
    """Return whether a request is for a deployed API or function URL, which web pages may call.

    Examples
    --------
    >>> is_public(HttpRequest("GET", "/_aws/lambda-url/abc/")), is_public(HttpRequest("GET", "/"))
    (True, False)
    """
    return api_address(request) is not None or function_url_address(request) is not None
