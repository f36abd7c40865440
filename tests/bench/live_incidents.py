"""Find and prove the causes of five incidents on a running stack.

``python live_incidents.py`` runs it alone, ``make bench-full`` runs it with everything else. The
incidents are planned as the recorded ones are, with other numbers, so that nothing was tuned on
them. Of each, a wrong cause is tried first, whose removal changes only which orders take long: it
must not be proven.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from incident_plan import BASE_MS, PlannedIncident, incident, paths

sys.path.append(str(Path(__file__).parents[1] / "support"))  # has what recordings are read with

import pandas as pd
from record_incidents import Laboratory, laboratory
from report import row

import tracing_lab as tl
from tracing_lab.experiments import Verification
from tracing_lab.rca import Finding

FIRST = 1000
KINDS = ("latency", "errors", "latency", "errors", "latency")
RATE = 30.0
WRONG_ORDERS = 192
"""Fewer than usual: what is no cause is as likely to be confirmed by few orders as by many."""


@dataclass(frozen=True)
class LiveIncident:
    """An incident, what was found, and what experiments say of it.

    Parameters
    ----------
    planned
        What was done.
    path
        The true path.
    finding
        What was found in the traces.
    right, wrong
        The verification of the finding, if it names a cause, and of another service.
    """

    planned: PlannedIncident
    path: tuple[str, ...]
    finding: Finding
    right: Verification | None
    wrong: Verification

    @property
    def is_cause(self) -> bool:
        """Whether the first cause is the true one."""
        first = self.finding.root_causes[:1]
        return bool(first) and self.planned.causes[0] in first[0]

    def __str__(self) -> str:
        number, verdict = self.planned.number - FIRST + 1, self.right and self.right.verdict
        done = f"{self.planned.causes[0]} {self.planned.strength[self.planned.causes[0]]}"
        named = " and ".join(self.finding.root_causes) or "no cause"
        return f"  {number}. {done}: found {named}. {verdict or ''}"


def live_incidents() -> Iterator[LiveIncident]:
    """Yield five incidents on a stack of its own."""
    with laboratory() as lab:
        good = lab.good(FIRST)  # as recorded incidents do, they share one
        for number, kind in enumerate(KINDS, start=FIRST):
            yield _lived(lab, good, replace(incident(number, kind), warm=True))


def _lived(lab: Laboratory, good: pd.DataFrame, planned: PlannedIncident) -> LiveIncident:
    finding = tl.rca.find_root_cause(good, lab.bad(planned))
    (path,) = paths(planned, lab.node)
    wrong = tl.experiments.verify_cause(
        lab.config, _another(lab, planned), seed=planned.number, orders=WRONG_ORDERS, rate=RATE
    )
    right = None
    if finding.found:
        right = tl.experiments.verify_cause(lab.config, finding, seed=planned.number, rate=RATE)
    return LiveIncident(planned, path, finding, right, wrong)


def _another(lab: Laboratory, planned: PlannedIncident) -> tuple[str, tuple[str, ...]]:
    """Return a service without a fault as a cause, with the path that its fault would have."""
    (cause,) = planned.causes
    services = [*BASE_MS]
    other = services[(services.index(cause) + 1) % len(services)]
    faults = {other: planned.faults[cause]}
    (path,) = paths(replace(planned, causes=(other,), faults=faults), lab.node)
    return other, path


def bench_live_incidents() -> None:
    """Print how many causes are found, with their paths, and proven."""
    lived = []
    for one in live_incidents():
        lived.append(one)
        print(one, flush=True)
    count = len(lived)
    row("live incidents: the true cause first", sum(one.is_cause for one in lived), "", limit=count)
    row("the true path", sum(one.finding.path == one.path for one in lived), "", limit=count)
    proven = sum(one.right is not None and one.right.verified for one in lived)
    row("finding proven by experiment", proven, "", limit=count)
    row("another service proven", sum(one.wrong.verified for one in lived), "", limit=0)
    tried = [trial for one in lived for trial in (one.right, one.wrong) if trial is not None]
    row("orders of an experiment", sum(trial.orders for trial in tried) / len(tried), "")


if __name__ == "__main__":
    bench_live_incidents()
