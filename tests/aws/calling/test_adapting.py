"""The rate of calls is learned, against a token bucket and throttles that come at any rate."""

import heapq
import itertools
import random

import pytest

from tracing_lab.aws.calling.adapting import LOOK_AGAIN_S, AdaptiveRate

WORKERS = 16
LATENCY_S = 0.02


class Simulation:
    """Workers that repeat throttled calls after a while, with a clock that only events move."""

    def __init__(self, seed: int, *, per_s: float, background: float) -> None:
        self.draw = random.Random(seed)
        self.bucket_per_s, self.background = per_s, background
        self.tokens, self.filled_s = per_s, 0.0
        self.now_s, self.attempts = 0.0, 0
        self.rate = AdaptiveRate(clock=lambda: self.now_s)

    def run(self, calls: int, *, workers: int = WORKERS) -> float:
        """Return the seconds until calls have passed."""
        numbers = itertools.count(workers)
        ready = [(self.now_s, number, 0) for number in range(workers)]
        waiting: list[tuple[float, int, int, int]] = []
        sent: list[tuple[float, int, int, int]] = []
        ended: list[tuple[float, int, int, int, bool]] = []
        while calls:
            queues = [queue for queue in (ready, waiting, sent, ended) if queue]
            self.now_s = min(queue[0][0] for queue in queues)
            if ready and ready[0][0] == self.now_s:
                _, number, failures = heapq.heappop(ready)
                self.attempts += 1
                heapq.heappush(waiting, (self.now_s, number, self.rate.join(), failures))
            elif waiting and waiting[0][0] == self.now_s:
                _, number, place, failures = heapq.heappop(waiting)
                left_s = self.rate.left_s(place)
                if left_s > 0:
                    at_s = self.now_s + min(left_s, LOOK_AGAIN_S)
                    heapq.heappush(waiting, (at_s, number, place, failures))
                else:
                    heapq.heappush(sent, (self.now_s, next(numbers), self.rate.begin(), failures))
            elif sent and sent[0][0] == self.now_s:
                _, number, epoch, failures = heapq.heappop(sent)
                at_s = self.now_s + LATENCY_S
                heapq.heappush(ended, (at_s, number, epoch, failures, self._is_throttled()))
            else:
                _, number, epoch, failures, throttled = heapq.heappop(ended)
                self.rate.note(epoch, throttled=throttled)
                pause_s = self.draw.uniform(0, 0.2 * 2**failures) if throttled else 0.0
                failures = min(failures + 1, 4) if throttled else 0
                heapq.heappush(ready, (self.now_s + pause_s, number, failures))
                calls -= not throttled
        return self.now_s

    def _is_throttled(self) -> bool:
        passed_s = self.now_s - self.filled_s
        self.tokens = min(self.bucket_per_s, self.tokens + passed_s * self.bucket_per_s)
        self.filled_s = self.now_s
        if self.draw.random() < self.background or self.tokens < 1:
            return True
        self.tokens -= 1
        return False


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("background", [0.0, 0.2])
@pytest.mark.parametrize("per_s", [20, 50, 100])
def test_calls_take_little_longer_than_the_limit_allows(
    per_s: int, background: float, seed: int
) -> None:
    simulation = Simulation(seed, per_s=per_s, background=background)
    assert simulation.run(40 * per_s) < 1.2 * 40


def test_most_calls_are_not_throttled_although_the_limit_is_far_below_what_could_be_sent() -> None:
    simulation = Simulation(1, per_s=50, background=0.0)
    simulation.run(3000)
    assert simulation.attempts < 1.3 * 3000


def test_nothing_is_held_back_where_nothing_is_throttled() -> None:
    simulation = Simulation(1, per_s=1e6, background=0.0)
    assert simulation.run(3200) == pytest.approx(3200 / WORKERS * LATENCY_S)


def test_the_limit_may_fall_and_rise_again() -> None:
    attempts = []
    for seed in range(6):
        simulation = Simulation(seed, per_s=50, background=0.1)
        simulation.run(1000)
        simulation.bucket_per_s = 10
        before_s, before = simulation.now_s, simulation.attempts
        simulation.run(600)
        assert simulation.now_s - before_s < 1.3 * 60
        attempts.append(simulation.attempts - before)
        simulation.bucket_per_s = 50
        before_s = simulation.now_s
        simulation.run(3000)
        assert simulation.now_s - before_s < 2 * 60
    assert sum(attempts) / len(attempts) < 3 * 600


def test_what_a_few_callers_taught_does_not_hold_many_back_for_long() -> None:
    times_s = []
    for seed in range(20):
        simulation = Simulation(seed, per_s=25, background=0.2)
        simulation.run(20, workers=1)
        times_s.append(simulation.run(400))
    assert sum(times_s) / len(times_s) < 1.4 * 420 / 25


def test_who_waits_goes_on_at_once_when_the_rate_rises_again() -> None:
    now_s = 0.0
    rate = AdaptiveRate(clock=lambda: now_s)
    for _ in range(20):
        rate.join()
        epoch = rate.begin()
        now_s += 0.05
        rate.note(epoch, throttled=True)
    waiting = [rate.join() for _ in range(20)]
    assert [rate.left_s(one) for one in waiting] == pytest.approx([n / 10 for n in range(20)])
    epoch = rate.begin()
    now_s += 1.5
    assert rate.left_s(waiting[-1]) == pytest.approx(0.4)
    for _ in waiting:
        rate.note(epoch, throttled=True)  # it was not the rate
    assert max(rate.left_s(one) for one in waiting) < 1e-9


def test_the_rate_is_halved_when_calls_are_throttled() -> None:
    now_s = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now_s
        now_s += seconds

    rate = AdaptiveRate(clock=lambda: now_s, sleep=sleep)
    for _ in range(20):
        epoch = rate.wait()
        now_s += 0.05
        rate.note(epoch, throttled=True)
    assert rate.per_s == pytest.approx(10)
