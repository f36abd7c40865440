"""The counts: what balances, what does not, and how it reads."""

import pytest

from tracing_lab.embedded.event_accounting import (
    BusCounters,
    FailureCounters,
    Times,
    accounting,
    table,
)


def test_books_with_everything_done_balance() -> None:
    counters = BusCounters(accepted=2, matched=1, filtered=1, deliveries=3, delivered=1)
    counters.dead_lettered = counters.lost = 1
    assert counters.imbalance == 0


def test_what_is_under_way_is_no_imbalance() -> None:
    counters = BusCounters(accepted=2, matched=1, routing=1, deliveries=1, delivering=1)
    assert (counters.imbalance, counters.unrouted, counters.pending) == (0, 1, 1)


@pytest.mark.parametrize(
    "counters",
    [
        BusCounters(accepted=1),
        BusCounters(deliveries=1),
        BusCounters(accepted=1, filtered=2),
        BusCounters(forwarded=1, replayed=1, matched=1),
        BusCounters(accepted=1, deliveries=1, matched=2, delivered=2),  # no cancelling out
    ],
)
def test_what_nobody_can_account_for_shows(counters: BusCounters) -> None:
    assert counters.imbalance > 0


def test_time_on_the_bus_is_that_of_delivered_events() -> None:
    counters = BusCounters(deliveries=2)
    counters.note_delivery(0.1, "arn:rule")
    counters.note_delivery(0.3, "arn:rule")
    times = accounting(counters, FailureCounters())["time_on_bus"]
    assert times == {"count": 2, "mean_s": pytest.approx(0.2), "max_s": 0.3}


def test_the_table_names_every_outcome() -> None:
    counters = BusCounters(accepted=3, matched=2, filtered=1, deliveries=2, delivered=1, lost=1)
    counters.retried = 4
    failures, handlers = FailureCounters(given_up=1, dropped=1), Times(1, 0.5, 0.5)
    text = table({"eu-west-1": accounting(counters, failures, handlers)})
    rows = {line[:26].strip(): line[26:].strip() for line in text.splitlines()}
    assert "Event accounting of eu-west-1" in text
    assert (rows["accepted by PutEvents"], rows["- filtered"], rows["- lost"]) == ("3", "1", "1")
    assert (rows["imbalance"], rows["retries"]) == ("0", "4")
    assert rows["time in handlers"] == "mean 500.0 ms, longest 500.0 ms, 1 times"
    assert "given-up invocations, dropped 1" in text


def test_an_unused_server_has_no_books() -> None:
    assert table({}) == "No region has been used yet."
