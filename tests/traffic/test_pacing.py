"""When orders are sent, by a clock that moves only when it is told."""

import asyncio

import pytest
from hypothesis import given, strategies as st

from tracing_lab.traffic import Order, random_orders
from tracing_lab.traffic.pacing import SendClock, closed_loop, open_loop

EPOCH_S = 1024.0


class FakeTime:
    """A clock whose sleeps end at once, some of them late or early."""

    def __init__(self, *, late_s: float = 0.0, early_s: float = 0.0) -> None:
        self.now_s = 0.0
        self._late_s, self._early_s = late_s, early_s
        self.clock = SendClock(
            epoch_s=lambda: EPOCH_S, steady_s=lambda: self.now_s, sleep=self.sleep
        )

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)  # what is to run before the time goes on
        if seconds > 0:
            early_s, self._early_s = self._early_s, 0.0
            self.now_s += max(seconds - early_s, 0.0) + self._late_s


def never() -> bool:
    return False


def sent_open(offsets: list[float], fake: FakeTime) -> list[tuple[float, float]]:
    """Return when orders were due and when they were sent, from the start."""
    sent: list[tuple[float, float]] = []

    async def send(_: Order, due_s: float) -> None:
        sent.append((due_s - EPOCH_S, fake.now_s))

    requests = list(zip(offsets, random_orders(len(offsets), seed=1), strict=True))
    assert asyncio.run(open_loop(requests, send, is_lost=never, clock=fake.clock))
    return sent


def test_orders_are_sent_when_they_are_due() -> None:
    sent = sent_open([0.0, 0.5, 0.5, 2.0], FakeTime())
    assert sent == [(0.0, 0.0), (0.5, 0.5), (0.5, 0.5), (2.0, 2.0)]


def test_a_late_sender_does_not_move_when_orders_are_due() -> None:
    due = [due_s for due_s, _ in sent_open([0.0, 1.0, 2.0, 3.0], FakeTime(late_s=1.5))]
    assert due == [0.0, 1.0, 2.0, 3.0]


def test_no_order_is_sent_before_it_is_due_when_a_sleep_ends_early() -> None:
    sent = sent_open([1.0, 2.0], FakeTime(early_s=0.25))
    assert all(sent_s >= due_s for due_s, sent_s in sent)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=30), st.floats(0, 5), st.floats(0, 5))
def test_every_order_is_sent_and_due_on_schedule(
    offsets: list[float], late_s: float, early_s: float
) -> None:
    sent = sent_open(sorted(offsets), FakeTime(late_s=late_s, early_s=early_s))
    assert len(sent) == len(offsets)
    for (due_s, sent_s), offset_s in zip(sent, sorted(offsets), strict=True):
        assert abs(due_s - offset_s) < 1e-6
        assert sent_s >= offset_s - 1e-6


def test_an_open_loop_ends_when_the_endpoint_is_lost() -> None:
    sent: list[int] = []

    async def send(order: Order, _: float) -> None:
        sent.append(order.number)

    requests = [(float(number), order) for number, order in enumerate(random_orders(9, seed=1))]
    clock = FakeTime().clock
    assert not asyncio.run(open_loop(requests, send, is_lost=lambda: len(sent) > 2, clock=clock))
    assert sent == [0, 1, 2]


def sent_closed(services_s: list[float], *, think_s: float) -> list[float]:
    """Return when the orders of one worker were due, which take so many seconds."""
    fake = FakeTime()
    due: list[float] = []

    async def send(order: Order, due_s: float) -> None:
        due.append(due_s - EPOCH_S)
        await fake.sleep(services_s[order.number])

    assert asyncio.run(
        closed_loop(
            random_orders(len(services_s), seed=1),
            send,
            workers=1,
            think_s=think_s,
            is_lost=never,
            clock=fake.clock,
        )
    )
    return due


def test_a_worker_waits_for_the_response_and_thinks() -> None:
    assert sent_closed([0.1, 2.0, 0.1], think_s=0.5) == pytest.approx([0.0, 0.6, 3.1])
    assert sent_closed([1.0, 1.0], think_s=0.0) == [0.0, 1.0]


def test_workers_send_each_order_once_and_no_more_at_a_time_than_there_are() -> None:
    active, most, sent = 0, 0, list[int]()

    async def send(order: Order, _: float) -> None:
        nonlocal active, most
        active += 1
        most = max(most, active)
        await asyncio.sleep(0)
        active -= 1
        sent.append(order.number)

    assert asyncio.run(
        closed_loop(
            random_orders(20, seed=1),
            send,
            workers=3,
            think_s=0.0,
            is_lost=never,
            clock=FakeTime().clock,
        )
    )
    assert sorted(sent) == list(range(20))
    assert most == 3


def test_a_correction_of_the_time_of_day_does_not_move_the_clock() -> None:
    days = iter([EPOCH_S, EPOCH_S + 3600])
    clock = SendClock(epoch_s=lambda: next(days), steady_s=lambda: 5.0)
    assert clock.now_s() == clock.now_s() == EPOCH_S
