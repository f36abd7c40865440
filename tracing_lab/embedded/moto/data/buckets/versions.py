"""moto's versions of objects, and parts of uploads, as plain data and back."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from moto.s3.models import (
    FakeAcl,
    FakeDeleteMarker,
    FakeGrant,
    FakeGrantee,
    FakeKey,
    FakeMultipart,
)
from moto.s3.utils import metadata_from_headers

from tracing_lab.embedded.moto.adapter import ACCOUNT_ID

from .content import StoredContent

Plain = dict[str, Any]

INCLUDED = "included_parts"
"""Attribute of a completed upload: the numbers of its parts in order."""

_OWNER = "owner"  # attribute of a completed upload: its object, of which there may be copies

_TEXTS = (
    "_etag",
    "_is_versioned",
    "_status",
    "_storage_class",
    "_version_id",
    "bucket_key_enabled",
    "bucket_name",
    "checksum_algorithm",
    "checksum_parts",
    "checksum_type",
    "checksum_value",
    "encryption",
    "kms_key_id",
    "lock_legal_status",
    "lock_mode",
    "lock_until",
    "website_redirect_location",
)
_UPLOAD_TEXTS = ("id", "kms_key_id", "sse_encryption", "storage", "tags")


def plain_version(version: Any, tags: Mapping[str, str]) -> Plain:
    """Return an object's version or delete marker; its content must be stored.

    Parameters
    ----------
    version
        moto's version.
    tags
        Its tags.
    """
    head = {"name": version.name, "modified": _seconds(version.last_modified)}
    if isinstance(version, FakeDeleteMarker):
        return {**head, "marker": version.version_id}
    content: Any = version._value_buffer  # noqa: SLF001 - moto has no other access without a copy
    return {
        **head,
        "region": version.region_name,
        "content": content.path.name,
        "place": [content.start, content.size],
        "fields": {name: getattr(version, name) for name in _TEXTS},
        "metadata": dict(version.metadata),
        "expiry": None if version._expiry is None else _seconds(version._expiry),  # noqa: SLF001
        "acl": _plain_acl(version.acl),
        "tags": dict(tags),
        "parts": _plain_parts(version.multipart),
    }


def version_of(plain: Plain, folder: Path, before: Any = None) -> Any:
    """Return moto's version of plain data.

    Parameters
    ----------
    plain
        What `plain_version` returned.
    folder
        Where contents are.
    before
        The version before it, to which a delete marker refers.
    """
    if "marker" in plain:
        named: Any = before or _Named(plain["name"])
        marker = FakeDeleteMarker(named)
        marker._version_id = plain["marker"]  # noqa: SLF001
        marker.last_modified = _datetime(plain["modified"])
        return marker
    key = FakeKey(plain["name"], b"", account_id=ACCOUNT_ID, region_name=plain["region"])
    use_content(key, StoredContent(folder / plain["content"], *plain["place"]))
    vars(key).update(plain["fields"])
    key.last_modified = _datetime(plain["modified"])
    key.set_metadata(dict(plain["metadata"]))
    key.set_expiry(None if plain["expiry"] is None else _datetime(plain["expiry"]))
    key.set_acl(_acl(plain["acl"]))
    key.multipart = _completed(key, plain["parts"])
    return key


def use_content(key: FakeKey, content: StoredContent) -> None:
    """Make a version's content that of a file, instead of a buffer in memory."""
    key._value_buffer.close()  # noqa: SLF001
    key._value_buffer = content  # type: ignore[assignment] # noqa: SLF001
    key.contentsize = content.size


def slice_parts(key: FakeKey) -> None:
    """Make the parts of a completed upload slices of the object's content."""
    upload, content = key.multipart, key._value_buffer  # noqa: SLF001
    if upload is None or not isinstance(content, StoredContent) or not hasattr(upload, INCLUDED):
        return
    if vars(upload).setdefault(_OWNER, key) is not key:
        key.multipart = None  # a copy is a single part
        return
    start = content.start
    for number in getattr(upload, INCLUDED):
        part = upload.parts[number]
        use_content(part, StoredContent(content.path, start, part.contentsize))
        start += part.contentsize


def plain_upload(upload: FakeMultipart) -> Plain:
    """Return an upload in progress, without its parts."""
    return {
        "name": upload.key_name,
        "region": upload.region_name,
        "metadata": dict(upload.metadata),
        "acl": _plain_acl(upload.acl),
        "fields": {name: getattr(upload, name) for name in _UPLOAD_TEXTS},
    }


def upload_of(plain: Plain) -> FakeMultipart:
    """Return the upload of plain data, without parts."""
    metadata = metadata_from_headers({})  # which ignores the case of names
    metadata.update(plain["metadata"])
    upload = FakeMultipart(plain["name"], metadata, ACCOUNT_ID, plain["region"])
    upload.acl = _acl(plain["acl"])
    vars(upload).update(plain["fields"])
    return upload


def add_part(upload: FakeMultipart, plain: Plain, folder: Path) -> None:
    """Add a part, which `plain_version` returned, to an upload."""
    part = version_of(plain, folder)
    upload.parts[part.name] = part
    upload.partlist = sorted(upload.parts)


class _Named:
    """What a delete marker needs of the version before it."""

    def __init__(self, name: str) -> None:
        self.name = name


def _plain_parts(upload: FakeMultipart | None) -> list[list[Any]]:
    """Return number, size and ETag of the parts of which an object consists."""
    numbers: Sequence[int] = getattr(upload, INCLUDED, ())
    if upload is None:
        return []
    parts = ((number, upload.parts[number]) for number in numbers)
    return [[number, part.contentsize, part.etag.strip('"')] for number, part in parts]


def _completed(key: FakeKey, parts: Sequence[Sequence[Any]]) -> FakeMultipart | None:
    if not parts:
        return None
    metadata: Any = key.metadata
    upload = FakeMultipart(key.name, metadata, ACCOUNT_ID, key.region_name)
    for number, size, etag in parts:
        part = upload.set_part(number, b"")
        part.contentsize, part._etag = size, etag  # noqa: SLF001
    setattr(upload, INCLUDED, [number for number, _, _ in parts])
    key.multipart = upload
    slice_parts(key)
    return upload


def _plain_acl(acl: FakeAcl | None) -> list[Any] | None:
    if acl is None:
        return None
    return [
        [
            grant.permissions,
            [[grantee.id, grantee.uri, grantee.display_name] for grantee in grant.grantees],
        ]
        for grant in acl.grants
    ]


def _acl(plain: Sequence[Any] | None) -> FakeAcl | None:
    if plain is None:
        return None
    return FakeAcl(
        [
            FakeGrant([FakeGrantee(*grantee) for grantee in grantees], permissions)
            for permissions, grantees in plain
        ]
    )


def _seconds(time: datetime) -> float:
    """Return the epoch seconds of one of moto's times, which are in UTC without saying so."""
    return time.replace(tzinfo=time.tzinfo or UTC).timestamp()


def _datetime(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
