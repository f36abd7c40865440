"""Builds the calls of AWS services that integrations make."""

import json
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlencode

from tracing_lab.embedded.apigateway.mapping.requests import IntegrationRequest
from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.protocol.api_call import ApiCall, read_call
from tracing_lab.embedded.protocol.service_models import service_model
from tracing_lab.embedded.protocol.signature import SigningScope

from .queue_forms import queue_call
from .service_uris import ServiceUri

ACCESS_KEY = "AKIAAPIGATEWAY"
"""The key in the calls' signatures, which is nobody's."""

_FORM = "application/x-www-form-urlencoded"
_TARGET = "X-Amz-Target"
_FORM_SERVICES = frozenset({"sns", "sqs"})
_RESOURCES = {"QueueUrl": "queue_url", "TableName": "table_name", "TopicArn": "topic_arn"}


def service_call(
    uri: ServiceUri, request: IntegrationRequest, *headers: tuple[str, str], http_method: str
) -> ApiCall:
    """Return the call that an integration makes.

    Parameters
    ----------
    uri
        What it calls.
    request
        What was mapped.
    *headers
        Further headers.
    http_method
        The verb that the integration calls a path with.

    Raises
    ------
    FormError
        A form of SQS cannot be read.

    Examples
    --------
    >>> uri = ServiceUri("us-east-1", "events", "PutEvents", "/")
    >>> call = service_call(uri, IntegrationRequest(body=b'{"Entries": []}'), http_method="POST")
    >>> call.key, call.members
    (('events', 'PutEvents'), {'Entries': []})
    >>> uri = ServiceUri("us-east-1", "sqs", None, "/123456789012/letters")
    >>> form = {"Content-Type": ["application/x-www-form-urlencoded"]}
    >>> request = IntegrationRequest(headers=form, body=b"Action=SendMessage&MessageBody=a")
    >>> service_call(uri, request, http_method="POST").members["QueueUrl"]
    'https://sqs.us-east-1.amazonaws.com/123456789012/letters'
    """
    scope = SigningScope(ACCESS_KEY, uri.region, uri.service)
    if is_form(uri, request):
        named, body = _form_of(uri, request)
        return read_call(HttpRequest("POST", "/", "", _signed(scope, named, headers), body), scope)
    target = _target(uri)
    named = target or ()
    names = {name.lower() for name, _value in named}
    kept = tuple(pair for pair in _headers(request) if pair[0].lower() not in names)
    sent = HttpRequest(
        http_method if target is None else "POST",
        _path(uri, request) if target is None else "/",
        urlencode(request.query, doseq=True),
        _signed(scope, (*kept, *named), headers),
        request.body,
    )
    return read_call(sent, scope)


def is_form(uri: ServiceUri, request: IntegrationRequest) -> bool:
    """Return whether a call is a form, as those of SNS, and of SQS without a JSON target."""
    return uri.service in _FORM_SERVICES and request.header(_TARGET) is None


def resources_of(call: ApiCall) -> dict[str, str]:
    """Return what a call is about, as in a subsegment's ``aws`` block."""
    members = call.members
    return {name: str(members[key]) for key, name in _RESOURCES.items() if members.get(key)}


def service_url(uri: ServiceUri, call: ApiCall) -> str:
    """Return the address of a call at AWS's regional endpoint."""
    path = call.request.path if uri.action is not None else uri.path
    return f"https://{uri.service}.{uri.region}.amazonaws.com{path}"


def _headers(request: IntegrationRequest) -> tuple[tuple[str, str], ...]:
    pairs = tuple((name, value) for name, values in request.headers.items() for value in values)
    return (
        pairs if request.header("Content-Type") else (("Content-Type", "application/json"), *pairs)
    )


def _signed(
    scope: SigningScope, mapped: tuple[tuple[str, str], ...], more: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    """Return headers with a signature, which no mapping can replace."""
    credential = f"{scope.access_key}/20261129/{scope.region}/{scope.service}/aws4_request"
    value = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature={'0' * 64}"
    host = f"{scope.service}.{scope.region}.amazonaws.com"
    ours = (("Authorization", value), ("Host", host), *more)
    names = {name.lower() for name, _value in ours}
    return (*(pair for pair in mapped if pair[0].lower() not in names), *ours)


def _target(uri: ServiceUri) -> tuple[tuple[str, str], ...] | None:
    """Return the headers that name the operation of a JSON service; None for a path."""
    model = service_model(uri.service)
    if uri.action is None or model is None:
        return None
    metadata: Mapping[str, str] = model.metadata
    target = f"{metadata.get('targetPrefix')}.{uri.action}"
    version = metadata.get("jsonVersion", "1.1")
    return (_TARGET, target), ("Content-Type", f"application/x-amz-json-{version}")


def _path(uri: ServiceUri, request: IntegrationRequest) -> str:
    path = uri.path
    for name, values in request.path.items():
        path = path.replace(f"{{{name}}}", quote(values[-1], safe=""))
    return path


def _form_of(
    uri: ServiceUri, request: IntegrationRequest
) -> tuple[tuple[tuple[str, str], ...], bytes]:
    """Return headers and body of a form; SQS gets it as JSON, its only protocol here."""
    fields = _fields(uri, request)
    if uri.service != "sqs":
        return (("Content-Type", _FORM),), urlencode(fields).encode()
    target, members = queue_call(fields)
    named = (_TARGET, target), ("Content-Type", "application/x-amz-json-1.0")
    return named, json.dumps(members).encode()


def _fields(uri: ServiceUri, request: IntegrationRequest) -> list[tuple[str, str]]:
    """Return the fields of a form: of the query, and of a body that is a form."""
    fields = [(name, value) for name, values in request.query.items() for value in values]
    content_type = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
    if content_type == _FORM:
        body = request.body.decode(errors="replace").strip()
        fields += parse_qsl(body, keep_blank_values=True)
    names = {name for name, _value in fields}
    if uri.action is not None and "Action" not in names:
        fields.append(("Action", uri.action))
    if uri.service == "sqs" and "QueueUrl" not in names and uri.path.count("/") > 1:
        host = f"https://sqs.{uri.region}.amazonaws.com"
        fields.append(("QueueUrl", f"{host}{_path(uri, request)}"))
    model = service_model(uri.service)
    if model is not None and "Version" not in names:
        fields.append(("Version", str(model.metadata["apiVersion"])))
    return fields
