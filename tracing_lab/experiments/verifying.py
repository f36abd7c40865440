"""Verify a root cause on a running stack: remove it and put it back, in turns, and compare."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

import pandas as pd

from tracing_lab import deploy
from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.deploy import Correction
from tracing_lab.deploy.own_functions import OwnFunctions
from tracing_lab.rca import Finding
from tracing_lab.stats.quantiles import check_fraction
from tracing_lab.traffic import Progress

from .blocks import OrderLoad, visits
from .decision import at_the_end, is_decided, judged, proven
from .measures import ended, measured, seen
from .suspects import Path, Suspect, causes_and_path, suspects, tests_named
from .verification import Outcome, Verification, nothing_tried, reason_of

ORDERS: Final = 320

_TRY: Final = "compare traces of before and after instead, with rca.find_root_cause"


def verify_cause(  # noqa: PLR0913 - what to try, with which load, and what remains
    config: Config,
    finding: Finding | tuple[str, Path],
    *,
    orders: int = ORDERS,
    rate: float = 20.0,
    seed: int = 1,
    confidence: float = 0.95,
    mend: bool = False,
    progress: Progress | None = None,
    aws: Aws | None = None,
) -> Verification:
    """Return whether the trouble of a cause goes when it is removed, and returns with it.

    What differs in the resources of the cause from what `deploy.apply` would make is removed and
    put back in turns: injected faults, code, settings, environment variables, permissions, a
    disabled rule or a missing target. In each turn the same seeded orders are sent, next to each
    other in time, so that a machine that becomes busier favors neither. What is compared is the
    cause's own: its work without calls, also that of slow orders, and failures, throttles and
    events that do not arrive, with Holm's correction. The effect at the end of the path stands
    beside it.

    It is looked after half and after all of the orders, and ends early if it is decided. Of wrong
    causes, at most one in twenty is confirmed, with the usual `confidence` and both looks together.

    Parameters
    ----------
    config
        The variables that the stack was applied with.
    finding
        What `rca.find_root_cause` returned, or a cause and a path. A cause is a service
        (``payment``), a node or an edge (``source -> target``) of the service graph, the bus
        (``Events``) or the API (``api``); a path has nodes of the service graph, from the cause to
        where it is noticed. Several causes are removed together, and each has to be proven.
    orders, rate, seed
        How many orders are sent at most, without a few that warm up; how many per second, and
        which; see `traffic.fire`.
    confidence
        What is left to 1 is the share of wrong causes that are confirmed.
    mend
        Whether a proven cause stays removed. By default everything is put back as it was.
    progress
        Called with the number of answered and of all orders.
    aws
        The AWS clients; created from `config` by default.

    Returns
    -------
    Verification
        The verdict, what was removed, the tests, and the effect at the end of the path. Where
        nothing can be removed, or not be put back, the verdict says so and what to do; then no
        order is sent.

    Raises
    ------
    ConfigError
        If a cause is no part of the stack, or the path is empty; nothing is changed then.
    TrafficError
        If a parameter of the load is invalid; nothing is changed then.
    TracesNotReadyError
        If traces have not settled in time; what was removed is put back.
    NotFoundError
        If the stack is not deployed.
    AwsError
        If AWS rejects a call.
    ValueError
        If `confidence` is not between 0 and 1.
    """
    check_fraction("confidence", confidence)
    causes, path = causes_and_path(finding)
    aws = aws or Aws(config)
    named = suspects(causes, OwnFunctions.of(config, aws).names)
    load = OrderLoad(config, deploy.outputs(config, aws=aws), aws, orders, rate, seed, progress)
    logical = frozenset[str]().union(*(suspect.logical for suspect in named))
    removable = deploy.correction(config, logical.__contains__, aws=aws)
    if obstacle := _obstacle(removable, causes):
        return nothing_tried(causes, path, obstacle)
    question = _Question(named, tests_named(finding), 1 - confidence, path[-1])
    with _switch(removable) as switch:
        trial = _tried(load, switch, question)
        is_proven = proven(trial.tests, causes)
        if mend and is_proven:
            switch.keep_out()
    end = at_the_end(trial.measured[causes[0]], confidence=confidence)
    untried = _untried(named, removable)
    return Verification(
        outcome=Outcome.PROVEN if is_proven else Outcome.NOT_PROVEN,
        reason=reason_of(trial.tests, end, is_proven=is_proven, node=path[-1]) + untried,
        causes=causes,
        path=path,
        removed=removable.words,
        mended=mend and is_proven,
        tests=trial.tests,
        end=end,
        orders=len(trial.sent),
        spans=trial.spans,
        sent=trial.sent,
    )


class _Question(NamedTuple):
    """What is to be decided."""

    named: Sequence[Suspect]
    tests: Mapping[str, frozenset[str]]
    alpha: float
    end: str


class _Trial(NamedTuple):
    """What has been seen so far."""

    tests: pd.DataFrame
    measured: Mapping[str, pd.DataFrame]
    spans: pd.DataFrame
    sent: pd.DataFrame


class _Switch:
    """Removes causes and puts them back."""

    def __init__(self, correction: Correction) -> None:
        self._correction = correction
        self._in_place: bool | None = True  # None while it changes
        self._stays_out = False

    def turn(self, *, in_place: bool) -> None:
        """Put the causes in place, or remove them, unless that is so."""
        if in_place == self._in_place:
            return
        self._in_place = None
        if in_place:
            self._correction.undo()
        else:
            self._correction.make()
        self._in_place = in_place

    def keep_out(self) -> None:
        """Remove the causes for good."""
        self.turn(in_place=False)
        self._stays_out = True

    def end(self) -> None:
        """Put the causes back, unless they are to stay removed."""
        if not self._stays_out:
            self.turn(in_place=True)


@contextmanager
def _switch(correction: Correction) -> Iterator[_Switch]:
    switch = _Switch(correction)
    try:
        yield switch
    finally:
        switch.end()


def _tried(load: OrderLoad, switch: _Switch, question: _Question) -> _Trial:
    """Send orders in turns until it is decided; return what they show."""
    causes = [suspect.cause for suspect in question.named]
    for visit in visits():
        switch.turn(in_place=visit.in_place)
        load.visit(visit)
        if visit.look is not None:
            trial = _looked_at(load, question, pairs=visit.look)
            if is_decided(trial.tests, causes, pairs=visit.look):
                break
    load.end()
    return trial


def _looked_at(load: OrderLoad, question: _Question, *, pairs: int) -> _Trial:
    sent = load.orders_sent()
    spans = load.spans(sent)
    window, ids = seen(spans)
    at_end = ended(window, question.end)
    orders = {
        suspect.cause: _joined(sent, measured(window, suspect.watched).join(at_end), ids)
        for suspect in question.named
    }
    tests = judged(orders, pairs=pairs, alpha=question.alpha, what=question.tests)
    return _Trial(tests, orders, spans, sent)


def _joined(sent: pd.DataFrame, measures: pd.DataFrame, ids: "pd.Series[str]") -> pd.DataFrame:
    """Return orders with what their traces show."""
    by_id = measures.set_axis(ids.loc[measures.index].tolist(), axis="index").astype(float)
    return sent.join(by_id, on="trace_id")


def _obstacle(removable: Correction, causes: Sequence[str]) -> str:
    """Return why causes cannot be removed and put back, and what to do; empty if they can."""
    names = " and ".join(causes)
    if removable.foreign:
        return (
            f"{', '.join(removable.foreign)} of {names} lacks the stack's tag, so that it is left "
            "alone. Take it over with deploy.apply(config, adopt=True), and try again."
        )
    if removable.lasting:
        return (
            f"{'; '.join(removable.lasting)}, so that {names} could not be put back as it was. "
            f"Mend it with deploy.apply, and {_TRY}."
        )
    if not removable.steps:
        return (
            f"nothing of {names} differs from what deploy.apply would make, so that there is "
            "nothing to remove. The cause may be in the code that apply deploys, in its data (a "
            f"poison message) or in its load: correct that, and {_TRY}."
        )
    return ""


def _untried(named: Sequence[Suspect], removable: Correction) -> str:
    """Return which causes had nothing to remove, as a sentence."""
    changed = {step.resource.logical for step in removable.steps}
    names = [suspect.cause for suspect in named if not changed & suspect.logical]
    return f" Of {' and '.join(names)}, there was nothing to remove." if names else ""
