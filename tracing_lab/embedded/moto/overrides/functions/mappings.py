"""Event source mappings: `QueuePolling` polls their queues, `StreamPolling` their streams."""

from typing import Any

from tracing_lab.arns import Arn, parse_arn, service_in
from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.adapter import ACCOUNT_ID, backend
from tracing_lab.embedded.moto.calling import CallNext, content_of, succeeded, with_content
from tracing_lab.embedded.moto.checks.mapping_checks import check_mapping
from tracing_lab.embedded.moto.errors import MOTO_ERRORS
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import ApiError

_NOT_FOUND = "ResourceNotFoundException"
_INVALID = "InvalidParameterValueException"


def create(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Create a mapping of a queue or stream.

    https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
    """
    members = call.members
    check_mapping(members, members["EventSourceArn"], is_new=True)
    function, arn = _function(call)
    _check_visibility(function, members["EventSourceArn"])
    mappings = backend("lambda", call.region).list_event_source_mappings
    for other in mappings(members["EventSourceArn"], None):
        if other.function_arn == arn:
            code = "ResourceConflictException"
            message = (
                f"An event source mapping with event source arn ({other.event_source_arn}) and "
                f"function ({arn}) already exists. Please update or delete the existing mapping "
                f"with UUID {other.uuid}"
            )
            raise ApiError(code, message, status=409)
    named = call.with_members({**members, "FunctionName": arn})
    return _shown(call, call_next(named), arn, state="Creating")


def update(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Change a mapping."""
    source = _source_of(call)
    check_mapping(call.members, source, is_new=False)
    if not call.members.get("FunctionName"):
        return call_next(call)
    function, arn = _function(call)
    if source:
        _check_visibility(function, source)
    named = call.with_members({**call.members, "FunctionName": arn})
    return _shown(call, call_next(named), arn, state="Updating")


def _shown(call: ApiCall, response: HttpResponse, arn: str, *, state: str) -> HttpResponse:
    """Keep the version or alias of the function, which moto resolves, and show the state."""
    if not succeeded(response):
        return response
    content = content_of(response)
    mapping = backend("lambda", call.region).get_event_source_mapping(content["UUID"])
    mapping.function_arn = arn
    return with_content(response, {**content, "FunctionArn": arn, "State": state})


def _source_of(call: ApiCall) -> str:
    """Return the source of an existing mapping; moto reports a missing one."""
    known = backend("lambda", call.region).list_event_source_mappings(None, None)
    uuid = call.path_members.get("UUID")
    return next((str(mapping.event_source_arn) for mapping in known if mapping.uuid == uuid), "")


def _function(call: ApiCall) -> tuple[Any, str]:
    """Return moto's function that a mapping names, and its ARN with version or alias."""
    given = str(call.members.get("FunctionName", ""))
    name, _, qualifier = f":{given}".rpartition(":function:")[2].lstrip(":").partition(":")
    try:
        function = backend("lambda", call.region).get_function(name, qualifier or None)
    except MOTO_ERRORS as error:
        raise ApiError(_NOT_FOUND, str(error.message), status=404) from error
    resource = f"function:{name}:{qualifier}" if qualifier else f"function:{name}"
    return function, str(Arn("lambda", call.region, ACCOUNT_ID, resource))


def _check_visibility(function: Any, queue_arn: str) -> None:
    if service_in(queue_arn) != "sqs":
        return
    queue = backend("sqs", parse_arn(queue_arn).region).queues.get(parse_arn(queue_arn).resource)
    if queue is None:
        return  # moto reports it
    visible_s, timeout_s = int(queue.visibility_timeout), int(function.timeout)
    if visible_s < timeout_s:
        message = (
            f"Queue visibility timeout: {visible_s} seconds is less than Function timeout: "
            f"{timeout_s} seconds"
        )
        raise ApiError(_INVALID, message)
