"""Values of OTLP's JSON form that are not what their type says."""

from typing import Any

import pytest

from tracing_lab.otlp.json_form import span_from_otlp


@pytest.mark.parametrize(
    "value, expected",
    [
        ({"arrayValue": {"items": [1]}}, {"items": [1]}),
        ({"arrayValue": "text"}, "text"),
        ({"arrayValue": {"values": 3}}, {"values": 3}),
        ({"kvlistValue": [1]}, [1]),
        ({"kvlistValue": "text"}, "text"),
        ({"intValue": {}}, {}),
        ({"doubleValue": "much"}, "much"),
        ({"bytesValue": "abc"}, "abc"),
        ({"dateValue": "today"}, {"dateValue": "today"}),
    ],
)
def test_what_cannot_be_read_stays_as_it_is(value: Any, expected: Any) -> None:
    span = span_from_otlp({"attributes": [{"key": "a", "value": value}]})
    assert span.attributes == {"a": expected}
