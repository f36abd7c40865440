"""Measure how often root causes are found in recorded incidents that nothing was tuned on.

``make bench ONLY=root-cause`` runs it alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from baselines.largest_rise import largest_rise
from baselines.micro_rank import micro_rank
from baselines.trace_rca import trace_rca
from comparisons import window
from incidents import Incident, Truth, incidents
from report import row

import tracing_lab as tl
from tracing_lab.rca import Finding
from tracing_lab.rca.model import service_of

BINS = 10
PAIRS = 100


class Answer(NamedTuple):
    """What a method says about an incident.

    Parameters
    ----------
    first
        The service that it suspects most; empty if none.
    named
        The services that it names as causes; none if it abstains.
    path
        From the first one to where it is noticed.
    probability
        That the most suspicious one is a cause.
    """

    first: str
    named: tuple[str, ...]
    path: tuple[str, ...]
    probability: float


class Judged(NamedTuple):
    """An answer and the truth."""

    answer: Answer
    truth: Truth

    @property
    def is_right(self) -> bool:
        """Whether the most suspicious service is a cause."""
        return self.answer.first in self.truth.causes


Method = Callable[[Incident], Answer]


def ours(incident: Incident) -> Answer:
    """Return what the library finds."""
    found = tl.rca.find_root_cause(incident.good, incident.bad)
    suspects = [*found.root_causes, *found.causes["name"]]
    first = service_of(suspects[0]) if suspects else ""
    named = dict.fromkeys(map(service_of, found.root_causes))
    return Answer(first, tuple(named), found.path, found.probability)


def baseline(rank: Callable[[pd.DataFrame, pd.DataFrame], Mapping[str, float]]) -> Method:
    """Return a method that names the first of a ranking, as sure as its share of all scores."""

    def answer(incident: Incident) -> Answer:
        scores = {**rank(incident.good, incident.bad)}
        if not scores:
            return Answer("", (), (), 0.0)
        first = next(iter(scores))
        return Answer(first, (first,), (), scores[first] / sum(scores.values()))

    return answer


METHODS: dict[str, Method] = {
    "tracing_lab": ours,
    "MicroRank": baseline(micro_rank),
    "TraceRCA": baseline(trace_rca),
    "largest rise": baseline(largest_rise),
}


LIMITS = {
    "top 1 right, of those answered": 80.0,
    "faultless: says that there is no fault": 90.0,
    "path right, of those with a fault": 75.0,
    "expected calibration error": 10.0,
}


POISON_LIMITS = {
    "top 1 right, of those with a fault": 80.0,
    "path right, of those with a fault": 75.0,
}


def figures(judged: Sequence[Judged]) -> dict[str, float]:
    """Return all figures, in percent."""
    faulty = [one for one in judged if one.truth.causes]
    faultless = [one for one in judged if not one.truth.causes]
    answered = [one for one in judged if one.answer.named]
    return {
        "top 1 right, of those answered": _percent(one.is_right for one in answered),
        "top 1 right, of those with a fault": _percent(
            one.is_right and one in answered for one in faulty
        ),
        "faultless: says that there is no fault": _percent(
            not one.answer.named for one in faultless
        ),
        "path right, of those with a fault": _percent(
            one.answer.path in one.truth.paths for one in faulty
        ),
        "exact set of causes, of those with a fault": _percent(
            {*one.answer.named} == {*one.truth.causes} for one in faulty
        ),
        "expected calibration error": 100 * calibration_error(judged),
    }


def calibration_error(judged: Sequence[Judged]) -> float:
    """Return by how much probabilities differ from how often the first suspect is a cause.

    In bins of equal width, weighted by how many answers are in each (M. Naeini et al., "Obtaining
    Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015).
    """
    sure = np.array([one.answer.probability for one in judged])
    right = np.array([one.is_right for one in judged], dtype=float)
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = (abs(right[bins == at].sum() - sure[bins == at].sum()) for at in np.unique(bins))
    return float(sum(gaps)) / len(judged)


def judge(method: Method, split: Iterable[Incident]) -> list[Judged]:
    """Return a method's answers to incidents, with the truth."""
    return [Judged(method(incident), incident.truth) for incident in split]


def bench_root_cause(pairs: int = PAIRS) -> None:
    """Print how often causes and paths are right, beside the baselines, which have no paths.

    Then come events that a service cannot process, and last windows of another, simulated system,
    whose requests fail now and then.
    """
    held_out = [*incidents("held out")]
    results = {name: figures(judge(method, held_out)) for name, method in METHODS.items()}
    own = results.pop("tracing_lab")
    for measure, value in own.items():
        if measure in LIMITS:
            row(measure, value, "%", limit=LIMITS[measure])
        for name, others in results.items():
            if "path" not in measure:
                row(measure, value, "%", peer=others[measure], peer_name=name)
    poisoned = figures(judge(ours, incidents("poison")))
    for measure, limit in POISON_LIMITS.items():
        row(f"poison: {measure}", poisoned[measure], "%", limit=limit)
    named = sum(find(number).found for number in range(pairs))
    right = sum(find(number, slower_ms=30.0).root_causes == ("payment",) for number in range(pairs))
    row(f"A/A pairs with a cause, of {pairs}", named, "", limit=pairs / 20)
    row(f"+30 ms is the only cause, of {pairs}", right, "", limit=pairs)


def find(number: int, *, slower_ms: float = 0.0) -> Finding:
    """Return the finding of a simulated pair of windows."""
    good, bad = (
        window(2 * number, traces=80),
        window(2 * number + 1, traces=40, slower_ms=slower_ms),
    )
    return tl.rca.find_root_cause(good, bad)


def _percent(flags: Iterable[bool]) -> float:
    known = [*flags]
    return 100 * sum(known) / max(len(known), 1)
