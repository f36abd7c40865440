"""Binary media types: when bodies are bytes, which events and answers carry in base64.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html
"""

import base64
import binascii
import fnmatch
from collections.abc import Iterable

_DEFAULT = "application/json"


def is_binary(media_types: Iterable[str], header: str | None) -> bool:
    """Tell whether a ``Content-Type`` or ``Accept`` header names a binary media type.

    Of several types in ``Accept`` the first one counts.

    Parameters
    ----------
    media_types
        The API's binary media types; ``*/*`` stands for all.
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
    return any(fnmatch.fnmatchcase(kind, one.lower()) for one in media_types)


def event_body(body: bytes, *, binary: bool) -> tuple[str | None, bool]:
    """Give ``body`` and ``isBase64Encoded`` of an event.

    Examples
    --------
    >>> event_body(b"caf", binary=True), event_body(b"{}", binary=False)
    (('Y2Fm', True), ('{}', False))
    """
    if binary and body:
        return base64.b64encode(body).decode(), True
    return body.decode("utf-8", "replace") or None, False


def decoded(body: str) -> bytes:
    """Give the bytes of a base64 text.

    Raises
    ------
    ValueError
        It is none.
    """
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        msg = f"body is not base64, although isBase64Encoded says so: {error}"
        raise ValueError(msg) from error
