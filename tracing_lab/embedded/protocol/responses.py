"""What the responses of all services have in common, and moto's differ in."""

import base64
import json
import re
import secrets
from dataclasses import replace

from tracing_lab.embedded.http.messages import REQUEST_ID, HttpResponse, with_request_id

from .api_call import ApiCall
from .identifiers import random_uuid

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_S3_ID = re.compile("[0-9A-F]{16}")
_ID_IN_XML = re.compile(rb"<RequestId>([^<]*)</RequestId>")
_FIRST_ERROR, _FIRST_SERVER_ERROR = 400, 500


def completed(call: ApiCall, response: HttpResponse) -> HttpResponse:
    """Return a response with a UUID as request id, and Lambda's errors with their type.

    S3's ids have another form, and there are two, which X-Ray's SDKs record.

    Parameters
    ----------
    call
        The call.
    response
        The response to it.

    Examples
    --------
    >>> from tracing_lab.embedded.http.messages import HttpRequest, error_response
    >>> from .api_call import read_call
    >>> from .signature import SigningScope
    >>> call = read_call(HttpRequest("GET", "/"), SigningScope("k", "us-east-1", "lambda"))
    >>> response = completed(call, error_response(404, "ResourceNotFoundException", "no"))
    >>> json.loads(response.body)["Type"], len(dict(response.headers)["x-amzn-RequestId"])
    ('User', 36)
    """
    if call.service == "lambda" and response.status >= _FIRST_ERROR:
        response = _with_type(response)
    if call.service == "s3":
        return _with_s3_ids(response)
    if call.protocol == "rest-xml":
        return with_request_id(response)
    is_id = REQUEST_ID.lower()
    given = next((text for name, text in response.headers if name.lower() == is_id), "")
    in_xml = _ID_IN_XML.search(response.body) if call.protocol == "query" else None
    request_id = _known(in_xml[1].decode() if in_xml else "") or _known(given) or random_uuid()
    others = tuple(header for header in response.headers if header[0].lower() != is_id)
    body = response.body
    if in_xml:
        tag = f"<RequestId>{request_id}</RequestId>".encode()
        body = body[: in_xml.start()] + tag + body[in_xml.end() :]
    return replace(response, headers=(*others, (REQUEST_ID, request_id)), body=body)


def _with_s3_ids(response: HttpResponse) -> HttpResponse:
    """Add the ids of S3's responses.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/get-request-ids.html
    """
    names = {"x-amz-request-id", "x-amz-id-2", REQUEST_ID.lower()}
    others = tuple(header for header in response.headers if header[0].lower() not in names)
    given = next((text for name, text in response.headers if name.lower() in names), "")
    request_id = given if _S3_ID.fullmatch(given) else secrets.token_hex(8).upper()
    host_id = base64.b64encode(secrets.token_bytes(56)).decode()
    ids = (("x-amz-request-id", request_id), ("x-amz-id-2", host_id))
    return replace(response, headers=(*others, *ids))


def _known(text: str) -> str | None:
    return text if _UUID.fullmatch(text) else None


def _with_type(response: HttpResponse) -> HttpResponse:
    """Add what Lambda's errors have: who is to blame, and the message under its name there.

    Source: https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html
    """
    try:
        content = json.loads(response.body)
    except ValueError:
        return response
    if not isinstance(content, dict):
        return response
    kind = "User" if response.status < _FIRST_SERVER_ERROR else "Service"
    message = content.get("message", content.get("Message"))
    body = json.dumps({"Type": kind, "Message": message, **content}).encode()
    return replace(response, body=body)
