"""Rejects settings that the source of an event source mapping does not have.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

from collections.abc import Mapping
from typing import Any

from tracing_lab.arns import service_in
from tracing_lab.embedded.eventbridge.patterns.pattern import (
    InvalidEventPatternError,
    compile_pattern,
)
from tracing_lab.embedded.moto.data.tables.stream_api import stream_with
from tracing_lab.embedded.protocol.errors import ApiError

_INVALID = "InvalidParameterValueException"
_WITHOUT_WINDOW = 10  # messages of a batch that may have no window
_LEAST_AGE_S = 60
_OF_STREAMS = (
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "StartingPosition",
)
_OF_QUEUES = ("ScalingConfig",)


def check_mapping(members: Mapping[str, Any], source_arn: str, *, is_new: bool) -> None:
    """Raise if a mapping of a queue or stream cannot have such settings.

    Parameters
    ----------
    members
        The members of the call.
    source_arn
        The queue or stream; empty if there is no such mapping.
    is_new
        Whether the mapping is created.
    """
    if service_in(source_arn) == "dynamodb":
        _check_unsupported(members, _OF_QUEUES)
        _check_stream(members, source_arn, is_new=is_new)
    elif source_arn:
        _check_unsupported(members, _OF_STREAMS)
        _check_queue(members, source_arn)
    for entry in (members.get("FilterCriteria") or {}).get("Filters") or ():
        try:
            compile_pattern(entry.get("Pattern") or "{}")
        except InvalidEventPatternError as error:
            raise ApiError(_INVALID, f"Invalid filter pattern definition. {error}") from error


def _check_unsupported(members: Mapping[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        if members.get(name):
            message = f"Unsupported {name} parameter for given event source mapping type."
            raise ApiError(_INVALID, message)


def _check_stream(members: Mapping[str, Any], stream_arn: str, *, is_new: bool) -> None:
    position = members.get("StartingPosition")
    if is_new and position is None:
        message = (
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy "
            "constraint: Member must not be null."
        )
        raise ApiError(_INVALID, message)
    if position == "AT_TIMESTAMP":
        message = "Unsupported starting position for given event source mapping type."
        raise ApiError(_INVALID, message)
    age_s = members.get("MaximumRecordAgeInSeconds")
    if isinstance(age_s, int) and -1 < age_s < _LEAST_AGE_S:
        message = f"MaximumRecordAgeInSeconds must be -1, or between {_LEAST_AGE_S} and 604800."
        raise ApiError(_INVALID, message)
    _check_destination(members)
    if is_new:
        _check_exists(stream_arn)


def _check_destination(members: Mapping[str, Any]) -> None:
    destination = members.get("DestinationConfig") or {}
    arn = str((destination.get("OnFailure") or {}).get("Destination") or "")
    if destination.get("OnSuccess") or (arn and service_in(arn) not in {"sqs", "sns"}):
        raise ApiError(_INVALID, f"Unsupported destination {arn}: use OnFailure with SQS or SNS.")


def _check_exists(stream_arn: str) -> None:
    try:
        is_enabled = stream_with(stream_arn).is_enabled
    except KeyError:
        is_enabled = False
    if not is_enabled:
        raise ApiError(_INVALID, f"Stream not found: {stream_arn}")


def _check_queue(members: Mapping[str, Any], queue_arn: str) -> None:
    size, window_s = members.get("BatchSize"), members.get("MaximumBatchingWindowInSeconds")
    if queue_arn.endswith(".fifo"):
        _check_fifo(size, window_s)
    if isinstance(size, int) and size > _WITHOUT_WINDOW and not window_s:
        message = (
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is "
            "greater than 10"
        )
        raise ApiError(_INVALID, message)


def _check_fifo(size: Any, window_s: Any) -> None:
    """Reject what FIFO queues do not have.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
    """
    if window_s:
        raise ApiError(_INVALID, "Batching window is not supported for FIFO queues")
    if isinstance(size, int) and size > _WITHOUT_WINDOW:
        message = f"Batch size {size} exceeds the maximum of {_WITHOUT_WINDOW} for FIFO queues"
        raise ApiError(_INVALID, message)
