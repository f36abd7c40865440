"""Which calls change the control plane, and so must be remembered and replayed."""

import re
from urllib.parse import parse_qs

from tracing_lab.embedded.http.messages import HttpRequest

_READS = ("BatchGet", "Describe", "Filter", "Get", "Head", "List", "Lookup", "Search", "Test")

_DATA = frozenset(
    {
        "AssumeRole",
        "CancelMessageMoveTask",
        "ChangeMessageVisibility",
        "ChangeMessageVisibilityBatch",
        "CreateLogStream",  # made again by whoever writes; their events are gone with a restart
        "Decrypt",
        "DeleteMessage",
        "DeleteMessageBatch",
        "Encrypt",
        "GenerateDataKey",
        "Publish",
        "PublishBatch",
        "PurgeQueue",
        "PutEvents",
        "PutLogEvents",
        "PutMetricData",
        "Query",
        "ReceiveMessage",
        "Scan",
        "SendMessage",
        "SendMessageBatch",
        "SetAlarmState",
        "StartMessageMoveTask",
        "StartQuery",
        "StopQuery",
        "TransactGetItems",
    }
)
"""Calls that move data rather than provision; they are not replayed after a restart."""

_RPC_PATH = re.compile(r"/service/[^/]+/operation/([A-Za-z]+)")
_ACTION = re.compile(rb"(?:^|&)Action=([A-Za-z]+)")


def operation_name(request: HttpRequest) -> str | None:
    """Give the operation of a JSON, query or CBOR protocol call; None for REST.

    Examples
    --------
    >>> operation_name(HttpRequest("POST", "/", headers=(("X-Amz-Target", "AWSEvents.PutRule"),)))
    'PutRule'
    >>> operation_name(HttpRequest("POST", "/", body=b"Action=CreateRole&Version=2010-05-08"))
    'CreateRole'
    """
    rpc = rpc_operation(request)
    if rpc:
        return rpc
    target = request.header("X-Amz-Target")
    if target:
        return target.rpartition(".")[2]
    match = _ACTION.search(request.body[:4096])
    if match:
        return match.group(1).decode()
    return parse_qs(request.query).get("Action", [None])[0]


def rpc_operation(request: HttpRequest) -> str | None:
    """Return the operation that the path of a CBOR call names; None for other protocols.

    Examples
    --------
    >>> rpc_operation(HttpRequest("POST", "/service/Granite/operation/PutMetricData"))
    'PutMetricData'
    """
    match = _RPC_PATH.fullmatch(request.path)
    return match[1] if match else None


def mutates(request: HttpRequest) -> bool:
    """Tell whether a call may change what is provisioned.

    Examples
    --------
    >>> mutates(HttpRequest("GET", "/2015-03-31/functions"))
    False
    >>> mutates(HttpRequest("POST", "/2015-03-31/functions"))
    True
    """
    if request.method in {"GET", "HEAD"} and "Action=" not in request.query:
        return False
    name = operation_name(request)
    return name is None or not (name.startswith(_READS) or name in _DATA)
