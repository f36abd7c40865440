"""The API of DynamoDB Streams, with iterators that outlive a restart.

moto's iterators are objects that it never forgets, and its errors are those of an assertion.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
"""

import base64
import json
import time
from collections.abc import Mapping
from typing import Any

from moto.dynamodb.models.table import Table

from tracing_lab.arns import as_arn
from tracing_lab.embedded.http.messages import HttpResponse, json_response
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.calling import CallNext, Override
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import ApiError

from .items import BYTES
from .recording import make_read
from .streams import FIRST_NUMBER, SHARD_ID, Stream, stream_of

_MOST_RECORDS = 1000
_ITERATOR_S = 15 * 60  # source: GetShardIterator, "expires 15 minutes after it is retrieved"
_NOT_FOUND = "ResourceNotFoundException"
_INVALID = "ValidationException"
_TRIMMED = "TrimmedDataAccessException"
_EXPIRED = "ExpiredIteratorException"


def find_stream(stream_arn: str) -> tuple[Table, Stream]:
    """Return a stream and its table, which may be unread; KeyError if there is no such stream."""
    arn = as_arn(stream_arn)
    name = "" if arn is None else f"{arn.resource}/".split("/")[1]
    table = None if arn is None else backend("dynamodb", arn.region).tables.get(name)
    stream = None if table is None else stream_of(table)
    if table is None or stream is None or stream.arn != stream_arn:
        raise KeyError(stream_arn)
    return table, stream


def stream_with(stream_arn: str) -> Stream:
    """Return a stream, with its records; KeyError if there is none."""
    table, stream = find_stream(stream_arn)
    make_read(table)
    return stream


def describe_stream(call: ApiCall, _next: CallNext) -> HttpResponse:
    """Describe a stream of one shard."""
    arn = str(call.members["StreamArn"])
    table, stream = _found(call, arn)
    ended = {} if stream.is_enabled else {"EndingSequenceNumber": str(stream.last_number)}
    description = {
        "StreamArn": arn,
        "StreamLabel": stream.label,
        "StreamStatus": "ENABLED" if stream.is_enabled else "DISABLED",
        "StreamViewType": stream.view,
        "CreationRequestDateTime": stream.created_s,
        "TableName": table.name,
        "KeySchema": table.schema,
        "Shards": [
            {
                "ShardId": SHARD_ID,
                "SequenceNumberRange": {"StartingSequenceNumber": str(FIRST_NUMBER), **ended},
            }
        ],
    }
    return json_response(200, {"StreamDescription": description})


def get_shard_iterator(call: ApiCall, _next: CallNext) -> HttpResponse:
    """Return an iterator, which is the place where it stands."""
    members = call.members
    arn = str(members["StreamArn"])
    _, stream = _found(call, arn)
    if members["ShardId"] != SHARD_ID:
        message = f"Requested resource not found: Shard does not exist: {members['ShardId']}"
        raise ApiError(_NOT_FOUND, message)
    return json_response(200, {"ShardIterator": _iterator(arn, _start(stream, members))})


def get_records(call: ApiCall, _next: CallNext) -> HttpResponse:
    """Return records from an iterator on, and the next iterator, unless the shard has ended."""
    arn, number = _place(str(call.members["ShardIterator"]))
    _, stream = _found(call, arn)
    stream.trim()
    if number < stream.first_number:
        raise ApiError(_TRIMMED, "The records are older than 24 hours.")
    records = stream.after(number, int(call.members.get("Limit") or _MOST_RECORDS))
    following = number + len(records)
    has_ended = not stream.is_enabled and following >= stream.next_number
    iterator = {} if has_ended else {"NextShardIterator": _iterator(arn, following)}
    return json_response(200, {"Records": [_shown(record) for record in records], **iterator})


STREAM_OVERRIDES: Mapping[tuple[str, str], Override] = {
    ("dynamodbstreams", "DescribeStream"): describe_stream,
    ("dynamodbstreams", "GetRecords"): get_records,
    ("dynamodbstreams", "GetShardIterator"): get_shard_iterator,
}


def _found(call: ApiCall, arn: str) -> tuple[Table, Stream]:
    """Return a stream of the call's region, with its records, and its table."""
    try:
        table, stream = find_stream(arn)
    except KeyError:
        table = None
    if table is None or table.region_name != call.region:
        message = f"Requested resource not found: Stream: {arn} not found"
        raise ApiError(_NOT_FOUND, message)
    make_read(table)
    return table, stream


def _start(stream: Stream, members: Mapping[str, Any]) -> int:
    """Return the sequence number at which an iterator begins."""
    stream.trim()
    kind = members["ShardIteratorType"]
    if kind == "TRIM_HORIZON":
        return stream.first_number
    if kind == "LATEST":
        return stream.next_number
    try:
        number = int(members.get("SequenceNumber") or "")
    except ValueError as error:
        message = f"Invalid SequenceNumber for ShardIteratorType {kind}"
        raise ApiError(_INVALID, message) from error
    return number + 1 if kind == "AFTER_SEQUENCE_NUMBER" else number


def _iterator(arn: str, number: int) -> str:
    place = base64.b64encode(json.dumps([number, time.time()]).encode()).decode()
    return f"{arn}|1|{place}"


def _place(iterator: str) -> tuple[str, int]:
    arn, _, text = iterator.partition("|1|")
    try:
        number, made_s = json.loads(base64.b64decode(text, validate=True))
        place, expires_s = int(number), float(made_s) + _ITERATOR_S
    except (OverflowError, TypeError, ValueError) as error:
        raise ApiError(_INVALID, "Invalid ShardIterator") from error
    if time.time() > expires_s:
        raise ApiError(_EXPIRED, "The iterator is older than 15 minutes.")
    return arn, place


def _shown(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record as the API's JSON has it, with binary values in base64."""
    return {**record, "dynamodb": as_wire(record["dynamodb"])}


def as_wire(value: Any) -> Any:
    """Return plain data with binary values as base64 text.

    Examples
    --------
    >>> as_wire({"b": {"B": {"$bytes": "MQ=="}}})
    {'b': {'B': 'MQ=='}}
    >>> as_wire({"$bytes": {"S": "an attribute of this name"}})
    {'$bytes': {'S': 'an attribute of this name'}}
    """
    if isinstance(value, dict):
        if value.keys() == {BYTES} and isinstance(value[BYTES], str):
            return value[BYTES]
        return {name: as_wire(inner) for name, inner in value.items()}
    return [as_wire(inner) for inner in value] if isinstance(value, list) else value
