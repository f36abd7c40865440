"""CORS: responses to preflight requests, and headers of other responses.

- https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
- https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors
"""

from collections.abc import Iterator

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse

from .specs import CorsSpec

_ALL = "*"
_SCHEMES = ("http://*", "https://*")
_PREFIX = "access-control-"


def is_preflight(request: HttpRequest) -> bool:
    """Return whether a request is a CORS preflight request.

    Examples
    --------
    >>> headers = (("Origin", "http://a"), ("Access-Control-Request-Method", "PUT"))
    >>> is_preflight(HttpRequest("OPTIONS", "/", headers=headers))
    True
    """
    names = ("Origin", "Access-Control-Request-Method")
    return request.method == "OPTIONS" and all(request.header(name) for name in names)


def preflight_response(request: HttpRequest, cors: CorsSpec, *, status: int) -> HttpResponse:
    """Return the response to a preflight request; without CORS headers for other origins.

    Parameters
    ----------
    request
        The preflight request.
    cors
        The CORS configuration.
    status
        204 of HTTP APIs, 200 of function URLs.
    """
    headers = [*_origin_headers(request, cors)]
    if headers:
        lists = {
            "Access-Control-Allow-Methods": cors.allow_methods,
            "Access-Control-Allow-Headers": cors.allow_headers,
        }
        headers += [(name, ",".join(values)) for name, values in lists.items() if values]
        if cors.max_age_s is not None:
            headers.append(("Access-Control-Max-Age", str(cors.max_age_s)))
    return HttpResponse(status, tuple(headers))


def with_cors(request: HttpRequest, response: HttpResponse, cors: CorsSpec | None) -> HttpResponse:
    """Return a response with the configured CORS headers in place of the function's.

    Parameters
    ----------
    request
        The request.
    response
        The response to it.
    cors
        The CORS configuration; without one, a function sets the headers itself.
    """
    if cors is None:
        return response
    kept = [pair for pair in response.headers if not pair[0].lower().startswith(_PREFIX)]
    headers = [*_origin_headers(request, cors)]
    if headers and cors.expose_headers:
        headers.append(("Access-Control-Expose-Headers", ",".join(cors.expose_headers)))
    return HttpResponse(response.status, (*kept, *headers), response.body)


def _origin_headers(request: HttpRequest, cors: CorsSpec) -> Iterator[tuple[str, str]]:
    origin = request.header("Origin")
    if origin is None or not _is_allowed(origin, cors):
        return
    everybody = _ALL in cors.allow_origins and not cors.allow_credentials
    yield "Access-Control-Allow-Origin", _ALL if everybody else origin
    if not everybody:
        yield "Vary", "Origin"
    if cors.allow_credentials:
        yield "Access-Control-Allow-Credentials", "true"


def _is_allowed(origin: str, cors: CorsSpec) -> bool:
    scheme = origin.partition("://")[0]
    known = {allowed.lower() for allowed in cors.allow_origins}
    any_of_scheme = f"{scheme.lower()}://*"
    return bool(known & {_ALL, origin.lower()}) or (
        any_of_scheme in _SCHEMES and any_of_scheme in known
    )
