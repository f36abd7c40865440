"""Event buses: statements of their policies, what a list of them shows, and changes to them."""

from typing import Any

from tracing_lab.embedded.http.messages import HttpResponse, json_response
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.calling import CallNext, content_of, succeeded, with_content
from tracing_lab.embedded.moto.replaying.call_clock import CLOCK
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import ApiError

_STATEMENTS = "_statements"  # moto's attribute of a bus
_SETTINGS = {
    "Description": "description",
    "KmsKeyIdentifier": "kms_key_identifier",
    "DeadLetterConfig": "dead_letter_config",
    "LogConfig": "log_config",
}
"""Members of UpdateEventBus and the attributes of moto's buses; the last is not moto's own."""


def put_permission(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Add a statement to a bus's policy, where moto drops those about the same principal.

    A whole policy replaces the one before, and the principal ``*`` stands as it is.
    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html
    """
    bus = _bus(call, call.members.get("EventBusName"))
    if bus is None:
        return call_next(call)  # which says so
    kept = vars(bus)
    before, kept[_STATEMENTS] = kept[_STATEMENTS], {}
    response = call_next(call)
    if not succeeded(response):
        kept[_STATEMENTS] = before
    elif not call.members.get("Policy"):
        if call.members["Principal"] == "*":
            kept[_STATEMENTS][call.members["StatementId"]].principal = "*"
        kept[_STATEMENTS] = {**before, **kept[_STATEMENTS]}
    return response


def list_buses(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Add description and times to the buses that moto lists.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EventBus.html
    """
    response = call_next(call)
    if not succeeded(response):
        return response
    content = content_of(response)
    buses = backend("events", call.region).event_buses
    for shown in content["EventBuses"]:
        bus = buses[shown["Name"]]
        shown.update(CreationTime=bus.creation_time, LastModifiedTime=bus.last_modified_time)
        if bus.description:
            shown["Description"] = bus.description
    return with_content(response, content)


def create_bus(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Keep the settings of a new bus that moto drops, and show all of them.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html
    """
    response = call_next(call)
    bus = _bus(call, call.members["Name"])
    if not succeeded(response) or bus is None:
        return response
    bus.log_config = call.members.get("LogConfig")
    return with_content(response, {**content_of(response), **_settings(bus)})


def describe_bus(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Add the settings that moto does not show.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeEventBus.html
    """
    response = call_next(call)
    bus = _bus(call, _name(call))
    if not succeeded(response) or bus is None:
        return response
    return with_content(response, {**content_of(response), **_settings(bus)})


def update_bus(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to UpdateEventBus, which moto does not know.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UpdateEventBus.html
    """
    bus = _bus(call, _name(call))
    if bus is None:
        code = "ResourceNotFoundException"
        raise ApiError(code, f"Event bus {_name(call)} does not exist.")
    for member, attribute in _SETTINGS.items():
        if member in call.members:
            setattr(bus, attribute, call.members[member])
    bus.last_modified_time = CLOCK.time_s()
    return json_response(200, {"Arn": bus.arn, "Name": bus.name, **_settings(bus)})


def _settings(bus: Any) -> dict[str, Any]:
    """Return the settings of a bus that are set."""
    shown = {member: getattr(bus, name, None) for member, name in _SETTINGS.items()}
    return {member: value for member, value in shown.items() if value}


def _name(call: ApiCall) -> str:
    """Return the name of the bus, which a call may give by its ARN."""
    return str(call.members.get("Name") or "default").rpartition("/")[2]


def _bus(call: ApiCall, name: str | None) -> Any:
    """Return moto's bus of a name, or None."""
    return backend("events", call.region).event_buses.get(name or "default")
