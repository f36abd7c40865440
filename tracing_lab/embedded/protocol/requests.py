"""Builds the requests of calls that services make, as their clients would."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

import botocore.serialize
from botocore.model import OperationModel

from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.http.peers import Peer

from .api_call import ApiCall, read_call
from .service_models import operation_model, sent_protocol


@dataclass(frozen=True)
class Requester:
    """Who makes a request, and from where.

    Parameters
    ----------
    access_key
        The access key, or a name in its place.
    region
        Where the call is made.
    token
        The token of a session.
    host
        The address of this server, which responses may contain.
    peer
        The other end of the connection of the call on whose behalf the request is made.
    """

    access_key: str
    region: str
    token: str | None = None
    host: str = "127.0.0.1"
    peer: Peer | None = None


def request_call(
    service: str, operation: str, members: Mapping[str, Any], *, caller: str, region: str
) -> ApiCall:
    """Return the call of an operation with some members.

    Parameters
    ----------
    service
        botocore's name of the service.
    operation
        For example ``SendMessage``.
    members
        The request.
    caller
        Who calls, in place of an access key.
    region
        Where.

    Raises
    ------
    KeyError
        There is no such service or operation.
    ValueError
        The members do not fit the operation.

    Examples
    --------
    >>> call = request_call(
    ...     "sqs", "SendMessage", {"QueueUrl": "q", "MessageBody": "b"}, caller="me", region="r"
    ... )
    >>> call.key, call.members, call.scope.access_key
    (('sqs', 'SendMessage'), {'QueueUrl': 'q', 'MessageBody': 'b'}, 'me')
    """
    model = operation_model(service, operation)
    try:
        request = request_of(model, members, Requester(caller, region))
    except Exception as error:  # botocore trips over input with any of them
        msg = f"the request does not fit {service} {operation}: {error}"
        raise ValueError(msg) from error
    return read_call(request)


def request_of(model: OperationModel, members: Mapping[str, Any], caller: Requester) -> HttpRequest:
    """Return the request of a call, signed as far as this server reads signatures.

    Parameters
    ----------
    model
        The operation.
    members
        Its members, which are not checked.
    caller
        Who calls.
    """
    protocol = sent_protocol(model.service_model)
    found = _serializer(protocol).serialize_to_request(dict(members), model)
    path, _, fixed = found["url_path"].partition("?")
    headers = {**found["headers"], "Host": caller.host, **_credentials(model, caller)}
    return HttpRequest(
        found["method"],
        path,
        "&".join(filter(None, (fixed, _encoded(found["query_string"])))),
        tuple((name, str(value)) for name, value in headers.items()),
        _body(found["body"]),
        peer=caller.peer,
    )


def _credentials(model: OperationModel, caller: Requester) -> dict[str, str]:
    metadata = model.service_model.metadata
    name = metadata.get("signingName", metadata["endpointPrefix"])
    scope = f"{caller.access_key}/20260101/{caller.region}/{name}/aws4_request"
    signature = f"SignedHeaders=host, Signature={'0' * 64}"
    authorization = f"AWS4-HMAC-SHA256 Credential={scope}, {signature}"
    token = {"X-Amz-Security-Token": caller.token} if caller.token else {}
    return {"Authorization": authorization, **token}


@cache
def _serializer(protocol: str) -> Any:
    return botocore.serialize.create_serializer(protocol, include_validation=False)


def _encoded(query: Any) -> str:
    return query if isinstance(query, str) else urlencode(query, doseq=True)


def _body(body: Any) -> bytes:
    if isinstance(body, Mapping):
        return urlencode(body).encode()
    return body.encode() if isinstance(body, str) else bytes(body or b"")
