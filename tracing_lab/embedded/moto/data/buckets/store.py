"""The objects of S3's buckets on disk, so that they outlive the server.

Each bucket has a folder: an index, and a file with the content of each object. A call is written
before its response is sent. After a start, an index is read when the bucket is first used.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from moto.s3.models import FakeBucket, FakeKey

from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.data.file_names import file_name
from tracing_lab.embedded.moto.data.loading import without_collection
from tracing_lab.embedded.storage.append_log import Write
from tracing_lab.embedded.storage.durable_map import DurableMap

from .content import StoredContent, write_content
from .recording import ObjectChanges, adopt_buckets, forget_unread, read_later
from .versions import (
    Plain,
    add_part,
    plain_upload,
    plain_version,
    slice_parts,
    upload_of,
    use_content,
    version_of,
)

FOLDER = "buckets"
INDEX = "index.log"
_OBJECT, _UPLOAD, _PART = "object", "upload", "part"
_Change = tuple[str, Any]


class ObjectStore:
    """The folders of all buckets. Guarded by the control plane's lock.

    Parameters
    ----------
    state_dir
        The state folder.
    write
        Writes to files.
    """

    def __init__(self, state_dir: Path, *, write: Write = os.write) -> None:
        adopt_buckets()
        self._folder = state_dir / FOLDER
        self._write = write
        self._indexes: dict[str, DurableMap[str]] = {}

    def keep(self, changes: ObjectChanges) -> None:
        """Write what a call changed.

        Raises
        ------
        OSError
            If it could not be written; the objects are as before the call.
        """
        for name in changes.deleted:
            self._forget(name)
        for name in {bucket for bucket, _ in (*changes.objects, *changes.uploads)}:
            bucket = _buckets().get(name)
            if bucket is not None:
                self._keep_bucket(bucket, changes)

    def undo(self, changes: ObjectChanges) -> None:
        """Make objects and uploads as they were before a call that failed."""
        for name, key in changes.objects:
            bucket = _buckets().get(name)
            if bucket is not None:
                self._restore_object(bucket, key)
        for name, upload_id in changes.uploads:
            bucket = _buckets().get(name)
            if bucket is not None:
                dict.pop(bucket.multiparts, upload_id, None)
                self._restore_upload(bucket, upload_id)

    def attach(self) -> None:
        """Make buckets read their index when needed; folders of no bucket are deleted."""
        wanted = {self._folder_of(name): bucket for name, bucket in _buckets().items()}
        for folder in self._folder.glob("*"):
            if folder.is_dir() and folder not in wanted:
                shutil.rmtree(folder)
        for folder, bucket in wanted.items():
            bucket.keys.clear()  # of what replayed calls have written, such as an export
            bucket.multiparts.clear()
            if (folder / INDEX).exists():
                read_later(bucket, partial(self._restore, bucket))

    def adopt_replayed(self) -> None:
        """Write the objects that an older journal has just made; OSError if that fails."""
        for name, bucket in _buckets().items():
            found = {(name, key): None for key in bucket.keys}
            self._keep_bucket(bucket, ObjectChanges(objects=found))

    def clear(self) -> None:
        """Delete everything."""
        self.close()
        for bucket in _buckets().values():
            forget_unread(bucket)
        shutil.rmtree(self._folder, ignore_errors=True)

    def close(self) -> None:
        """Close all files."""
        for index in self._indexes.values():
            index.close()
        self._indexes = {}

    def _keep_bucket(self, bucket: FakeBucket, changes: ObjectChanges) -> None:
        index = self._index(bucket.name)
        written: list[StoredContent] = []
        try:
            found = [
                *self._object_changes(bucket, changes, written),
                *self._upload_changes(bucket, changes, written),
            ]
            old = {name for key, _ in found for name in _contents(index.get(key))}
            if found:
                index.change(*found)
        except BaseException:
            self.undo(changes)
            _delete(content.path for content in written)
            raise
        new = {name for _, plain in found for name in _contents(plain)}
        _delete(self._folder_of(bucket.name) / name for name in old - new)

    def _object_changes(
        self, bucket: FakeBucket, changes: ObjectChanges, written: list[StoredContent]
    ) -> Iterator[_Change]:
        for name, key in changes.objects:
            if name == bucket.name:
                versions = bucket.keys.getlist(key) or []
                plain = [self._plain(bucket, version, written) for version in versions]
                yield f"{_OBJECT} {key}", plain or None

    def _upload_changes(
        self, bucket: FakeBucket, changes: ObjectChanges, written: list[StoredContent]
    ) -> Iterator[_Change]:
        index = self._index(bucket.name)
        for name, upload_id in changes.uploads:
            if name != bucket.name:
                continue
            upload = bucket.multiparts.get(upload_id)
            prefix = f"{_PART} {upload_id} "
            if upload is None:
                yield f"{_UPLOAD} {upload_id}", None
                yield from ((key, None) for key in index if key.startswith(prefix))
                continue
            if f"{_UPLOAD} {upload_id}" not in index:
                yield f"{_UPLOAD} {upload_id}", plain_upload(upload)
            for number, part in upload.parts.items():
                if not isinstance(part._value_buffer, StoredContent):  # noqa: SLF001 - a new one
                    yield f"{prefix}{number}", self._plain(bucket, part, written)

    def _plain(self, bucket: FakeBucket, version: Any, written: list[StoredContent]) -> Plain:
        """Return a version as plain data, after its content was written."""
        if not isinstance(version, FakeKey):
            return plain_version(version, {})
        if not isinstance(version._value_buffer, StoredContent):  # noqa: SLF001 - moto's buffer
            version.etag  # noqa: B018 - computed while the content is in memory
            content = write_content(self._folder_of(bucket.name), version.value, write=self._write)
            written.append(content)
            use_content(version, content)
            slice_parts(version)
        return plain_version(version, _tagger().get_tag_dict_for_resource(version.arn))

    def _restore(self, bucket: FakeBucket) -> None:
        """Put the objects and uploads of an index into moto's bucket."""
        with without_collection():
            self._read(bucket)

    def _read(self, bucket: FakeBucket) -> None:
        index = self._index(bucket.name)
        used = {INDEX}
        for key, plain in index.items():
            kind, _, rest = key.partition(" ")
            used |= _contents(plain)
            if kind == _OBJECT:
                self._place(bucket, rest, plain)
            elif kind == _UPLOAD:
                self._restore_upload(bucket, rest)
        folder = self._folder_of(bucket.name)
        unused = (path for path in folder.iterdir() if path.name not in used)
        _delete(path for path in unused if not path.name.startswith(INDEX))

    def _restore_object(self, bucket: FakeBucket, key: str) -> None:
        self._place(bucket, key, self._index(bucket.name).get(f"{_OBJECT} {key}") or ())

    def _place(self, bucket: FakeBucket, key: str, plain: Iterable[Plain]) -> None:
        """Make an object have the versions of an index."""
        versions: list[Any] = []
        folder = self._folder_of(bucket.name)
        for part in plain:
            version = version_of(part, folder, (versions or [None])[-1])
            versions.append(version)
            if part.get("tags"):
                _tagger().delete_all_tags_for_resource(version.arn)
                _tagger().tag_resource(
                    version.arn,
                    [{"Key": name, "Value": value} for name, value in part["tags"].items()],
                )
        if versions:
            dict.__setitem__(bucket.keys, key, versions)
        else:
            dict.pop(bucket.keys, key, None)

    def _restore_upload(self, bucket: FakeBucket, upload_id: str) -> None:
        index = self._index(bucket.name)
        plain = index.get(f"{_UPLOAD} {upload_id}")
        if plain is None:
            return
        upload = upload_of(plain)
        for key in index:
            if key.startswith(f"{_PART} {upload_id} "):
                add_part(upload, index.get(key), self._folder_of(bucket.name))
        bucket.multiparts[upload_id] = upload

    def _forget(self, name: str) -> None:
        index = self._indexes.pop(name, None)
        if index is not None:
            index.close()
        shutil.rmtree(self._folder_of(name), ignore_errors=True)

    def _index(self, name: str) -> DurableMap[str]:
        if name not in self._indexes:
            path = self._folder_of(name) / INDEX
            self._indexes[name] = DurableMap[str](path, write=self._write)
        return self._indexes[name]

    def _folder_of(self, name: str) -> Path:
        return self._folder / file_name(name)


def _buckets() -> dict[str, FakeBucket]:
    found: dict[str, FakeBucket] = backend("s3", "aws").buckets
    return found


def _tagger() -> Any:
    return backend("s3", "aws").tagger


def _contents(plain: Any) -> set[str]:
    """Return the names of the files to which a value of an index refers."""
    versions = plain if isinstance(plain, list) else [plain or {}]
    return {version["content"] for version in versions if "content" in version}


def _delete(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
