"""Which Host headers the server answers to.

A page in the user's browser can make it send requests to loopback under a name of its own choice
(DNS rebinding). Answering only to loopback's names shuts that door.
"""

import re

_EXECUTE_API = re.compile(r"(?P<api>[a-z0-9]+)\.execute-api\.(?:[a-z0-9-]+\.)?localhost")
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})


def host_name(host: str | None) -> str:
    """Take the port off a Host header.

    Examples
    --------
    >>> host_name("127.0.0.1:4566"), host_name("[::1]:4566")
    ('127.0.0.1', '[::1]')
    """
    text = (host or "").strip().lower()
    name, _, port = text.rpartition(":")
    return name if port.isdigit() and name else text


def is_local(host: str | None) -> bool:
    """Tell whether a Host header names this machine's loopback.

    Examples
    --------
    >>> is_local("localhost:4566"), is_local("a1.execute-api.localhost"), is_local("evil.example")
    (True, True, False)
    """
    name = host_name(host)
    return name in _LOCAL_NAMES or name.endswith(".localhost")


def api_of_host(host: str | None) -> str | None:
    """Give the API id of the ``{api}.execute-api.localhost`` form.

    Examples
    --------
    >>> api_of_host("a1b2.execute-api.localhost:4566")
    'a1b2'
    """
    match = _EXECUTE_API.fullmatch(host_name(host))
    return match["api"] if match else None
