"""OTLP in protobuf, as the official library wrote it."""

import contextlib
import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tracing_lab.errors import TraceDataError
from tracing_lab.otlp.json_form import spans_from_otlp
from tracing_lab.otlp.protobuf import otlp_from_protobuf
from tracing_lab.spans import load_traces

DATA = Path(__file__).parents[1] / "data"
CONTENT = (DATA / "otlp_traces.pb").read_bytes()


def test_protobuf_says_the_same_as_json() -> None:
    request = json.loads((DATA / "otlp_traces.json").read_text(encoding="utf-8"))
    assert [*spans_from_otlp(otlp_from_protobuf(CONTENT))] == [*spans_from_otlp(request)]


def test_a_protobuf_file_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "t.pb.gz"
    path.write_bytes(gzip.compress(CONTENT))
    assert load_traces(path) == load_traces(DATA / "otlp_traces.json")


@pytest.mark.parametrize("size", range(1, len(CONTENT), 7))
def test_a_cut_off_file_is_rejected(tmp_path: Path, size: int) -> None:
    path = tmp_path / "t.pb"
    path.write_bytes(CONTENT[:size])
    with pytest.raises(TraceDataError, match=r"is not JSON|is empty"):
        load_traces(path)


@given(st.binary())
def test_other_content_is_rejected_or_skipped(content: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(otlp_from_protobuf(content), dict)


def test_messages_that_nest_too_deep_are_rejected() -> None:
    content = b""
    for _ in range(60):
        inner = b"\x0a" + _length(content) + content  # a value in an array in a value
        content = b"\x2a" + _length(inner) + inner
    pair = b"\x12" + _length(content) + content
    for key in (b"\x0a", b"\x0a", b"\x0a"):  # an attribute of a resource of a group
        pair = key + _length(pair) + pair
    with pytest.raises(ValueError, match="nests too deep"):
        otlp_from_protobuf(pair)


def _length(content: bytes) -> bytes:
    size, out = len(content), b""
    while size > 0x7F:
        out, size = out + bytes([size & 0x7F | 0x80]), size >> 7
    return out + bytes([size])
