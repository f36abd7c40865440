"""Datagrams of AWS's OpenTelemetry layers."""

import base64

import pytest
from hypothesis import given, strategies as st
from otel_spans import invocation
from otlp_protobuf import protobuf

from tracing_lab.embedded.xray.ingest.span_datagrams import read_span_datagram
from tracing_lab.otlp.json_form import otlp_from_spans

CONTENT = base64.b64encode(protobuf(otlp_from_spans(invocation())))


@pytest.mark.parametrize("prefix", [b"T1S", b"T1U"])
def test_the_spans_of_an_invocation_come_back(prefix: bytes) -> None:
    found = read_span_datagram(prefix + CONTENT)
    assert sorted(found.spans) == sorted(invocation())
    assert found.is_sampled is (prefix == b"T1S")


@given(st.integers(0, len(CONTENT) - 1), st.binary(max_size=8), st.integers(0, 8))
def test_a_damaged_datagram_is_a_value_error_or_other_spans(
    at: int, other: bytes, cut: int
) -> None:
    damaged = CONTENT[:at] + other + CONTENT[at + cut :]
    try:
        found = read_span_datagram(b"T1S" + damaged)
    except ValueError:
        return
    assert isinstance(found.spans, list)
