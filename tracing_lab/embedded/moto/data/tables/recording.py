"""Notes what calls change in moto's tables, so that it can be written, or undone.

moto's methods are wrapped, because what a call changes cannot be read from all calls: PartiQL,
stacks and imports write items, too. What failed is undone as a whole: moto keeps the first writes
of a batch whose last one is invalid.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, wraps
from typing import Any, NamedTuple

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Backup, Table
from moto.dynamodb.models.table_export import TableExport
from moto.dynamodb.models.table_import import TableImport

from tracing_lab.embedded.moto.replaying.call_clock import adopt_clock

from .items import Key, find, place
from .queries import adopt_queries
from .streams import StreamRecord, adopt_streams, stream_of

_UNREAD = "_unread_items"
_ITEMS = "_items"


class ItemChange(NamedTuple):
    """An item before and after a write; None where there is none."""

    table: Table
    key: Key
    before: Item | None
    after: Item | None
    record: StreamRecord | None


@dataclass
class TableChanges:
    """What a call has changed so far.

    Parameters
    ----------
    items
        Changed items, in order.
    filled
        Tables that were created with items.
    backups
        New backups.
    deleted
        Tables that were deleted.
    """

    items: list[ItemChange] = field(default_factory=list)
    filled: list[Table] = field(default_factory=list)
    backups: list[Backup] = field(default_factory=list)
    deleted: list[Table] = field(default_factory=list)
    is_paused: bool = False
    is_transaction: bool = False

    def note(self, table: Table, key: Key, before: Item | None, after: Item | None) -> None:
        """Note a write, and add its record to the table's stream."""
        if self.is_paused:
            return
        stream = stream_of(table)
        record = None if stream is None else stream.add(key, before, after)
        self.items.append(ItemChange(table, key, before, after, record))

    def undo(self) -> None:
        """Make items and streams as they were before the call."""
        for change in reversed(self.items):
            place(change.table, change.key, change.before)
            stream = stream_of(change.table)
            if change.record is not None and stream is not None:
                stream.withdraw(change.record)
        self.items, self.filled, self.backups = [], [], []


_current: list[TableChanges] = []


@contextmanager
def recording() -> Iterator[TableChanges]:
    """Record what changes meanwhile. Under the control plane's lock."""
    _current.append(TableChanges())
    try:
        yield _current[-1]
    finally:
        _current.pop()


def read_later(table: Table, read: Callable[[], None]) -> None:
    """Make a table's items be read when they are first needed."""
    vars(table)[_UNREAD] = read


def is_unread(table: Table) -> bool:
    """Return whether a table's items are only in its file."""
    return _UNREAD in vars(table)


def make_read(table: Table) -> None:
    """Read a table's items now, if that has not been done; OSError as `open` raises."""
    read = vars(table).pop(_UNREAD, None)
    if read is None:
        return
    try:
        read()
    except BaseException:
        vars(table)[_UNREAD] = read  # it is not empty
        raise


@cache
def adopt_tables() -> None:
    """Wrap moto's methods."""
    adopt_clock()
    adopt_streams()
    adopt_queries()
    patched: Any = Table
    patched.items = property(_items, lambda table, items: vars(table).update({_ITEMS: items}))
    patched.put_item = _with_put(Table.put_item)
    patched.delete_item = _with_deletion(Table.delete_item)
    patched.__deepcopy__ = _copy_of
    tables: Any = DynamoDBBackend
    tables.update_item = _with_update(DynamoDBBackend.update_item)
    tables.transact_write_items = _with_transaction(DynamoDBBackend.transact_write_items)
    tables.delete_table = _noted("deleted", DynamoDBBackend.delete_table)
    tables.create_backup = _noted("backups", DynamoDBBackend.create_backup)
    for name in ("restore_table_from_backup", "restore_table_to_point_in_time"):
        setattr(tables, name, _noted("filled", getattr(tables, name)))
    threads: tuple[Any, ...] = (TableImport, TableExport)
    for thread in threads:
        thread.start = thread.run  # within the call, under the lock


def _items(table: Table) -> Any:
    make_read(table)
    return vars(table)[_ITEMS]


def _with_put(put: Callable[..., Item]) -> Callable[..., Item]:
    @wraps(put)
    def noting(table: Table, item_attrs: dict[str, Any], *args: Any, **more: Any) -> Item:
        key = _key_in(table, item_attrs)
        before = None if key is None else find(table, key)
        item = put(table, item_attrs, *args, **more)
        if _current and key is not None:
            _current[-1].note(table, key, before, item)
        return item

    return noting


def _with_deletion(delete: Callable[..., Item | None]) -> Callable[..., Item | None]:
    @wraps(delete)
    def noting(table: Table, hash_key: DynamoType, range_key: DynamoType | None) -> Item | None:
        item = delete(table, hash_key, range_key)
        if _current and item is not None:
            _current[-1].note(table, Key(hash_key, range_key), item, None)
        return item

    return noting


def _with_update(update: Callable[..., Item]) -> Callable[..., Item]:
    @wraps(update)
    def noting(tables: Any, table_name: str, key: dict[str, Any], *args: Any, **more: Any) -> Item:
        table = tables.get_table(table_name)
        found = _key_in(table, key)
        if not _current or found is None:
            return update(tables, table_name, key, *args, **more)
        now, before = _current[-1], find(table, found)
        if before is not None:
            place(table, found, copy.deepcopy(before))  # moto changes it where it is
        now.is_paused = True  # moto puts a new item before it changes that
        try:
            item = update(tables, table_name, key, *args, **more)
        except BaseException:
            place(table, found, before)
            raise
        finally:
            now.is_paused = False
        now.note(table, found, before, item)
        return item

    return noting


def _with_transaction(write: Callable[..., None]) -> Callable[..., None]:
    @wraps(write)
    def without_copies(tables: Any, transact_items: list[dict[str, Any]]) -> None:
        if not _current:
            write(tables, transact_items)
            return
        _current[-1].is_transaction = True
        try:
            write(tables, transact_items)
        finally:
            _current[-1].is_transaction = False

    return without_copies


def _copy_of(table: Table, memo: dict[int, Any]) -> Table:
    """Return a copy for a backup; for a transaction, whose failure is undone, the table itself."""
    if _current and _current[-1].is_transaction:
        return table
    make_read(table)
    copied: Table = object.__new__(type(table))
    memo[id(table)] = copied
    vars(copied).update(copy.deepcopy(vars(table), memo))
    return copied


def _noted(where: str, method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def noting(*args: Any, **more: Any) -> Any:
        found = method(*args, **more)
        if _current:
            getattr(_current[-1], where).append(found)
        return found

    return noting


def _key_in(table: Table, attributes: Any) -> Key | None:
    """Return the key in attributes; None if there is none, which moto reports."""
    try:
        sort = table.range_key_attr
        partition = DynamoType(attributes[table.hash_key_attr])
        key = Key(partition, None if sort is None else DynamoType(attributes[sort]))
        hash(key)
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, ArithmeticError):
        return None
    return key
