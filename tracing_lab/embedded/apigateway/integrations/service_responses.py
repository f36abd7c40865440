"""Converts XML responses to JSON, which API Gateway requests of services that have both."""

import json
from typing import Any
from xml.etree import ElementTree as ET

from tracing_lab.embedded.http.messages import HttpResponse

_JSON = "application/json"
_ERROR = "ErrorResponse"


def as_json(response: HttpResponse) -> HttpResponse:
    """Return a response with its XML as JSON; others stay as they are.

    Examples
    --------
    >>> xml = b'<R xmlns="http://sqs"><A><MessageId>7</MessageId></A></R>'
    >>> as_json(HttpResponse(200, (("Content-Type", "text/xml"),), xml)).body
    b'{"R": {"A": {"MessageId": "7"}}}'
    """
    if not response.body.lstrip().startswith(b"<"):
        return response
    try:
        root = ET.fromstring(response.body)  # noqa: S314 - what this process has written
    except ET.ParseError:
        return response
    content, name = _content(root), _local(root)
    body = content if name == _ERROR else {name: content}
    kept = tuple(pair for pair in response.headers if pair[0].lower() != "content-type")
    return HttpResponse(
        response.status, (("Content-Type", _JSON), *kept), json.dumps(body).encode()
    )


def _content(element: ET.Element) -> Any:
    if not len(element):
        return element.text or ""
    found: dict[str, Any] = {}
    for child in element:
        name, value = _local(child), _content(child)
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]
