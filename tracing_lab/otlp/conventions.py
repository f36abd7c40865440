"""What several attributes of a span state together, by the present and the former conventions.

The rules are those of the OpenTelemetry collector's X-Ray exporter:
https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/awsxrayexporter
"""

from collections.abc import Mapping
from typing import Any, Final

_HOSTS: Final = ("server.address", "http.host", "http.server_name", "net.host.name")
_DEFAULT_PORTS: Final = {("http", ":80"), ("https", ":443")}


def first(attributes: Mapping[str, Any], *keys: str) -> Any:
    """Return the first attribute that is stated, None if none is.

    Parameters
    ----------
    attributes
        Those of a span.
    keys
        Their names.
    """
    return next((attributes[key] for key in keys if key in attributes), None)


def joined_url(attributes: Mapping[str, Any]) -> str | None:
    """Return a URL that is stated in parts, as spans of served requests do.

    Parameters
    ----------
    attributes
        Those of a span.

    Examples
    --------
    >>> joined_url({"url.scheme": "https", "server.address": "shop", "url.path": "/orders"})
    'https://shop/orders'
    >>> joined_url({"http.scheme": "http", "net.host.name": "shop", "net.host.port": 8080,
    ...     "http.target": "/orders"})
    'http://shop:8080/orders'
    """
    scheme = first(attributes, "url.scheme", "http.scheme")
    host = next((name for name in _HOSTS if name in attributes), "")
    path = first(attributes, "url.path", "http.target")
    if not scheme or not attributes.get(host) or not isinstance(path, str):
        return None
    port = "" if host == "http.host" else _port(attributes)  # which has its port
    port = "" if (scheme, port) in _DEFAULT_PORTS else port
    query = attributes.get("url.query")
    place = f"{scheme}://{attributes[host]}{port}"
    return f"{place}{path}" + (f"?{query}" if query else "")


def _port(attributes: Mapping[str, Any]) -> str:
    port = first(attributes, "server.port", "net.host.port")
    return f":{port}" if type(port) in (int, str) and port else ""


def database(attributes: Mapping[str, Any]) -> str | None:
    """Return ``database@host`` of a query; None if no database is named.

    Parameters
    ----------
    attributes
        Those of a span.

    Examples
    --------
    >>> database({"db.namespace": "postgres", "server.address": "orders-db"})
    'postgres@orders-db'
    """
    name = first(attributes, "db.namespace", "db.name")
    if not isinstance(name, str) or not name:
        return None
    host = first(attributes, "server.address", "net.peer.name")
    return f"{name}@{host}" if isinstance(host, str) and host else name
