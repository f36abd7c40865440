"""The items of DynamoDB's tables on disk, so that they outlive the server.

A call is written before its response is sent. After a start, a table's file is read when the table
is first used: the start itself takes no longer with many items.
"""

import logging
import os
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from moto.dynamodb.models.table import Table

from tracing_lab.embedded.moto.adapter import backend, backends_of
from tracing_lab.embedded.moto.data.file_names import file_name
from tracing_lab.embedded.moto.data.loading import without_collection
from tracing_lab.embedded.storage.append_log import AppendFile, Write, read_log, record

from .items import all_items, item_of, key_of, place, plain_item, plain_value
from .recording import ItemChange, TableChanges, adopt_tables, is_unread, make_read, read_later
from .streams import stream_of
from .table_file import PlainItem, StreamPart, TableFile, changes_body

_LOGGER = logging.getLogger(__name__)

FOLDER = "tables"
_REDO = "tables.redo"


class TableStore:
    """The files of all tables and backups. Guarded by the control plane's lock.

    Parameters
    ----------
    state_dir
        The state folder; each region's tables are in its folder.
    write
        Writes to files.
    """

    def __init__(self, state_dir: Path, *, write: Write = os.write) -> None:
        adopt_tables()
        self._state_dir = state_dir
        self._write = write
        self._files: dict[Path, TableFile] = {}
        self._redo: AppendFile | None = None

    def keep(self, changes: TableChanges) -> None:
        """Write what a call changed.

        Raises
        ------
        OSError
            If it could not be written; the items are as before the call.
        """
        for table in changes.deleted:
            self._delete(self._file_of(table))
        try:
            for table in changes.filled:
                self._write_whole(table, self._file_of(table))
            for backup in changes.backups:
                self._write_whole(backup.table, self._file(backup.table.region_name, backup.arn))
            self._append(changes.items)
        except BaseException:
            changes.undo()
            for table in changes.filled:
                backend("dynamodb", table.region_name).tables.pop(table.name, None)
            raise

    def attach(self) -> None:
        """Make tables and backups read their files when needed; those of no table are deleted."""
        self._finish()
        used = set()
        for file, table in self._owners():
            used.add(file.path)
            table.items.clear()  # of what replayed calls have written, such as an import
            if file.path.exists():
                read_later(table, partial(self._restore, file, table))
        for path in self._paths():
            if path not in used:
                self._delete(self._files.get(path) or TableFile(path))

    def adopt_replayed(self) -> None:
        """Write the items that a journal of an older version has just made; OSError if it fails."""
        for file, table in self._owners():
            if not is_unread(table) and table.items:
                self._write_whole(table, file)

    def clear(self) -> None:
        """Delete everything."""
        self.close()
        for path in self._paths():
            self._delete(self._files.get(path) or TableFile(path))
        (self._state_dir / _REDO).unlink(missing_ok=True)

    def close(self) -> None:
        """Close all files."""
        for file in self._files.values():
            file.close()
        if self._redo is not None:
            self._redo.close()
        self._redo = None

    def _append(self, changes: list[ItemChange]) -> None:
        by_table: dict[int, list[ItemChange]] = {}
        for change in changes:
            by_table.setdefault(id(change.table), []).append(change)
        bodies = {self._file_of(found[0].table): _body(found) for found in by_table.values()}
        if len(bodies) > 1:
            self._append_together(bodies)
        else:
            for file, body in bodies.items():
                file.append(body)
        for found in by_table.values():
            self._compact(self._file_of(found[0].table), found[0].table)

    def _append_together(self, bodies: Mapping[TableFile, bytes]) -> None:
        """Write to several files, all or nothing, also if the process is killed meanwhile."""
        if self._redo is None:
            self._redo = AppendFile(self._state_dir / _REDO, write=self._write)
        sizes = {file: file.size for file in bodies}
        content = [[self._name(file.path), body.decode()] for file, body in bodies.items()]
        self._redo.append(record(orjson.dumps(content)))
        try:
            for file, body in bodies.items():
                file.append(body)
        except OSError:
            for file, size in sizes.items():
                file.cut(size)
            raise
        finally:
            self._redo.clear()

    def _finish(self) -> None:
        """Write what a killed server wrote to some files only."""
        path = self._state_dir / _REDO
        for content in read_log(path).bodies:
            for name, body in orjson.loads(content):
                self._opened(self._state_dir / name).append(body.encode())
        path.unlink(missing_ok=True)

    def _name(self, path: Path) -> str:
        return path.relative_to(self._state_dir).as_posix()

    def _compact(self, file: TableFile, table: Table) -> None:
        if not file.is_large:
            return
        try:
            self._write_whole(table, file)
        except OSError as error:
            _LOGGER.warning("%s stays as large as it is: %s", file.path, error)

    def _write_whole(self, table: Table, file: TableFile) -> None:
        make_read(table)
        items = (
            (plain_value(key.partition), _plain_or_none(key.sort), plain_item(item))
            for key, item in all_items(table)
        )
        file.path.parent.mkdir(parents=True, exist_ok=True)
        file.rewrite(items, _stream_part(table))

    def _restore(self, file: TableFile, table: Table) -> None:
        """Put the items of a file into moto's table."""
        with without_collection():
            self._read(file, table)

    def _read(self, file: TableFile, table: Table) -> None:
        content = file.read()
        table.items.clear()
        for partition, sort, attributes in content.items.values():
            if attributes is not None:
                key = key_of(partition, sort)
                place(table, key, item_of(key, attributes))
        stream, part = stream_of(table), content.stream
        if stream is not None and part is not None and part.label == stream.label:
            stream.restore(part.records, part.count)
        if content.damaged:
            self._write_whole(table, file)

    def _delete(self, file: TableFile) -> None:
        file.delete()
        self._files.pop(file.path, None)

    def _owners(self) -> Iterator[tuple[TableFile, Table]]:
        """Yield each table, and the table in each backup, with its file."""
        for region, tables in backends_of("dynamodb"):
            for table in tables.tables.values():
                yield self._file(region, table.name), table
            for backup in tables.backups.values():
                yield self._file(region, backup.arn), backup.table

    def _file_of(self, table: Table) -> TableFile:
        return self._file(table.region_name, table.name)

    def _file(self, region: str, name: str) -> TableFile:
        return self._opened(self._state_dir / region / FOLDER / f"{file_name(name)}.log")

    def _opened(self, path: Path) -> TableFile:
        if path not in self._files:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._files[path] = TableFile(path, write=self._write)
        return self._files[path]

    def _paths(self) -> list[Path]:
        return [
            *self._state_dir.glob(f"*/{FOLDER}/*.log"),
            *self._state_dir.glob(f"*/{FOLDER}/*.new"),
        ]


def _body(changes: list[ItemChange]) -> bytes:
    table = changes[0].table
    items = [_plain_change(change) for change in changes]
    records = [change.record for change in changes if change.record is not None]
    stream = stream_of(table)
    part = StreamPart(stream.label, records, stream.count) if stream and records else None
    return changes_body(items, part)


def _plain_change(change: ItemChange) -> PlainItem:
    partition, sort = change.key
    after = None if change.after is None else plain_item(change.after)
    return plain_value(partition), _plain_or_none(sort), after


def _plain_or_none(value: Any) -> Any:
    return None if value is None else plain_value(value)


def _stream_part(table: Table) -> StreamPart | None:
    stream = stream_of(table)
    if stream is None:
        return None
    stream.trim()
    return StreamPart(stream.label, stream.records, stream.count)
