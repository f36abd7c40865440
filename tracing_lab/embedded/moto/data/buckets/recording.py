"""Notes which objects calls change, and which ones they read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, wraps
from typing import Any

from moto.s3.models import FakeBucket, FakeKey, FakeMultipart, S3Backend

from .versions import INCLUDED

_UNREAD = "_unread_objects"
_BY_KEY = (
    "copy_object",
    "delete_object",
    "delete_object_tagging",
    "put_object",
    "put_object_acl",
    "put_object_legal_hold",
    "put_object_retention",
    "restore_object",
)
_BY_UPLOAD = (
    "abort_multipart_upload",
    "complete_multipart_upload",
    "upload_part",
    "upload_part_copy",
)


@dataclass
class ObjectChanges:
    """What a call has touched so far.

    Parameters
    ----------
    objects
        Bucket and key of objects.
    uploads
        Bucket and id of uploads in progress.
    deleted
        Names of deleted buckets.
    read
        Versions that were read.
    """

    objects: dict[tuple[str, str], None] = field(default_factory=dict)
    uploads: dict[tuple[str, str], None] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    read: list[FakeKey] = field(default_factory=list)


_current: list[ObjectChanges] = []


@contextmanager
def recording() -> Iterator[ObjectChanges]:
    """Record what changes meanwhile. Under the control plane's lock."""
    _current.append(ObjectChanges())
    try:
        yield _current[-1]
    finally:
        _current.pop()


def read_later(bucket: FakeBucket, read: Callable[[], None]) -> None:
    """Make a bucket's objects be read when they are first needed."""
    vars(bucket)[_UNREAD] = read


def is_unread(bucket: FakeBucket) -> bool:
    """Return whether a bucket's objects are only in its files."""
    return _UNREAD in vars(bucket)


def forget_unread(bucket: FakeBucket) -> None:
    """Make a bucket's objects never be read, because their files are deleted."""
    vars(bucket).pop(_UNREAD, None)


@cache
def adopt_buckets() -> None:
    """Wrap moto's methods."""
    bucket: Any = FakeBucket
    for name in ("keys", "multiparts"):
        setattr(bucket, name, _read_first(name))
    objects: Any = S3Backend
    for name in _BY_UPLOAD:
        setattr(objects, name, _noting_upload(getattr(objects, name)))
    for name in _BY_KEY:
        setattr(objects, name, _noting_object(getattr(objects, name)))
    objects.create_multipart_upload = _noting_new_upload(S3Backend.create_multipart_upload)
    objects.put_object_tagging = _noting_tags(S3Backend.put_object_tagging)
    objects.delete_bucket = _noting_deletion(S3Backend.delete_bucket)
    objects.get_object = _noting_read(S3Backend.get_object)
    upload: Any = FakeMultipart
    upload.complete = _noting_parts(FakeMultipart.complete)
    key: Any = FakeKey
    key.__del__ = FakeKey.dispose  # without a warning, for contents may have files


def _read_first(name: str) -> property:
    place = f"_{name}"

    def get(bucket: FakeBucket) -> Any:
        read = vars(bucket).pop(_UNREAD, None)
        if read is not None:
            try:
                read()
            except BaseException:
                vars(bucket)[_UNREAD] = read  # it is not empty
                raise
        return vars(bucket)[place]

    return property(get, lambda bucket, value: vars(bucket).update({place: value}))


def _noting_object(method: Callable[..., Any]) -> Callable[..., Any]:
    of_copy = method.__name__ == "copy_object"
    names = ("dest_bucket_name", "dest_key_name") if of_copy else ("bucket_name", "key_name")

    @wraps(method)
    def noting(self: Any, *args: Any, **more: Any) -> Any:
        result = method(self, *args, **more)
        if _current:
            given = {**dict(zip(names, args[1:] if of_copy else args, strict=False)), **more}
            _current[-1].objects[given[names[0]], given[names[1]]] = None
        return result

    return noting


def _noting_upload(method: Callable[..., Any]) -> Callable[..., Any]:
    name = "dest_bucket_name" if method.__name__ == "upload_part_copy" else "bucket_name"

    @wraps(method)
    def noting(self: Any, *args: Any, **more: Any) -> Any:
        result = method(self, *args, **more)
        given = {**dict(zip((name, "multipart_id"), args, strict=False)), **more}
        if _current:
            _current[-1].uploads[given[name], given["multipart_id"]] = None
        return result

    return noting


def _noting_new_upload(method: Callable[..., FakeMultipart]) -> Callable[..., FakeMultipart]:
    @wraps(method)
    def noting(self: Any, bucket_name: str, *args: Any, **more: Any) -> FakeMultipart:
        upload = method(self, bucket_name, *args, **more)
        if _current:
            _current[-1].uploads[bucket_name, upload.id] = None
        return upload

    return noting


def _noting_tags(method: Callable[..., FakeKey]) -> Callable[..., FakeKey]:
    @wraps(method)
    def noting(self: Any, key: FakeKey, *args: Any, **more: Any) -> FakeKey:
        result = method(self, key, *args, **more)
        if _current and key.bucket_name:
            _current[-1].objects[key.bucket_name, key.name] = None
        return result

    return noting


def _noting_deletion(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def noting(self: Any, bucket_name: str) -> Any:
        bucket = method(self, bucket_name)
        if _current and bucket is not None:
            _current[-1].deleted.append(bucket_name)
        return bucket

    return noting


def _noting_read(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def noting(*args: Any, **more: Any) -> Any:
        found = method(*args, **more)
        if _current and isinstance(found, FakeKey):
            _current[-1].read.append(found)
        return found

    return noting


def _noting_parts(complete: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(complete)
    def noting(upload: FakeMultipart, body: Any) -> Any:
        parts = list(body)
        setattr(upload, INCLUDED, [number for number, _etag in parts])
        return complete(upload, parts)

    return noting
