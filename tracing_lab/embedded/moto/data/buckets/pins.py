"""Objects that provisioning calls have read, for the replay of these calls.

A function's code or a stack's template may be read from a bucket. The object can change or be
deleted afterwards, and it is no call that is replayed; so a copy is kept for as long as the call.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from moto.s3.models import FakeKey

from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.storage.append_log import Write
from tracing_lab.embedded.storage.durable_map import DurableMap

from .content import StoredContent, write_content
from .versions import Plain, plain_version, use_content, version_of


class PinnedObjects:
    """Copies of objects by the numbers of journaled calls. Guarded by the control plane's lock.

    Parameters
    ----------
    state_dir
        The state folder.
    write
        Writes to files.
    """

    def __init__(self, state_dir: Path, *, write: Write = os.write) -> None:
        self._folder = state_dir / "pins"
        self._write = write
        self._index = DurableMap[int](state_dir / "pins.log", write=write)

    def pin(self, number: int, keys: Iterable[FakeKey]) -> None:
        """Keep copies of objects for a call; OSError if they cannot be written."""
        copies = [self._copy(key) for key in keys]
        if copies:
            self._index.change((number, copies))

    def __contains__(self, number: int) -> bool:
        return number in self._index

    @contextmanager
    def placed(self, number: int) -> Iterator[None]:
        """Put the copies for a call where it reads them, meanwhile."""
        plain: list[Plain] = self._index.get(number) or []
        places = [(self._bucket_keys(copy), copy) for copy in plain]
        before = [(keys, copy["name"], dict.get(keys, copy["name"])) for keys, copy in places]
        for keys, copy in places:
            dict.__setitem__(keys, copy["name"], [version_of(copy, self._folder)])
        try:
            yield
        finally:
            for keys, name, versions in before:
                if versions is None:
                    dict.pop(keys, name, None)
                else:
                    dict.__setitem__(keys, name, versions)

    def retain(self, numbers: Iterable[int]) -> None:
        """Forget the copies for all calls but some."""
        gone = set(self._index) - set(numbers)
        if gone:
            self._index.change(*((number, None) for number in gone))
        used = {copy["content"] for _, copies in self._index.items() for copy in copies}
        for path in self._folder.glob("*"):
            if path.name not in used:
                path.unlink()

    def clear(self) -> None:
        """Forget everything."""
        self._index.clear()
        self.retain(())

    def close(self) -> None:
        """Close the file."""
        self._index.close()

    def _copy(self, key: FakeKey) -> Plain:
        value = key.value
        name = hashlib.sha256(value).hexdigest()
        path = self._folder / name
        if not path.exists():
            self._folder.mkdir(exist_ok=True)
            write_content(self._folder, value, write=self._write).path.replace(path)
        copy = version_of_content(key, StoredContent(path, 0, len(value)))
        return plain_version(copy, {})

    @staticmethod
    def _bucket_keys(copy: Mapping[str, Any]) -> Any:
        bucket = backend("s3", "aws").buckets.get(copy["fields"]["bucket_name"])
        return {} if bucket is None else bucket.keys


def version_of_content(key: FakeKey, content: StoredContent) -> FakeKey:
    """Return a version like another one, with other content and not of an upload."""
    copy = FakeKey(key.name, b"", account_id=key.account_id, region_name=key.region_name)
    kept = {"_value_buffer", "lock", "contentsize", "multipart"}
    vars(copy).update({name: value for name, value in vars(key).items() if name not in kept})
    use_content(copy, content)
    return copy
