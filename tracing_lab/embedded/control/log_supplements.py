"""Keys that encrypt log groups: moto keeps the one that a group is made with, and no later one."""

import json
from collections.abc import Mapping
from typing import Any

from tracing_lab.embedded.http import HttpRequest, HttpResponse, error_response

from .moto_app import backend

_TARGET_PREFIX = "Logs_20140328."
_OPERATIONS = frozenset({"AssociateKmsKey", "DisassociateKmsKey"})


def concerns_keys(request: HttpRequest) -> bool:
    """Tell whether a call is AssociateKmsKey or DisassociateKmsKey."""
    return _operation(request) in _OPERATIONS


def answer_keys(request: HttpRequest, *, region: str) -> HttpResponse:
    """Set or take away the key of a log group.

    Parameters
    ----------
    request
        The call.
    region
        The region of the call.
    """
    body = json.loads(request.body)
    group = backend("logs", region).groups.get(_group_name(body))
    if group is None:
        message = "The specified log group does not exist."
        return error_response(400, "ResourceNotFoundException", message)
    group.kms_key_id = body["kmsKeyId"] if _operation(request) == "AssociateKmsKey" else None
    return HttpResponse(200, (("Content-Type", "application/x-amz-json-1.1"),), b"{}")


def _operation(request: HttpRequest) -> str:
    return (request.header("X-Amz-Target") or "").removeprefix(_TARGET_PREFIX)


def _group_name(body: Mapping[str, Any]) -> str:
    identifier = str(body.get("resourceIdentifier", ""))
    return str(body.get("logGroupName") or identifier.rpartition("log-group:")[2])
