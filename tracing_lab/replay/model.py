"""The model of a replay: what stands in for what, what each stand-in plays, and when requests come.

It has durations, outcomes and who called whom. It has no payloads, and no names of the recorded
system unless they were asked for.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any, Final

from tracing_lab.errors import ReplayError
from tracing_lab.tables import html_table, text_table

FORMAT: Final = "tracing-lab replay 1"

INVOKE: Final = "invoke"
SEND: Final = "send"
PUBLISH: Final = "publish"
HTTP: Final = "http"


@dataclass(frozen=True)
class ReplayTarget:
    """A stand-in that a call or a request leads to, and which of its runs it plays.

    Parameters
    ----------
    how
        ``invoke`` waits for the answer, ``send`` does not, ``publish`` is an event on the bus and
        ``http`` a request to an API.
    service
        Name of the stand-in.
    run
        Number of the run.
    api
        Name of the API in front of it, with ``http``.
    """

    how: str
    service: str
    run: int
    api: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the target as the stand-in reads it."""
        api = {"api": self.api} if self.api else {}
        return {"how": self.how, "service": self.service, "run": self.run, **api}


@dataclass(frozen=True)
class RecordedCall:
    """A call of a run.

    Parameters
    ----------
    lag_s
        Seconds from the begin of its step.
    takes_s
        How long it took, in seconds.
    status
        ``ok``, ``error``, ``throttle`` or ``fault``.
    subsegment
        What its subsegment says besides times and outcome; None if nothing recorded the call.
    node
        Name and type of the node that X-Ray infers from it; None where the callee has its own.
    targets
        The stand-ins that it leads to.
    """

    lag_s: float
    takes_s: float
    status: str = "ok"
    subsegment: Mapping[str, Any] | None = None
    node: tuple[str, str] | None = None
    targets: tuple[ReplayTarget, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether it waits for the answer of a stand-in."""
        return any(target.how in {INVOKE, HTTP} for target in self.targets)

    def to_json(self) -> dict[str, Any]:
        """Return the call as the stand-in reads it."""
        return {
            "takes_s": self.takes_s,
            **({"lag_s": self.lag_s} if self.lag_s else {}),
            **({"status": self.status} if self.status != "ok" else {}),
            **({} if self.subsegment is None else {"subsegment": dict(self.subsegment)}),
            **({"targets": [item.to_json() for item in self.targets]} if self.targets else {}),
        }


@dataclass(frozen=True)
class CallStep:
    """Calls of a run that overlapped.

    Parameters
    ----------
    gap_s
        Seconds of the service's own time before them.
    calls
        The calls.
    """

    gap_s: float
    calls: tuple[RecordedCall, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the step as the stand-in reads it."""
        return {"gap_s": self.gap_s, "calls": [call.to_json() for call in self.calls]}


@dataclass(frozen=True)
class RecordedRun:
    """What a service did for one request.

    Parameters
    ----------
    steps
        Its calls.
    tail_s
        Seconds of its own time after them.
    status
        The HTTP status that it answered with; None if it was not called by HTTP.
    outcome
        ``ok``, ``error``, ``throttle`` or ``fault``.
    next_run
        Number of the run when Lambda tried the same event again; None if it did not.
    """

    steps: tuple[CallStep, ...]
    tail_s: float
    status: int | None = None
    outcome: str = "ok"
    next_run: int | None = None

    @property
    def own_s(self) -> float:
        """Seconds of the service's own time."""
        return sum(step.gap_s for step in self.steps) + self.tail_s

    @property
    def longest_s(self) -> float:
        """Seconds that it took in all."""
        steps = (max(call.lag_s + call.takes_s for call in step.calls) for step in self.steps)
        return self.own_s + sum(steps)

    @property
    def calls(self) -> Iterator[RecordedCall]:
        """Its calls, step by step."""
        return (call for step in self.steps for call in step.calls)

    def scaled(self, factor: float) -> "RecordedRun":
        """Return the run with its own time multiplied."""
        steps = tuple(replace(step, gap_s=step.gap_s * factor) for step in self.steps)
        return replace(self, steps=steps, tail_s=self.tail_s * factor)

    def to_json(self) -> dict[str, Any]:
        """Return the run as the stand-in reads it."""
        return {
            "tail_s": self.tail_s,
            **({"steps": [step.to_json() for step in self.steps]} if self.steps else {}),
            **({} if self.status is None else {"status": self.status}),
            **({"outcome": self.outcome} if self.outcome != "ok" else {}),
            **({} if self.next_run is None else {"next_run": self.next_run}),
        }


@dataclass(frozen=True)
class StandIn:
    """A function that stands in for a recorded service.

    Parameters
    ----------
    name
        Of the stand-in: lower-case letters, digits and ``-``.
    runs
        What it plays.
    segment
        Name and origin of the segment that it sends itself, if the service was no Lambda function;
        None if it was.
    """

    name: str
    runs: tuple[RecordedRun, ...] = field(repr=False)
    segment: Mapping[str, str] | None = None

    @property
    def targets(self) -> Iterator[ReplayTarget]:
        """What its runs call."""
        return (target for run in self.runs for call in run.calls for target in call.targets)

    def script(self, *, before_s: float = 0.0, after_s: float = 0.0) -> dict[str, Any]:
        """Return what the function plays, for its zip.

        Parameters
        ----------
        before_s, after_s
            Seconds that Lambda's runtime takes before and after the handler.
        """
        return {
            "name": self.name,
            "segment": None if self.segment is None else dict(self.segment),
            "before_s": before_s,
            "after_s": after_s,
            "runs": [run.to_json() for run in self.runs],
        }


@dataclass(frozen=True)
class EntryRequest:
    """A recorded request from outside.

    Parameters
    ----------
    at_s
        Seconds from the first one.
    target
        The stand-in that serves it; ``http`` through an API of the recorded system; where it had
        none in front ``invoke``, or ``send`` if Lambda accepted an event.
    """

    at_s: float
    target: ReplayTarget


@dataclass(frozen=True, repr=False)
class ReplayModel:
    """What `derive` makes of traces; `apply` makes stand-ins of it, `fire` sends its requests.

    Parameters
    ----------
    stand_ins
        The stand-ins by name.
    apis
        Names of the APIs.
    requests
        The requests from outside, by time.
    traces
        How many traces it stands for.
    left_out
        How many traces are not replayed, by reason.
    names
        Keys of the recorded service graph's nodes, and those of the model's. They stay in this
        process: `to_json` does not have them.
    """

    stand_ins: Mapping[str, StandIn]
    apis: tuple[str, ...]
    requests: tuple[EntryRequest, ...]
    traces: int
    left_out: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def scaled(self, service: str, factor: float) -> "ReplayModel":
        """Return a model in which a service works faster or slower; what it calls is as it was.

        Parameters
        ----------
        service
            Name of the stand-in.
        factor
            What its own time is multiplied by, 0 or more.

        Raises
        ------
        ReplayError
            If there is no such stand-in, or the factor is no such number.
        """
        if service not in self.stand_ins:
            msg = f"There is no stand-in {service!r}. Choose one of: {', '.join(self.stand_ins)}."
            raise ReplayError(msg)
        if not 0 <= factor < float("inf"):
            msg = f"factor={factor!r} must be a number, 0 or more."
            raise ReplayError(msg)
        old = self.stand_ins[service]
        changed = replace(old, runs=tuple(run.scaled(factor) for run in old.runs))
        return replace(self, stand_ins={**self.stand_ins, service: changed})

    @property
    def duration_s(self) -> float:
        """Seconds from the first to the last request."""
        return self.requests[-1].at_s - self.requests[0].at_s if self.requests else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return the model as JSON-serializable data, without names of the recorded system."""
        return {
            "format": FORMAT,
            "apis": [*self.apis],
            "stand_ins": [item.script() for item in self.stand_ins.values()],
            "requests": [{"at_s": r.at_s, **r.target.to_json()} for r in self.requests],
            "traces": self.traces,
            "left_out": dict(self.left_out),
        }

    def to_text(self) -> str:
        """Return the model as JSON text, to look at what it contains."""
        return json.dumps(self.to_json(), indent=1)

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (item.name, _kind(item), f"{len(item.runs)}", _median_ms(item), _called(item))
            for item in self.stand_ins.values()
        ]

    def summary(self) -> str:
        """Return how much of the recording is replayed, and what is left out, as sentences."""
        what = (
            f"{self.traces} traces with {len(self.requests)} requests in {self.duration_s:,.1f} s"
        )
        lines = [f"{what}: {len(self.stand_ins)} stand-ins, {len(self.apis)} APIs."]
        lines += [f"Left out: {count} {reason}." for reason, count in self.left_out.items()]
        return "\n".join(lines)

    def __str__(self) -> str:
        return f"{text_table(self._rows(), headers=_HEADERS)}\n{self.summary()}"

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        table = html_table(self._rows(), headers=_HEADERS, caption="Stand-ins")
        return table + "".join(f"<p>{line}</p>" for line in self.summary().splitlines())


_HEADERS: Final = ("stand-in", "for", "runs", "own time, median", "calls")


def _kind(item: StandIn) -> str:
    if item.segment is None:
        return "Lambda function"
    return item.segment.get("origin") or "service"


def _median_ms(item: StandIn) -> str:
    return f"{median(run.own_s for run in item.runs) * 1000:,.1f} ms"


def _called(item: StandIn) -> str:
    called = Counter(
        name
        for run in item.runs
        for call in run.calls
        for name in [*([call.node[0]] if call.node else []), *(t.service for t in call.targets)]
    )
    return ", ".join(called)
