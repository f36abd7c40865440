"""What rule targets receive."""

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.eventbridge.input_transformer import (
    EventContent,
    InvalidInputError,
    extract,
    fill_template,
    target_payload,
)
from tracing_lab.embedded.model import RuleSpec, TargetSpec

CONTENT: dict[str, Any] = {
    "id": "e-1",
    "detail-type": "Order Created",
    "detail": {
        "order": {"id": 7, "note": 'say "hi"'},
        "items": [{"sku": "a"}, {"sku": "b"}],
        "paid": True,
    },
}
EVENT = EventContent(CONTENT, b"RAW", "2026-01-02T03:04:05Z")
RULE = RuleSpec("created", "arn:aws:events:r:1:rule/created", {}, ())


def received(**settings: Any) -> bytes:
    return target_payload(
        EVENT, target=TargetSpec("t", "arn:aws:lambda:r:1:function:f", **settings), rule=RULE
    )


def transformed(template: str, **paths: str) -> Any:
    settings = {"InputTemplate": template, "InputPathsMap": paths}
    return json.loads(received(input_transformer=settings))


def test_without_settings_the_event_is_handed_on_byte_for_byte() -> None:
    assert received() == b"RAW"


def test_input_replaces_the_event() -> None:
    assert received(input='{"fixed": 1}') == b'{"fixed": 1}'


def test_input_path_gives_a_part() -> None:
    assert json.loads(received(input_path="$.detail.order.id")) == 7
    assert json.loads(received(input_path="$")) == CONTENT


def test_an_input_path_to_nothing_gives_null() -> None:
    assert received(input_path="$.detail.nope.deeper") == b"null"


@pytest.mark.parametrize(
    "path, expected",
    [
        ("$.detail.items[1].sku", "b"),
        ("$.detail.items[*].sku", ["a", "b"]),
        ("$.detail.order.*", [7, 'say "hi"']),
        ("$['detail-type']", "Order Created"),
        ("$.detail-type", "Order Created"),
        ("$.detail.paid[*]", []),
        ("$.id[*]", []),
    ],
)
def test_paths_reach_names_indices_and_wildcards(path: str, expected: Any) -> None:
    assert extract(CONTENT, path) == expected


@pytest.mark.parametrize("path", ["detail", "$detail", "$.detail..x", "$.items[-1]", "$.a["])
def test_paths_that_cannot_be_read_are_refused(path: str) -> None:
    with pytest.raises(InvalidInputError, match="JSON path"):
        extract(CONTENT, path)


def test_a_json_template_takes_values_of_every_type() -> None:
    assert transformed(
        '{"order": <order>, "type": <type>, "paid": <paid>, "list": [<id>]}',
        order="$.detail.order",
        type="$.detail-type",
        paid="$.detail.paid",
        id="$.detail.order.id",
    ) == {
        "order": {"id": 7, "note": 'say "hi"'},
        "type": "Order Created",
        "paid": True,
        "list": [7],
    }


def test_strings_inside_quotes_are_escaped() -> None:
    assert transformed('{"text": "note: <note>!"}', note="$.detail.order.note") == {
        "text": 'note: say "hi"!'
    }


def test_objects_inside_quotes_lose_their_double_quotes() -> None:
    assert transformed('"got <items>"', items="$.detail.items") == "got [{sku:a},{sku:b}]"


def test_a_value_that_the_event_lacks_is_an_empty_string() -> None:
    assert transformed('"info <x>."', x="$.detail.nope") == "info ."
    assert transformed('{"x": <x>}', x="$.detail.nope") == {"x": ""}


def test_plain_text_becomes_a_json_string() -> None:
    assert transformed("<type> is\nhere", type="$.detail-type") == "Order Created is\nhere"


@pytest.mark.parametrize(
    "template, expected",
    [
        ('"<type>\\nline two"', b'"Order Created\\nline two"'),
        ('"<type>\nline two"', b'"Order Created\nline two"'),  # a real line break inside quotes
        ('"<type>"\n"line two"', b'"Order Created"\n"line two"'),
        ("<type> is here", b"Order Created is here"),
    ],
)
def test_targets_other_than_functions_get_text_as_the_template_has_it(
    template: str, expected: bytes
) -> None:
    settings = {"InputTemplate": template, "InputPathsMap": {"type": "$.detail-type"}}
    queue = TargetSpec("t", "arn:aws:sqs:r:1:q", input_transformer=settings)
    assert target_payload(EVENT, target=queue, rule=RULE) == expected


def test_a_template_that_is_one_object_stays_an_object() -> None:
    assert transformed("<order>", order="$.detail.order") == CONTENT["detail"]["order"]


def test_predefined_variables_need_no_path() -> None:
    got = transformed(
        '{"rule": <aws.events.rule-name>, "arn": "<aws.events.rule-arn>",'
        ' "at": <aws.events.event.ingestion-time>, "head": <aws.events.event>,'
        ' "all": <aws.events.event.json>}'
    )
    assert got == {
        "rule": "created",
        "arn": RULE.arn,
        "at": "2026-01-02T03:04:05Z",
        "head": {"id": "e-1", "detailType": "Order Created"},
        "all": CONTENT,
    }


def test_unknown_placeholders_stay() -> None:
    assert fill_template('"<b>bold</b>"', {}) == '"<b>bold</b>"'


def test_an_escaped_quote_does_not_end_the_string() -> None:
    assert transformed(r'"say \"<type>\" <type>"', type="$.detail-type") == (
        'say "Order Created" Order Created'
    )


@given(text=st.text(), number=st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_json_templates_stay_json_whatever_the_values(text: str, number: float) -> None:
    filled = fill_template('{"a": <t>, "b": "x<t>y", "c": [<n>, "<n>"]}', {"t": text, "n": number})
    assert json.loads(filled) == {
        "a": text,
        "b": f"x{text}y",
        "c": [number, json.dumps(number)],
    }
