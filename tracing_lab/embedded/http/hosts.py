"""Checks Host headers.

A web page can make the browser send requests to loopback under a name of its own (DNS rebinding).
Responding only to loopback's names prevents that.
"""

import re

_EXECUTE_API = re.compile(r"(?P<api>[a-z0-9]+)\.execute-api\.(?:[a-z0-9-]+\.)?localhost")
_LAMBDA_URL = re.compile(r"(?P<id>[a-z0-9]+)\.lambda-url\.[a-z0-9-]+\.localhost")
_XRAY = re.compile(r"xray\.(?P<region>[a-z0-9-]+)\.localhost")
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})


def host_name(host: str | None) -> str:
    """Return a Host header without the port.

    Examples
    --------
    >>> host_name("127.0.0.1:4566"), host_name("[::1]:4566")
    ('127.0.0.1', '[::1]')
    """
    text = (host or "").strip().lower()
    name, _, port = text.rpartition(":")
    return name if port.isdigit() and name else text


def is_local(host: str | None) -> bool:
    """Return whether a Host header names this machine's loopback.

    Examples
    --------
    >>> is_local("localhost:4566"), is_local("a1.execute-api.localhost"), is_local("evil.example")
    (True, True, False)
    """
    name = host_name(host)
    return name in _LOCAL_NAMES or name.endswith(".localhost")


def api_of_host(host: str | None) -> str | None:
    """Return the API id of the ``{api}.execute-api.localhost`` form.

    Examples
    --------
    >>> api_of_host("a1b2.execute-api.localhost:4566")
    'a1b2'
    """
    match = _EXECUTE_API.fullmatch(host_name(host))
    return match["api"] if match else None


def function_url_of_host(host: str | None) -> str | None:
    """Return the id of the ``{id}.lambda-url.{region}.localhost`` form of a function URL.

    Examples
    --------
    >>> function_url_of_host("a1b2.lambda-url.us-east-1.localhost:4566")
    'a1b2'
    """
    match = _LAMBDA_URL.fullmatch(host_name(host))
    return match["id"] if match else None


def region_of_host(host: str | None) -> str | None:
    """Return the region of the ``xray.{region}.localhost`` form, as AWS's host names have it.

    Examples
    --------
    >>> region_of_host("xray.eu-west-1.localhost:4566"), region_of_host("127.0.0.1:4566")
    ('eu-west-1', None)
    """
    match = _XRAY.fullmatch(host_name(host))
    return match["region"] if match else None
