"""The query protocol: members of forms, and responses in XML, by botocore's models.

https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from botocore.model import OperationModel

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse

from .api_call import ApiCall
from .identifiers import random_uuid

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def form_members(request: HttpRequest, model: OperationModel) -> dict[str, Any]:
    """Return the members of a request's form, lists and structures included.

    Parameters
    ----------
    request
        The request; its query counts if the body is empty.
    model
        The operation.

    Examples
    --------
    >>> from .service_models import operation_model
    >>> model = operation_model("cloudformation", "CreateStack")
    >>> form = b"StackName=s&Tags.member.1.Key=a&Tags.member.1.Value=b&DisableRollback=true"
    >>> form_members(HttpRequest("POST", "/", body=form), model)
    {'StackName': 's', 'DisableRollback': True, 'Tags': [{'Key': 'a', 'Value': 'b'}]}
    """
    text = request.body.decode(errors="replace") or request.query
    pairs = dict(parse_qsl(text, keep_blank_values=True))
    shape = model.input_shape
    return {} if shape is None else _structure(shape, "", pairs)


def with_form_members(call: ApiCall, model: OperationModel) -> ApiCall:
    """Return a call whose members are those of its form, nested ones included."""
    parsed = replace(call)
    parsed.__dict__["members"] = form_members(call.request, model)  # as if they had been read
    return parsed


def query_response(model: OperationModel, content: Mapping[str, Any]) -> HttpResponse:
    """Return a successful response.

    Parameters
    ----------
    model
        The operation.
    content
        The members of the response.

    Examples
    --------
    >>> from .service_models import operation_model
    >>> model = operation_model("cloudformation", "CreateStack")
    >>> b"<StackId>a&amp;b</StackId>" in query_response(model, {"StackId": "a&b"}).body
    True
    """
    shape, name = model.output_shape, model.name
    namespace = model.service_model.metadata.get("xmlNamespace", "")
    result = _members(shape, content) if shape is not None else ""
    wrapper = (shape.serialization.get("resultWrapper") if shape else None) or f"{name}Result"
    body = (
        f'<{name}Response xmlns="{escape(namespace)}"><{wrapper}>{result}</{wrapper}>'
        f"<ResponseMetadata><RequestId>{random_uuid()}</RequestId></ResponseMetadata>"
        f"</{name}Response>"
    )
    return HttpResponse(200, (("Content-Type", "text/xml"),), body.encode(errors="replace"))


def _structure(shape: Any, prefix: str, pairs: Mapping[str, str]) -> dict[str, Any]:
    found = {}
    for name, member in shape.members.items():
        value = _value(member, f"{prefix}{name}", pairs)
        if value is not None:
            found[name] = value
    return found


def _value(shape: Any, name: str, pairs: Mapping[str, str]) -> Any:
    """Return a member of a form; None if it is not there."""
    if shape.type_name == "structure":
        return _structure(shape, f"{name}.", pairs) or None
    if shape.type_name == "list":
        return _list(shape.member, f"{name}.member.", pairs)
    text = pairs.get(name)
    if text is None or shape.type_name == "string":
        return text
    if shape.type_name == "boolean":
        return text.lower() == "true"
    return int(text) if text.lstrip("-").isdigit() else text


def _list(shape: Any, prefix: str, pairs: Mapping[str, str]) -> list[Any] | None:
    found: list[Any] = []
    while True:
        value = _value(shape, f"{prefix}{len(found) + 1}", pairs)
        if value is None:
            return found or None
        found.append(value)


def _members(shape: Any, content: Mapping[str, Any]) -> str:
    return "".join(
        _element(shape.members[name], name, value)
        for name, value in content.items()
        if value is not None
    )


def _element(shape: Any, name: str, value: Any) -> str:
    return f"<{name}>{_content(shape, value)}</{name}>"


def _content(shape: Any, value: Any) -> str:
    if shape.type_name == "structure":
        return _members(shape, value)
    if shape.type_name == "list":
        return "".join(_element(shape.member, "member", item) for item in value)
    return escape(_NOT_IN_XML.sub("�", _scalar(shape, value)))


def _scalar(shape: Any, value: Any) -> str:
    if shape.type_name == "timestamp":
        return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
    if shape.type_name == "boolean":
        return "true" if value else "false"
    return str(value)
