"""Binary media types: bodies of these are bytes, which are base64 in events and responses.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html
"""

import base64
import binascii
from collections.abc import Iterable

_DEFAULT = "application/json"


def is_binary(media_types: Iterable[str], header: str | None) -> bool:
    """Return whether a ``Content-Type`` or ``Accept`` header names a binary media type.

    Of several types in ``Accept`` the first one counts.

    Parameters
    ----------
    media_types
        The API's binary media types; ``*/*`` stands for all, and ``image/*`` for all images.
    header
        The header's value.

    Examples
    --------
    >>> is_binary(["image/png"], "image/png;q=0.9, text/html")
    True
    >>> is_binary(["image/png"], "text/html, image/png"), is_binary(["*/*"], None)
    (False, True)
    """
    kind = (header or _DEFAULT).partition(",")[0].partition(";")[0].strip().lower()
    return any(_includes(media_type.lower(), kind) for media_type in media_types)


def _includes(media_type: str, kind: str) -> bool:
    """Return whether a type is of a configured one; ``*/png`` was seen to match nothing."""
    if media_type == "*/*":
        return True
    general, _, detail = media_type.partition("/")
    return general != "*" and (kind == media_type or (detail == "*" and _general(kind) == general))


def _general(kind: str) -> str:
    return kind.partition("/")[0]


def event_body(body: bytes, *, binary: bool) -> tuple[str | None, bool]:
    """Return ``body`` and ``isBase64Encoded`` of an event.

    Examples
    --------
    >>> event_body(b"caf", binary=True), event_body(b"{}", binary=False)
    (('Y2Fm', True), ('{}', False))
    """
    if binary and body:
        return base64.b64encode(body).decode(), True
    return body.decode("utf-8", "replace") or None, False


def decoded(body: str) -> bytes:
    """Return the bytes of a base64 text.

    Raises
    ------
    ValueError
        It is not base64.
    """
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        msg = f"body is not base64, although isBase64Encoded says so: {error}"
        raise ValueError(msg) from error
