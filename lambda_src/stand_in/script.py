"""The recorded runs of the service that a function stands in for."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = "script.json"


@dataclass(frozen=True)
class Target:
    """A stand-in that a call leads to.

    Parameters
    ----------
    how
        ``invoke`` (and wait), ``send`` (and do not wait), ``publish`` (an event) or ``http``.
    service
        Its name.
    run
        Which of its runs it plays.
    api
        The API in front of it, with ``http``.
    """

    how: str
    service: str
    run: int
    api: str = ""

    @property
    def waits(self) -> bool:
        """Whether the caller waits for its answer."""
        return self.how in {"invoke", "http"}


@dataclass(frozen=True)
class Call:
    """A call of a run.

    Parameters
    ----------
    lag_s
        Seconds from the begin of its step.
    takes_s
        How long the recorded call took, in seconds.
    status
        ``ok``, ``error``, ``throttle`` or ``fault``.
    subsegment
        Name, namespace and the like of the subsegment that records it; None if nothing does.
    targets
        What it leads to; nothing where only time passes.
    """

    lag_s: float
    takes_s: float
    status: str
    subsegment: Mapping[str, Any] | None
    targets: tuple[Target, ...]

    @property
    def waits(self) -> bool:
        """Whether it waits for the answer of a stand-in."""
        return any(target.waits for target in self.targets)


@dataclass(frozen=True)
class Step:
    """Calls that were made at the same time.

    Parameters
    ----------
    gap_s
        Seconds of the service's own time before it.
    calls
        The calls, by their lag.
    """

    gap_s: float
    calls: tuple[Call, ...]


@dataclass(frozen=True)
class Run:
    """What the service did for one request.

    Parameters
    ----------
    steps
        Its calls.
    tail_s
        Seconds of its own time after them.
    status
        The HTTP status that it answered with, and None if it was not asked by HTTP.
    outcome
        ``ok``, ``error``, ``throttle`` or ``fault``.
    next_run
        What it did when Lambda tried the same event again; None if it did not.
    """

    steps: tuple[Step, ...]
    tail_s: float
    status: int | None
    outcome: str
    next_run: int | None


@dataclass(frozen=True)
class Script:
    """The service's runs.

    Parameters
    ----------
    name
        Of the service.
    segment
        Name and origin of the segment that the function sends itself, for a service that was no
        Lambda function; None where Lambda sends segments.
    before_s, after_s
        How long Lambda's runtime takes before and after the handler, in seconds.
    runs
        At least one.
    """

    name: str
    segment: Mapping[str, Any] | None
    before_s: float
    after_s: float
    runs: tuple[Run, ...]

    @property
    def passed_on_s(self) -> list[float]:
        """Seconds that calls took whose targets nobody waits for."""
        calls = (call for run in self.runs for step in run.steps for call in step.calls)
        return [call.takes_s for call in calls if call.targets and not call.waits]

    def run_no(self, wanted: object) -> int:
        """Return the number of a run: the one that is wanted, else any."""
        is_number = isinstance(wanted, int) and not isinstance(wanted, bool)
        if is_number and 0 <= wanted < len(self.runs):  # type: ignore[operator] # a number
            return int(wanted)  # type: ignore[call-overload, no-any-return] # likewise
        return random.randrange(len(self.runs))


def script_from_json(data: Mapping[str, Any]) -> Script:
    """Return the script that a JSON object describes.

    Parameters
    ----------
    data
        What `tracing_lab.replay` writes.
    """
    runs = tuple(_run(item) for item in data["runs"])
    return Script(data["name"], data.get("segment"), data["before_s"], data["after_s"], runs)


def own_script(folder: Path = Path(__file__).parents[1]) -> Script:
    """Return the script in the function's zip.

    Parameters
    ----------
    folder
        Where it is.
    """
    return script_from_json(json.loads((folder / FILE).read_text("utf-8")))


def _run(item: Mapping[str, Any]) -> Run:
    steps = tuple(
        Step(step["gap_s"], tuple(_call(call) for call in step["calls"]))
        for step in item.get("steps", ())
    )
    outcome = item.get("outcome", "ok")
    return Run(steps, item["tail_s"], item.get("status"), outcome, item.get("next_run"))


def _call(item: Mapping[str, Any]) -> Call:
    targets = tuple(Target(**target) for target in item.get("targets", ()))
    status = item.get("status", "ok")
    return Call(item.get("lag_s", 0.0), item["takes_s"], status, item.get("subsegment"), targets)
