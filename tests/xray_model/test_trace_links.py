"""Links between traces."""

from typing import Any

import pytest

from tracing_lab.xray_model.trace_header import TraceHeader
from tracing_lab.xray_model.trace_links import (
    CHILD,
    PARENT,
    Link,
    Producer,
    carrier,
    child_link,
    decision_of,
    is_carrier,
    linked_producers,
    links_in,
    parent_link,
    producer_of,
)

ROOT, OTHER = "1-6b042ac0-5d09aa705e56bbd015254801", "1-6b042ac1-630340be09e985eb352a72e6"
HEADER = TraceHeader(ROOT, "53995c3f42cd8ad8", sampled=True)
PREFIX = "aws.xray.reserved."


def producer(**changes: Any) -> Producer:
    return Producer(HEADER._replace(**changes), 100.0)


def test_links_read_back_as_they_were_made() -> None:
    child = child_link(OTHER, "2acd99f6ce4d0822", function_name="consumer", received_s=101.25)
    links = [*links_in({"links": [child, parent_link(producer())]})]
    assert links == [
        Link(OTHER, "2acd99f6ce4d0822", CHILD, "consumer", "AWS::Lambda", 101.25),
        Link(ROOT, "53995c3f42cd8ad8", PARENT),
    ]


def test_the_producers_link_is_that_of_aws() -> None:
    assert child_link(OTHER, "2acd99f6ce4d0822", function_name="fn", received_s=1.5) == {
        "trace_id": OTHER,
        "id": "2acd99f6ce4d0822",
        "attributes": {
            f"{PREFIX}reference_type": "child",
            f"{PREFIX}type": "AWS::Lambda",
            f"{PREFIX}names": ["fn"],
            f"{PREFIX}received_event_end_time": 1.5,
            f"{PREFIX}dwell_end_time": 1.5,
        },
    }


@pytest.mark.parametrize(
    "links",
    [
        None,
        7,
        {},
        [7],
        [{"attributes": 7}],
        [{"trace_id": ROOT, "id": "x", "attributes": {f"{PREFIX}reference_type": "cousin"}}],
        [{"trace_id": 7, "id": "x", "attributes": {f"{PREFIX}reference_type": "child"}}],
    ],
)
def test_what_is_no_link_is_left_out(links: Any) -> None:
    assert [*links_in({"links": links})] == []


def test_a_carrier_is_known_by_its_name_and_kind() -> None:
    made = carrier(producer(), parent_link(producer()))
    assert is_carrier(made)
    assert (made["trace_id"], made["parent_id"]) == (ROOT, HEADER.parent)
    assert not is_carrier({**made, "name": "checkout"})
    assert not is_carrier({**made, "type": None})


def test_only_recorded_calls_are_linked_once_each_and_not_too_many() -> None:
    many = [producer(parent=f"{number:016x}") for number in range(30)]
    quiet = [producer(sampled=False), producer(sampled=None), producer(parent=None)]
    assert linked_producers([*quiet, producer(), producer()]) == (producer(),)
    assert linked_producers(many) == tuple(many[:20])


@pytest.mark.parametrize(
    "decisions, expected",
    [([], None), ([None], None), ([False, None], False), ([False, True], True)],
)
def test_one_recorded_message_is_enough(
    decisions: list[bool | None], *, expected: bool | None
) -> None:
    assert decision_of(producer(sampled=decision) for decision in decisions) is expected


@pytest.mark.parametrize(
    "header, sent",
    [(None, "1"), ("nonsense", "1"), (HEADER.format(), None), (HEADER.format(), "now")],
)
def test_a_message_without_header_or_time_has_no_producer(
    header: str | None, sent: str | None
) -> None:
    assert producer_of(header, sent) is None
