"""Whether a URL is of this machine, whose loopback address no company's proxy can reach."""

from urllib.parse import urlsplit

_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


def is_near(url: str | None) -> bool:
    """Return whether a URL is of this machine.

    Examples
    --------
    >>> is_near("http://[::1]:4566"), is_near("https://example.com"), is_near(None)
    (True, False, False)
    """
    return url is not None and urlsplit(url).hostname in _HOSTS
