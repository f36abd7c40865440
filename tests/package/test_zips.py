"""Zips: the same bytes for the same files."""

import hashlib
import io
import zipfile

from hypothesis import given, strategies as st

from tracing_lab.package import zip_bytes


def archive(data: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(data))


def test_the_bytes_of_a_zip_are_known() -> None:
    data = zip_bytes({"b.py": b"2\n", "a.py": b"1\n"})
    digest = "78e55b3ed226f30afe9fda454d87e574cc961729cdb6e41203babcb18fb51785"
    assert hashlib.sha256(data).hexdigest() == digest


@given(files=st.dictionaries(st.from_regex(r"[a-z]{1,8}\.py", fullmatch=True), st.binary()))
def test_a_zip_gives_back_what_went_in_whatever_the_order(files: dict[str, bytes]) -> None:
    data = zip_bytes(files)
    assert data == zip_bytes(dict(reversed(files.items())))
    assert {name: archive(data).read(name) for name in archive(data).namelist()} == files


def test_programs_can_be_executed_and_other_files_not() -> None:
    data = zip_bytes({"run": b"#!/bin/sh\n", "a.py": b""}, programs=["run"])
    modes = {info.filename: info.external_attr >> 16 for info in archive(data).infolist()}
    assert modes == {"run": 0o100755, "a.py": 0o100644}
