"""Schedules of orders: pure functions of number, rate and seed."""

import difflib
import math
import random
from collections.abc import Callable, Mapping

from tracing_lab.errors import TrafficError

_BURST = 10  # orders sent at once
_SPIKE_SHARE = 0.5  # share of the orders in the spike ...
_SPIKE_LENGTH = 0.1  # ... and its share of the time
_SWING = 0.8  # how far a day's rate swings around its average; at noon 1.8 of it, at midnight 0.2
_HALVINGS = 50  # of the interval that has the time of an order; then it is a float's width


def schedule(scenario: str, *, orders: int, rate: float, seed: int = 1) -> list[float]:
    """Return when each order is sent.

    Parameters
    ----------
    scenario
        ``steady``: evenly spaced. ``poisson``: at random, as independent customers arrive.
        ``burst``: ten at once, then a pause. ``ramp``: from nothing to twice the rate.
        ``spike``: half of all orders within a tenth of the time, in the middle. ``diurnal``: as in
        a day from midnight to midnight, with the most orders at noon.
    orders
        How many there are.
    rate
        Orders per second on average.
    seed
        For the scenarios that are random.

    Returns
    -------
    list[float]
        Seconds from the start, ascending.

    Raises
    ------
    TrafficError
        If there is no such scenario.

    Examples
    --------
    >>> schedule("steady", orders=4, rate=2)
    [0.0, 0.5, 1.0, 1.5]
    >>> schedule("ramp", orders=4, rate=1)
    [0.0, 2.0, 2.8284271247461903, 3.4641016151377544]
    """
    if str(scenario) not in SCENARIOS:  # which may be any value, as of a notebook
        likely = difflib.get_close_matches(str(scenario), SCENARIOS, 1, 0)[0]
        known = ", ".join(SCENARIOS)
        msg = f"scenario={scenario!r} is not one of {known}. Did you mean {likely!r}?"
        raise TrafficError(msg)
    return SCENARIOS[str(scenario)](orders, rate, seed)


def _steady(orders: int, rate: float, _seed: int) -> list[float]:
    return [number / rate for number in range(orders)]


def _poisson(orders: int, rate: float, seed: int) -> list[float]:
    generator = random.Random(seed)
    offsets, now = [], 0.0
    for _ in range(orders):
        now += generator.expovariate(rate)
        offsets.append(now)
    return offsets


def _burst(orders: int, rate: float, _seed: int) -> list[float]:
    return [number // _BURST * _BURST / rate for number in range(orders)]


def _ramp(orders: int, rate: float, _seed: int) -> list[float]:
    """Grow linearly, so that the number of orders so far grows with the square of time."""
    duration = orders / rate
    return [math.sqrt(number / rate * duration) for number in range(orders)]


def _spike(orders: int, rate: float, _seed: int) -> list[float]:
    duration = orders / rate
    begin = (1 - _SPIKE_LENGTH) / 2 * duration
    before = (1 - _SPIKE_SHARE) / 2  # share of the orders before the spike
    return [_spike_offset(number / orders, before, begin, duration) for number in range(orders)]


def _spike_offset(share: float, before: float, begin: float, duration: float) -> float:
    """Return the time by which a share of the orders is sent: piecewise linear."""
    if share < before:
        return share / before * begin
    if share < before + _SPIKE_SHARE:
        return begin + (share - before) / _SPIKE_SHARE * _SPIKE_LENGTH * duration
    end = begin + _SPIKE_LENGTH * duration
    return end + (share - before - _SPIKE_SHARE) / before * begin


def _diurnal(orders: int, rate: float, _seed: int) -> list[float]:
    return [_time_of_day(number / orders) * orders / rate for number in range(orders)]


def _time_of_day(share: float) -> float:
    """Return by which part of a day a share of its orders is sent; by bisection."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        sent = middle - _SWING * math.sin(2 * math.pi * middle) / (2 * math.pi)
        low, high = (middle, high) if sent <= share else (low, middle)
    return low


SCENARIOS: Mapping[str, Callable[[int, float, int], list[float]]] = {
    "steady": _steady,
    "poisson": _poisson,
    "burst": _burst,
    "ramp": _ramp,
    "spike": _spike,
    "diurnal": _diurnal,
}
