"""Read the dead-letter queues of a stack, and send failed events again.

SQS cannot do that by itself: StartMessageMoveTask moves messages between queues only, and these
came from EventBridge and Lambda (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html).
"""

import json
import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Literal

import pandas as pd

from tracing_lab.aws import Aws
from tracing_lab.config import SERVICES, Config
from tracing_lab.config.fault_limits import unknown
from tracing_lab.errors import AwsError, ConfigError, TraceDataError
from tracing_lab.stack import Names, Site
from tracing_lab.xray_model.trace_header import TraceHeader

_LOG = logging.getLogger(__name__)
_VISIBILITY_S = 60
_WAYS = ("function", "bus")
_COLUMNS = (
    "message_id",
    "service",
    "cause",
    "error_code",
    "error_message",
    "retries",
    "exhausted",
    "rule",
    "request_id",
    "trace_id",
    "detail_type",
    "received",
    "event",
)

Json = dict[str, Any]
_Received = tuple[str, str, Json]
"""Service, URL of its queue, and a message."""


def read(
    config: Config, *, services: Sequence[str] | None = None, aws: Aws | None = None
) -> pd.DataFrame:
    """Return the events that could not be delivered or processed; they stay in their queues.

    Parameters
    ----------
    config
        The stack's variables.
    services
        Whose dead letters; all services' by default.
    aws
        The AWS clients; created from `config` by default.

    Returns
    -------
    pandas.DataFrame
        Index ``message_id``. ``cause`` is ``delivery`` where EventBridge did not reach the
        function, and ``function`` where the function failed with the event. ``error_code``,
        ``error_message`` and ``trace_id`` are there for both, ``retries``, ``exhausted`` and
        ``rule`` for the first, ``request_id`` for the second. ``received`` is when the queue got
        it (UTC), ``event`` the event itself.

    Raises
    ------
    ConfigError
        If there is no such service, or the stack has no dead-letter queues.
    AwsError
        If AWS cannot be reached.
    """
    aws = aws or Aws(config)
    with _received(config, aws, services) as messages:
        rows = [_row(service, message) for service, _, message in messages]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    frame["received"] = pd.to_datetime(frame["received"], unit="ms", utc=True)
    return frame.set_index("message_id")


def send_again(
    config: Config,
    letters: pd.DataFrame,
    *,
    to: Literal["function", "bus"] = "function",
    aws: Aws | None = None,
) -> int:
    """Send failed events again, and delete them from their queues once they are accepted.

    At least once: an event whose acceptance is not confirmed stays, and can be sent again.

    Parameters
    ----------
    config
        The stack's variables.
    letters
        Rows of what `read` returned.
    to
        ``function`` for the function that missed the event, and no other; ``bus`` for all targets
        whose rules match it, in the event's own trace.
    aws
        The AWS clients; created from `config` by default.

    Returns
    -------
    int
        The number of events sent, without those deleted from the queues in the meantime.

    Raises
    ------
    TraceDataError
        If `to` is ``bus`` and some letters are not events of a bus; nothing is sent.
    ConfigError
        If `to` is something else, or the stack has no dead-letter queues; nothing is sent.
    AwsError
        If AWS cannot be reached, or rejects an event; those sent before are deleted.
    """
    if to not in _WAYS:
        msg = f"Nothing was sent: {unknown(to, _WAYS, what='way to send letters again')}."
        raise ConfigError(msg)
    if to == "bus":
        _check_events(letters)
    aws, sent = aws or Aws(config), 0
    with _received(config, aws, list(dict.fromkeys(letters["service"]))) as messages:
        names = _names(config, aws)
        for received in tuple(messages):
            service, url, message = received
            if message["MessageId"] in letters.index:
                _send(aws, names, service, message, to=to)
                aws.sqs.delete_message(url, message["ReceiptHandle"])
                messages.remove(received)
                sent += 1
    return sent


@contextmanager
def _received(
    config: Config, aws: Aws, services: Sequence[str] | None
) -> Iterator[list[_Received]]:
    """Yield the list of all messages; those left in it at the end become visible again."""
    if not config.enable_dead_letter_queues:
        msg = f"{config.stack_name} has no dead-letter queues; set enable_dead_letter_queues."
        raise ConfigError(msg)
    chosen = SERVICES if services is None else services
    if strangers := [service for service in chosen if service not in SERVICES]:
        msg = f"{strangers[0]!r} is not a service. Choose from: {', '.join(SERVICES)}."
        raise ConfigError(msg)
    names = _names(config, aws)
    urls = {service: aws.sqs.url(names.queue(service)) for service in chosen}
    messages: list[_Received] = []
    try:
        with ThreadPoolExecutor(len(SERVICES)) as executor:  # each queue is waited for
            for service, found in zip(
                urls, executor.map(lambda url: _all(aws, url), urls.values()), strict=True
            ):
                messages += [(service, urls[service], message) for message in found]
        yield messages
    finally:
        for _, url, message in messages:
            _show(aws, url, message)


def _all(aws: Aws, url: str) -> list[Json]:
    """Receive until nothing new arrives: messages may be received twice."""
    found: dict[str, Json] = {}
    while True:
        batch = aws.sqs.receive(url, visibility_s=_VISIBILITY_S)
        new = {message["MessageId"]: message for message in batch}
        if new.keys() <= found.keys():
            return list(found.values())
        found |= new


def _show(aws: Aws, url: str, message: Json) -> None:
    try:
        aws.sqs.show_message(url, message["ReceiptHandle"])
    except AwsError as error:  # it becomes visible again after its timeout
        _LOG.info("%s stays hidden for up to %d s: %s", url, _VISIBILITY_S, error)


def _names(config: Config, aws: Aws) -> Names:
    identity = aws.sts.caller_identity()
    return Names(config, Site(identity.account_id, config.aws_region, identity.partition))


def _send(aws: Aws, names: Names, service: str, message: Json, *, to: str) -> None:
    body = str(message["Body"])
    if to == "function":
        aws.lambda_.invoke_event(names.function(service), body.encode())
        return
    event = json.loads(body)
    aws.events.put_event(
        names.bus,
        source=event["source"],
        detail_type=event["detail-type"],
        detail=event["detail"],
        trace_header=message.get("Attributes", {}).get("AWSTraceHeader"),
    )


def _check_events(letters: pd.DataFrame) -> None:
    wanted = {"source", "detail-type", "detail"}
    not_events = [
        str(message_id)
        for message_id, event in letters["event"].items()
        if not (isinstance(event, dict) and wanted <= event.keys())
    ]
    if not_events:
        msg = f"{not_events[0]} is not an event of a bus; send it to its function."
        raise TraceDataError(msg)


def _row(service: str, message: Json) -> tuple[Any, ...]:
    own, system = message.get("MessageAttributes", {}), message.get("Attributes", {})
    values = {name: attribute.get("StringValue") for name, attribute in own.items()}
    header = TraceHeader.parse(system.get("AWSTraceHeader"))
    event = _json_or_text(message["Body"])
    retries = values.get("RETRY_ATTEMPTS")
    return (
        message["MessageId"],
        service,
        "delivery" if "RULE_ARN" in values else "function",
        values.get("ERROR_CODE") or values.get("ErrorCode"),
        values.get("ERROR_MESSAGE") or values.get("ErrorMessage"),
        None if retries is None else int(retries),
        values.get("EXHAUSTED_RETRY_CONDITION"),
        values.get("RULE_ARN"),
        values.get("RequestID"),
        None if header is None else header.root,
        event.get("detail-type") if isinstance(event, dict) else None,
        int(system["SentTimestamp"]),
        event,
    )


def _json_or_text(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body
