"""Calls of CloudWatch Logs that moto handles wrongly or not at all."""

from collections.abc import Callable, Mapping
from typing import Any

from tracing_lab.embedded.http.messages import HttpResponse, json_response
from tracing_lab.embedded.moto.calling import (
    CallNext,
    Override,
    content_of,
    succeeded,
    with_content,
)
from tracing_lab.embedded.moto.logs.calls import (
    Members,
    filter_pattern,
    invalid_parameter,
    log_group,
)
from tracing_lab.embedded.moto.logs.insights import (
    describe_queries,
    query_results,
    start_query,
    stop_query,
)
from tracing_lab.embedded.moto.logs.metric_filters import (
    PATTERN_MEMBERS,
    check_transformations,
    drop_filters_of,
    drop_replaced_filters,
    filter_names,
    metric_filter_matches,
)
from tracing_lab.embedded.moto.logs.query_definitions import (
    delete_query_definition,
    describe_query_definitions,
    put_query_definition,
)
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import ApiError

_Compute = Callable[[Members, str], dict[str, Any]]
_RESERVED = "aws/"


def with_unreserved_group(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Reject a call that makes or fills a log group of AWS's own, such as ``aws/spans``.

    That it is rejected is documented (API reference, CreateLogGroup; CloudWatch User Guide,
    "Transaction Search"), the wording is not.
    """
    name = str(call.members["logGroupName"])
    if name.startswith(_RESERVED):
        message = f"Log group {name}: names that start with {_RESERVED} are reserved for AWS."
        raise invalid_parameter(message)
    return call_next(call)


def put_filter(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Check the group and the pattern of a call, then pass the call on to moto."""
    if "logGroupName" in call.members:
        log_group(str(call.members["logGroupName"]), call.region)
    filter_pattern(call.members, PATTERN_MEMBERS[str(call.operation)])
    check_transformations(call.members)
    response = call_next(call)
    if call.operation == "PutMetricFilter":
        drop_replaced_filters(call.members, call.region)
    return response


def delete_group(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Delete a log group and its metric filters."""
    response = call_next(call)
    if succeeded(response):
        drop_filters_of(str(call.members["logGroupName"]), call.region)
    return response


def delete_metric_filter(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Delete a metric filter of a group that has it."""
    group, name = str(call.members["logGroupName"]), call.members["filterName"]
    log_group(group, call.region)
    if name not in filter_names(group, call.region):
        code, message = "ResourceNotFoundException", "The specified metric filter does not exist."
        raise ApiError(code, message)
    return call_next(call)


def describe_groups(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Describe log groups with the number of their metric filters."""
    response = call_next(call)
    if not succeeded(response):
        return response
    content = content_of(response)
    for group in content.get("logGroups", ()):
        group["metricFilterCount"] = len(filter_names(group["logGroupName"], call.region))
    return with_content(response, content)


def _computed(compute: _Compute) -> Override:
    """Return an override that responds with the result of a function of members and region."""
    return lambda call, _call_next: json_response(200, compute(call.members, call.region))


def _associate_key(members: Members, region: str) -> dict[str, Any]:
    """Set the key of a log group, which moto keeps only from its creation."""
    _keyed_group(members, region).kms_key_id = members["kmsKeyId"]
    return {}


def _disassociate_key(members: Members, region: str) -> dict[str, Any]:
    _keyed_group(members, region).kms_key_id = None
    return {}


def _keyed_group(members: Members, region: str) -> Any:
    name = members.get("logGroupName") or members.get("resourceIdentifier")
    return log_group(str(name or ""), region)


OVERRIDES: Mapping[str, Override] = {
    **dict.fromkeys(PATTERN_MEMBERS, put_filter),
    "AssociateKmsKey": _computed(_associate_key),
    "CreateLogGroup": with_unreserved_group,
    "DeleteLogGroup": delete_group,
    "DeleteMetricFilter": delete_metric_filter,
    "DeleteQueryDefinition": _computed(delete_query_definition),
    "DescribeLogGroups": describe_groups,
    "DescribeQueries": _computed(describe_queries),
    "DescribeQueryDefinitions": _computed(describe_query_definitions),
    "DisassociateKmsKey": _computed(_disassociate_key),
    "GetQueryResults": _computed(query_results),
    "PutQueryDefinition": _computed(put_query_definition),
    "StartQuery": _computed(start_query),
    "StopQuery": _computed(stop_query),
    "TestMetricFilter": _computed(metric_filter_matches),
}
"""By operation."""
