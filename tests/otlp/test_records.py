"""Records of ``aws/spans``, which the reader of trace files takes."""

import json

from hypothesis import given, strategies as st
from otel_spans import invocation, otel_span

from tracing_lab.otlp.json_form import is_span, span_from_otlp
from tracing_lab.otlp.records import record_of_span


def test_a_record_has_words_and_plain_attributes() -> None:
    record = record_of_span(invocation()[2])
    assert (record["kind"], record["status"]) == ("CLIENT", {"code": "UNSET"})
    assert record["attributes"]["aws.remote.service"] == "AWS::EventBridge"
    assert record["resource"]["attributes"]["service.name"] == "orders"
    assert record["durationNano"] == 500_000_000


def test_records_are_read_as_the_spans_that_they_were() -> None:
    event = {"name": "exception", "time_ns": 7, "attributes": {"exception.type": "E"}}
    link = {"trace_id": "b" * 32, "span_id": "c" * 16, "attributes": {"n": 1}}
    odd = otel_span(number=9, events=[event], links=[link], status="error", message="no")
    for span in [*invocation(), odd]:
        record = json.loads(json.dumps(record_of_span(span)))
        assert is_span(record)
        assert span_from_otlp(record) == span


def test_a_record_is_json_whatever_an_event_says() -> None:
    event = {"name": "e", "time_ns": 2**70, "attributes": {"key": b"x"}}
    (written,) = json.loads(json.dumps(record_of_span(otel_span(events=[event]))))["events"]
    assert written == {
        "name": "e",
        "timeUnixNano": str(2**70),
        "attributes": {"key": {"bytes": "eA=="}},
    }


scalars = st.one_of(st.text(), st.booleans(), st.integers(-(2**63), 2**63 - 1))


@given(st.dictionaries(st.text(min_size=1), st.one_of(scalars, st.lists(scalars))))
def test_any_attributes_survive(attributes: dict[str, object]) -> None:
    span = otel_span(attributes=attributes)
    assert span_from_otlp(json.loads(json.dumps(record_of_span(span)))) == span
