"""BatchWriteItem, table by table: moto takes equal items of two tables for duplicates.

On the other hand it accepts two writes of a key, if the items differ.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.calling import CallNext, content_of, succeeded, with_content
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import ApiError

from .items import comparable

MOST_WRITES = 25
_CHECKSUM = "x-amz-crc32"  # of a body, which SDKs compare
_INVALID = "ValidationException"
_EMPTY = (
    "1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint: "
    "Member must have length greater than or equal to 1"
)
_Writes = Sequence[Mapping[str, Mapping[str, Any]]]


def write_batch(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Write items of some tables; the first error counts, and everything is undone then."""
    by_table: Mapping[str, _Writes] = call.members["RequestItems"]
    if not by_table:
        raise ApiError(_INVALID, _EMPTY)
    if sum(map(len, by_table.values())) > MOST_WRITES:
        raise ApiError(_INVALID, "Too many items requested for the BatchWriteItem call")
    for name, writes in by_table.items():
        _check_keys(call.region, name, writes)
    responses = []
    for name, writes in by_table.items():
        only = call.with_members({**call.members, "RequestItems": {name: writes}})
        responses.append(call_next(only))
        if not succeeded(responses[-1]):
            return responses[-1]
    return _merged(responses) if len(responses) > 1 else responses[0]


def _check_keys(region: str, name: str, writes: _Writes) -> None:
    tables = backend("dynamodb", region).tables
    table = tables.get(name.rpartition("/")[2])
    if table is None:
        return  # moto reports it
    keys = [_key(table.table_key_attrs, write) for write in writes]
    if len(set(keys)) < len(keys):
        raise ApiError(_INVALID, "Provided list of item keys contains duplicates")


def _key(names: Sequence[str], write: Mapping[str, Mapping[str, Any]]) -> Any:
    """Return the key of a write in a form that is equal for equal keys."""
    attributes = write.get("PutRequest", {}).get("Item") or write.get("DeleteRequest", {}).get(
        "Key"
    )
    try:
        return tuple(comparable((attributes or {})[name]) for name in names)
    except (KeyError, ArithmeticError, StopIteration, AttributeError, TypeError):
        return id(write)  # moto reports what is wrong with it


def _merged(responses: Sequence[HttpResponse]) -> HttpResponse:
    contents = [content_of(response) for response in responses]
    kept = (header for header in responses[0].headers if header[0].lower() != _CHECKSUM)
    first = replace(responses[0], headers=tuple(kept))
    capacity = [entry for content in contents for entry in content.get("ConsumedCapacity") or ()]
    consumed = {"ConsumedCapacity": capacity} if capacity else {}
    return with_content(first, {**contents[0], **consumed})
