"""When an endpoint counts as lost."""

import pytest
from orders_server import failure

from tracing_lab.traffic.answer import Answer
from tracing_lab.traffic.contact import Contact


@pytest.mark.parametrize(
    "answers,lost",
    [
        ([], False),
        ([failure(0.0)] * 9 + [failure(60.0)], True),
        ([failure(0.0)] * 8 + [failure(60.0)], False),
        ([failure(0.0)] * 500 + [failure(2.9)] * 500, False),  # refused while it was busy
        ([failure(0.0)] * 500 + [failure(3.0)], True),
        ([failure(0.0)] * 20 + [failure(1.0, connected=True, status=503)] + [failure(9.0)], False),
        ([failure(0.0)] * 20 + [failure(1.0, connected=True)] + [failure(9.0)] * 9, False),
    ],
)
def test_only_failures_in_a_row_over_some_seconds_are_a_lost_endpoint(
    *, answers: list[Answer], lost: bool
) -> None:
    contact = Contact()
    for answer in answers:
        contact.note(answer)
    assert contact.lost is lost
