"""The streams of tables: records of their changes, for a day.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table

from tracing_lab.embedded.moto.replaying.call_clock import CLOCK

from .items import Key, Plain, plain_item, plain_value

StreamRecord = dict[str, Any]
"""A record as GetRecords returns it, with its time as epoch seconds."""

RETAINED_S = 24 * 3600
FIRST_NUMBER = 1100000000017454423009
SHARD_ID = "shardId-00000001541626099285-f35f62ef"
_OLD, _NEW = {"OLD_IMAGE", "NEW_AND_OLD_IMAGES"}, {"NEW_IMAGE", "NEW_AND_OLD_IMAGES"}
_STREAM = "_stream"


class Stream:
    """A stream of one shard. Guarded by the control plane's lock.

    Parameters
    ----------
    table
        Its table.
    label
        The time of its creation, which its ARN has.
    view
        Which images of an item its records have.
    """

    def __init__(self, table: Table, label: str, view: str) -> None:
        self.arn = f"{table.table_arn}/stream/{label}"
        self.label, self.view = label, view
        self.is_enabled = True
        self.created_s = CLOCK.time_s()
        self.records: list[StreamRecord] = []
        self.count = 0
        self._region = table.region_name
        self._table = table

    def add(self, key: Key, before: Item | None, after: Item | None) -> StreamRecord | None:
        """Add the record of a write; None for one that changes nothing, or if it is disabled."""
        if not self.is_enabled or (before is not None and after is not None and before == after):
            return None
        record = self._record(key, before, after)
        self.records.append(record)
        self.count += 1
        return record

    def withdraw(self, record: StreamRecord) -> None:
        """Remove the newest record."""
        if self.records and self.records[-1] is record:
            del self.records[-1]
            self.count -= 1

    def after(self, number: int, limit: int) -> Sequence[StreamRecord]:
        """Return records from a sequence number on."""
        self.trim()
        start = max(0, number - self.first_number)
        return self.records[start : start + limit]

    @property
    def first_number(self) -> int:
        """The sequence number of the oldest record, or of the next one."""
        return self.next_number - len(self.records)

    @property
    def next_number(self) -> int:
        """The sequence number of the next record."""
        return FIRST_NUMBER + self.count

    @property
    def last_number(self) -> int:
        """The sequence number of the newest record, or the first number if there was none."""
        return max(FIRST_NUMBER, self.next_number - 1)

    def trim(self) -> None:
        """Forget what is older than a day."""
        oldest_s = time.time() - RETAINED_S
        old = 0
        while old < len(self.records) and created_s(self.records[old]) < oldest_s:
            old += 1
        del self.records[:old]

    def restore(self, records: Sequence[StreamRecord], count: int) -> None:
        """Set the records that an earlier server wrote, and how many there were in all."""
        self.records, self.count = list(records), count
        self.trim()

    def _record(self, key: Key, before: Item | None, after: Item | None) -> StreamRecord:
        old, new = (None if item is None else plain_item(item) for item in (before, after))
        keys = {self._table.hash_key_attr: plain_value(key.partition)}
        if key.sort is not None and self._table.range_key_attr is not None:
            keys[self._table.range_key_attr] = plain_value(key.sort)
        images = {
            **({"NewImage": new} if new is not None and self.view in _NEW else {}),
            **({"OldImage": old} if old is not None and self.view in _OLD else {}),
        }
        return {
            "eventID": uuid.uuid4().hex,
            "eventName": "INSERT" if old is None else "REMOVE" if new is None else "MODIFY",
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": self._region,
            "dynamodb": {
                "ApproximateCreationDateTime": float(int(time.time())),
                "Keys": keys,
                **images,
                "SequenceNumber": str(self.next_number),
                "SizeBytes": sum(map(_size, (keys, *images.values()))),
                "StreamViewType": self.view,
            },
        }


def created_s(record: StreamRecord) -> float:
    """Return when a record was written, in epoch seconds."""
    time_s: float = record["dynamodb"]["ApproximateCreationDateTime"]
    return time_s


def stream_of(table: Table) -> Stream | None:
    """Return a table's newest stream, also a disabled one; None if it never had one."""
    stream: Stream | None = vars(table).get(_STREAM)
    return stream


def adopt_streams() -> None:
    """Replace moto's streams, which have two records for a new item and outlive no restart."""
    patched: Any = Table
    patched.set_stream_specification = _set_specification
    tables: Any = DynamoDBBackend
    tables.update_table_streams = _update_streams


def _set_specification(table: Any, wanted: Mapping[str, Any] | None) -> None:
    """Replace moto's method: enable a new stream, or disable the present one."""
    if wanted and (wanted.get("StreamEnabled") or wanted.get("StreamViewType")):
        view = wanted.get("StreamViewType")
        if view is None:
            msg = (
                "One or more parameter values were invalid: StreamViewType must be specified when "
                "StreamEnabled is true"
            )
            raise MockValidationException(msg)
        label = CLOCK.now().isoformat(timespec="milliseconds")
        vars(table)[_STREAM] = Stream(table, label, view)
        table.stream_specification = {"StreamEnabled": True, "StreamViewType": view}
        table.latest_stream_label = label
        return
    table.stream_specification = {"StreamEnabled": False}
    stream = stream_of(table)
    if stream is not None:
        stream.is_enabled = False


def _update_streams(_tables: Any, table: Table, wanted: Mapping[str, Any]) -> None:
    """Replace moto's method, which enables no second stream."""
    stream = stream_of(table)
    enabled = stream is not None and stream.is_enabled
    if enabled == bool(wanted.get("StreamEnabled")):
        problem = "already has an enabled stream" if enabled else "has no stream to disable"
        msg = f"Table {problem}: TableName: {table.name}"
        raise MockValidationException(msg)
    table.set_stream_specification(dict(wanted))


def _size(image: Plain) -> int:
    """Return roughly how many bytes attributes have."""
    return sum(len(name) + len(str(next(iter(value.values())))) for name, value in image.items())
