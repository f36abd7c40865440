"""Subscription filters: sends log events that match to functions of the embedded Lambda.

moto keeps the filters, but sends all events whatever the pattern says, and would run functions in
containers of its own. Its log streams pass new events to this module instead.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

import base64
import gzip
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from tracing_lab.embedded.cloudwatch.log_patterns import compile_log_pattern
from tracing_lab.embedded.model import ServiceCall
from tracing_lab.embedded.moto.adapter import ACCOUNT_ID, backend

_LOGGER = logging.getLogger(__name__)

PRINCIPAL = "logs.amazonaws.com"

CallFunction = Callable[[ServiceCall], None]
Event = Mapping[str, Any]


def adopt_stream(region: str, group: str, stream: str, call: CallFunction) -> None:
    """Make a log stream pass its next events to this module; idempotent.

    Parameters
    ----------
    region, group, stream
        The stream; nothing happens if it does not exist.
    call
        Calls a function.
    """
    log_group = backend("logs", region).groups.get(group)
    found = None if log_group is None else log_group.streams.get(stream)
    if found is not None:
        found._send_log_events = partial(_deliver, found, call)  # noqa: SLF001 - moto's only way


def _deliver(
    stream: Any,
    call: CallFunction,
    *,
    service: str,
    destination_arn: str,
    filter_name: str,
    log_events: Sequence[Event],
) -> None:
    """Replace moto's ``LogStream._send_log_events``: send the events that match."""
    pattern = stream.log_group.subscription_filters[filter_name].filter_pattern
    matches = compile_log_pattern(pattern or "").matches
    chosen = [event for event in log_events if matches(event["message"])]
    if not chosen:
        return
    if service == "lambda":
        _call(stream, call, destination_arn, filter_name, chosen)
    else:
        send = type(stream)._send_log_events  # noqa: SLF001 - moto's own way to its other services
        send(stream, service, destination_arn, filter_name, chosen)


def _call(
    stream: Any, call: CallFunction, arn: str, filter_name: str, events: Sequence[Event]
) -> None:
    payload = json.dumps({"awslogs": {"data": _data(stream, filter_name, events)}}).encode()
    try:
        call(ServiceCall(arn, payload, PRINCIPAL, f"{stream.log_group.arn}:*"))
    except KeyError:
        _LOGGER.warning("%s of %s: no region invokes %s", filter_name, stream.log_group.name, arn)


def _data(stream: Any, filter_name: str, events: Sequence[Event]) -> str:
    """Return the events as Lambda receives them: compressed JSON in base64."""
    message = {
        "messageType": "DATA_MESSAGE",
        "owner": ACCOUNT_ID,
        "logGroup": stream.log_group.name,
        "logStream": stream.log_stream_name,
        "subscriptionFilters": [filter_name],
        "logEvents": [{**event, "id": str(event["id"])} for event in events],
    }
    return base64.b64encode(gzip.compress(json.dumps(message).encode())).decode()
