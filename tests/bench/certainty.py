"""Measure whether statistics are as certain as they say: how often intervals cover the truth."""

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from report import row

from tracing_lab.stats import order_bounds

SIMULATIONS = 20_000
CONFIDENCE = 0.95
_NORMAL = NormalDist()

Values = npt.NDArray[np.float64]


class Distribution(NamedTuple):
    """A distribution with known percentiles."""

    draw: Callable[[np.random.Generator, tuple[int, int]], Values]
    percentile: Callable[[float], float]


DISTRIBUTIONS = {
    "exponential": Distribution(
        lambda rng, size: rng.exponential(size=size), lambda q: -math.log1p(-q)
    ),
    "lognormal": Distribution(
        lambda rng, size: rng.lognormal(0.0, 1.0, size), lambda q: math.exp(_NORMAL.inv_cdf(q))
    ),
    "normal": Distribution(lambda rng, size: rng.normal(size=size), _NORMAL.inv_cdf),
    "Pareto": Distribution(
        lambda rng, size: 1 + rng.pareto(1.5, size), lambda q: (1 - q) ** (-1 / 1.5)
    ),
    "uniform": Distribution(lambda rng, size: rng.uniform(size=size), lambda q: q),
}
MEASURED = ((0.5, 50), (0.95, 100), (0.99, 500))  # percentile, values in a sample


def coverage(name: str, q: float, *, count: int, simulations: int, seed: int = 0) -> float:
    """Return the share of samples whose interval contains the true percentile."""
    distribution = DISTRIBUTIONS[name]
    rng = np.random.default_rng(seed)
    samples = np.sort(distribution.draw(rng, (simulations, count)), axis=1)
    low, high = order_bounds(count, q, confidence=CONFIDENCE)
    truth = distribution.percentile(q)
    return float(np.mean((samples[:, low] <= truth) & (truth <= samples[:, high])))


def bench_certainty() -> None:
    """Print how often intervals cover the truth."""
    for name in DISTRIBUTIONS:
        for q, count in MEASURED:
            measure = f"interval of p{q * 100:g} covers it, {name}"
            covered = coverage(name, q, count=count, simulations=SIMULATIONS)
            row(measure, covered * 100, "%", limit=100 * CONFIDENCE - 1)
