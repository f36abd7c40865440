"""Calls of CloudWatch Logs that moto answers wrongly or not at all."""

import json
from collections.abc import Callable
from typing import Any

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse, json_response
from tracing_lab.embedded.moto.logs.calls import (
    LogsError,
    Members,
    filter_pattern,
    log_group,
    logs_operation,
)
from tracing_lab.embedded.moto.logs.filter_events import filter_log_events
from tracing_lab.embedded.moto.logs.insights import (
    describe_queries,
    query_results,
    start_query,
    stop_query,
)
from tracing_lab.embedded.moto.logs.metric_filters import (
    PATTERN_MEMBERS,
    check_transformations,
    drop_replaced_filters,
    metric_filter_matches,
)

Answer = Callable[[HttpRequest], HttpResponse]


def concerns_logs(request: HttpRequest) -> bool:
    """Return whether a call is one that is answered or checked here."""
    operation = logs_operation(request)
    return operation in _OPERATIONS or operation in PATTERN_MEMBERS


def answer_logs(answer: Answer, request: HttpRequest, *, region: str) -> HttpResponse:
    """Answer a call of CloudWatch Logs.

    Parameters
    ----------
    answer
        moto.
    request
        The call.
    region
        The region of the call.
    """
    operation = str(logs_operation(request))
    members: Members = json.loads(request.body or b"{}")
    try:
        if operation in PATTERN_MEMBERS:
            filter_pattern(members, PATTERN_MEMBERS[operation])
            return _put_filter(answer, request, members, region)
        return json_response(200, _OPERATIONS[operation](members, region))
    except LogsError as error:
        return error.response()


def _put_filter(
    answer: Answer, request: HttpRequest, members: Members, region: str
) -> HttpResponse:
    check_transformations(members)
    response = answer(request)
    if logs_operation(request) == "PutMetricFilter":
        drop_replaced_filters(members, region)
    return response


def _associate_key(members: Members, region: str) -> dict[str, Any]:
    """Set the key of a log group: moto keeps the one that a group is made with, no later one."""
    _keyed_group(members, region).kms_key_id = members["kmsKeyId"]
    return {}


def _disassociate_key(members: Members, region: str) -> dict[str, Any]:
    _keyed_group(members, region).kms_key_id = None
    return {}


def _keyed_group(members: Members, region: str) -> Any:
    name = members.get("logGroupName") or members.get("resourceIdentifier")
    return log_group(str(name or ""), region)


_OPERATIONS: dict[str, Callable[[Members, str], dict[str, Any]]] = {
    "AssociateKmsKey": _associate_key,
    "DescribeQueries": describe_queries,
    "DisassociateKmsKey": _disassociate_key,
    "FilterLogEvents": filter_log_events,
    "GetQueryResults": query_results,
    "StartQuery": start_query,
    "StopQuery": stop_query,
    "TestMetricFilter": metric_filter_matches,
}
