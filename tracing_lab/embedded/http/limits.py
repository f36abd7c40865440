"""Limits of the size and duration of requests, and the response to a body that is too large."""

from dataclasses import dataclass

from .messages import HttpRequest, HttpResponse, error_response


def reject_large(_request: HttpRequest, size_bytes: int) -> HttpResponse:
    """Return the response to a request whose body is over the limit."""
    message = f"The body has {size_bytes} bytes, which is more than this server accepts"
    return error_response(413, "RequestEntityTooLargeException", message)


@dataclass(frozen=True, kw_only=True)
class HttpLimits:
    """Limits of the size and duration of requests.

    Parameters
    ----------
    head
        Bytes of request line and headers, and of the trailers of a chunked body.
    body
        Bytes of a body; a larger one is read to its end, so that the client gets the response, but
        dropped.
    bodies
        Bytes of the bodies of all requests that are being read or handled.
    pause_s
        Seconds without a byte after which an unfinished request is aborted.
    request_s
        Seconds after which an unfinished request is aborted in any case.
    idle_s
        Seconds after which a connection without a request is closed.
    """

    head: int = 64 * 1024
    body: int = 10 * 1024**2
    bodies: int = 256 * 1024**2
    pause_s: float = 30.0
    request_s: float = 300.0
    idle_s: float = 900.0
