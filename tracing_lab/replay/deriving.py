"""Derive a model of a replay from a span frame."""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from tracing_lab.errors import ReplayError
from tracing_lab.graph import node_key
from tracing_lab.xray_model.nodes import CLIENT

from .model import HTTP, INVOKE, SEND, EntryRequest, RecordedRun, ReplayModel, ReplayTarget, StandIn
from .naming import Naming
from .recording import RecordedSpan, RecordedTraces
from .runs import RunMaker
from .usable import Key, Usable

MAX_TRACES: Final = 1000
MAX_STAND_INS: Final = 50
"""A stand-in is a role, a function, a log group and a rule."""


def derive(
    spans: pd.DataFrame, *, keep_names: bool = False, max_traces: int = MAX_TRACES
) -> ReplayModel:
    """Return a model of stand-ins that behave as the services of traces did.

    Parameters
    ----------
    spans
        A span frame, of X-Ray's traces or of another tool's.
    keep_names
        Whether stand-ins and what they call keep the recorded names. By default they are
        ``service-1``, ``api-1``, ``table-1`` and so on; names of AWS's services stay.
    max_traces
        Of how many traces runs are taken, spread evenly over all. The requests of the others are
        replayed, too, with the runs of these.

    Returns
    -------
    ReplayModel
        Its `summary` says which traces are left out, and why.

    Raises
    ------
    ReplayError
        If no trace can be replayed, there are too many services, or `max_traces` is no number
        above 0.
    """
    if type(max_traces) is not int or max_traces < 1:
        msg = f"max_traces={max_traces!r} must be a whole number above 0."
        raise ReplayError(msg)
    usable = Usable.of(RecordedTraces.of(spans))
    if not usable.traces:
        raise ReplayError(_nothing(usable))
    return _Derivation(usable, keep_names, max_traces).model()


class _Derivation:
    """Makes a model of traces that can be replayed."""

    def __init__(self, usable: Usable, keep_names: bool, max_traces: int) -> None:  # noqa: FBT001
        self._usable, self._recording = usable, usable.recording
        self._sampled = _spread(usable.traces, max_traces)
        chosen = set(self._sampled)
        self._rows = [span for span in self._recording.spans if span.trace in chosen]
        services = {span.service for span in self._rows if span.is_request and not span.is_inferred}
        self._naming = Naming(services, keep=keep_names)
        self._maker = RunMaker(usable, self._naming)

    def model(self) -> ReplayModel:
        """Return the model."""
        segments = [span for span in self._rows if span.is_request and not span.is_inferred]
        self._maker.name_all(segments)
        self._maker.make_all(segments)
        runs = self._maker.runs
        self._check_count(runs)
        stand_ins = {
            self._maker.slug(key): StandIn(self._maker.slug(key), tuple(made), self._segment(key))
            for key, made in runs.items()
        }
        apis = tuple(self._maker.slug(key) for key in self._maker.keys if key[0] == "stage")
        return ReplayModel(
            stand_ins=stand_ins,
            apis=apis,
            requests=tuple(self._requests()),
            traces=len(self._usable.traces),
            left_out=dict(self._usable.left_out),
            names=self._names(),
        )

    def _segment(self, key: Key) -> dict[str, str] | None:
        kind, name, origin = key
        if kind == "lambda":
            return None
        shown = self._naming.shown("service", name)
        return {"name": shown, **({"origin": origin} if origin else {})}

    def _check_count(self, runs: dict[Key, list[RecordedRun]]) -> None:
        if len(runs) > MAX_STAND_INS:
            msg = (
                f"The traces have {len(runs)} services, and a replay at most {MAX_STAND_INS}. "
                "Select the traces of a part of the system with spans.select."
            )
            raise ReplayError(msg)

    def _requests(self) -> list[EntryRequest]:
        """Return the requests by time; those of traces without runs play those of others."""
        usable = set(self._usable.traces)
        spans = [self._recording.spans[row] for row in self._recording.entries]
        entered = sorted(
            (span for span in spans if span.trace in usable), key=lambda span: span.start_s
        )
        first_s = entered[0].start_s
        chosen = set(self._sampled)
        own = [self._target(span) for span in entered if span.trace in chosen]
        requests = []
        for place, span in enumerate(entered):
            at_s = round(span.start_s - first_s, 6)
            if span.trace in chosen:
                requests.append(EntryRequest(at_s, self._target(span)))
            else:
                requests.append(EntryRequest(at_s, own[place * len(own) // len(entered)]))
        return requests

    def _target(self, entry: RecordedSpan) -> ReplayTarget:
        target = self._maker.targets[entry.row]
        if self._usable.key(entry)[0] == "stage":
            return ReplayTarget(HTTP, target.service, target.run, target.api)
        how = SEND if self._recording.is_event(entry.row) else INVOKE
        return ReplayTarget(how, target.service, target.run)

    def _names(self) -> dict[str, str]:
        """Return the keys of the model's nodes by those of the recorded service graph."""
        entries = set(self._recording.entries)
        names: dict[str, str] = {}
        for span in self._rows:
            if not span.is_request:
                continue
            shown = self._maker.shown_node(span)
            names[node_key(*span.node)] = node_key(*shown)
            if span.row in entries:
                names[node_key(span.service, CLIENT)] = node_key(shown[0], CLIENT)
        return names


def _spread(traces: Sequence[int], most: int) -> list[int]:
    """Return at most so many traces, evenly spread."""
    if len(traces) <= most:
        return [*traces]
    return [traces[place * len(traces) // most] for place in range(most)]


def _nothing(usable: Usable) -> str:
    if not usable.left_out:
        return "There are no traces to replay. Fetch some first, with 'tracing-lab fetch'."
    reasons = "; ".join(f"{count} {reason}" for reason, count in usable.left_out.items())
    return (
        f"No trace can be replayed: {reasons}. Fetch them again when they are complete, or others."
    )
