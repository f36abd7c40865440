"""Forms of SQS's older protocol, which integrations use, as calls in its JSON protocol.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from tracing_lab.embedded.http.messages import REQUEST_ID, HttpResponse
from tracing_lab.embedded.protocol.identifiers import random_uuid
from tracing_lab.embedded.protocol.service_models import service_model

_TARGET = "AmazonSQS"
_OF_PROTOCOL = frozenset({"Action", "Version", "ExpiresAfter"})
_ATTRIBUTE = re.compile(r"Message(System)?Attribute\.(\d+)\.(?:(Name)|Value\.(\w+))")
_LISTED = re.compile(r"(AttributeName|MessageAttributeName|MessageSystemAttributeName)\.\d+")
_FORBIDDEN = 403
_FIRST_SERVER_ERROR = 500


class FormError(ValueError):
    """A form cannot be read as a call of SQS."""


def queue_call(fields: Iterable[tuple[str, str]]) -> tuple[str, dict[str, Any]]:
    """Return the target and members of the call that a form stands for.

    Raises
    ------
    FormError
        The form has a parameter that the call does not have, or that is not simulated.

    Examples
    --------
    >>> form = [("Action", "SendMessage"), ("MessageBody", "a"), ("DelaySeconds", "5")]
    >>> queue_call(form)
    ('AmazonSQS.SendMessage', {'MessageBody': 'a', 'DelaySeconds': 5})
    """
    values = dict(fields)
    action = values.get("Action", "")
    model = service_model("sqs")
    if model is None or action not in model.operation_names:
        msg = f"The action {action or 'of the form'} is not valid for this endpoint."
        raise FormError(msg)
    shape = model.operation_model(action).input_shape
    shapes: Mapping[str, Any] = {} if shape is None else shape.members
    members: dict[str, Any] = {}
    attributes: dict[tuple[str, str], dict[str, str]] = {}
    for name, value in values.items():
        attribute, listed = _ATTRIBUTE.fullmatch(name), _LISTED.fullmatch(name)
        if attribute is not None:
            kind = f"Message{attribute[1] or ''}Attributes"
            entry = attributes.setdefault((kind, attribute[2]), {})
            entry[attribute[3] or attribute[4]] = value
        elif listed is not None:
            members.setdefault(f"{listed[1]}s", []).append(value)
        elif name not in _OF_PROTOCOL:
            members[name] = _scalar(shapes.get(name), name, value)
    for (kind, _number), entry in attributes.items():
        members.setdefault(kind, {})[entry.pop("Name", "")] = entry
    return f"{_TARGET}.{action}", members


def queue_response(operation: str, response: HttpResponse) -> HttpResponse:
    """Return a response in JSON as API Gateway returns that of the older protocol.

    Examples
    --------
    >>> response = HttpResponse(200, ((REQUEST_ID, "r"),), b'{"MessageId": "7"}')
    >>> json.loads(queue_response("SendMessage", response).body)["SendMessageResponse"]
    {'SendMessageResult': {'MessageId': '7'}, 'ResponseMetadata': {'RequestId': 'r'}}
    """
    request_id = next(
        (value for name, value in response.headers if name.lower() == REQUEST_ID.lower()),
        random_uuid(),
    )
    content = json.loads(response.body or b"{}")
    status = response.status
    if status < 400:  # noqa: PLR2004 - no error
        result = {f"{operation}Result": content} if content else {}
        metadata = {"ResponseMetadata": {"RequestId": request_id}}
        body: Any = {f"{operation}Response": {**result, **metadata}}
    else:
        status, error = _error(status, content)
        body = {"Error": error, "RequestId": request_id}
    kept = tuple(pair for pair in response.headers if pair[0].lower() != "content-type")
    headers = (("Content-Type", "application/json"), *kept)
    return HttpResponse(status, headers, json.dumps(body).encode())


def _error(status: int, content: Mapping[str, Any]) -> tuple[int, dict[str, str]]:
    """Return status and members of an error; the older protocol denies access with a 403."""
    code = str(content.get("__type", "InternalError")).rpartition("#")[2]
    if code == "AccessDeniedException":
        status, code = _FORBIDDEN, "AccessDenied"
    message = str(content.get("message") or content.get("Message") or "")
    kind = "Receiver" if status >= _FIRST_SERVER_ERROR else "Sender"
    return status, {"Type": kind, "Code": code, "Message": message}


def _scalar(shape: Any, name: str, value: str) -> Any:
    kind = "" if shape is None else shape.type_name
    if kind == "string":
        return value
    if kind == "integer" and value.strip().lstrip("-").isdecimal():
        return int(value)
    if kind == "boolean":
        return value.strip().lower() == "true"
    msg = f"The parameter {name} of the form is not valid or not simulated."
    raise FormError(msg)
