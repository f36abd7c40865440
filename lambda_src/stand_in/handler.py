"""What Lambda calls: play the run that the request names, and answer as recorded."""

import json
import threading
from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from .calling import Caller, Surroundings
from .clock import RealClock
from .playing import PlayClock, play
from .script import Run, Script, own_script
from .tracing import FLAGS, Daemon, Parent, daemon, new_id, parent_of_invocation

_MOST_KEPT = 10_000  # events whose attempts are counted


class ReplayedError(Exception):
    """The recorded run failed, and so does its replay."""


class StandIn:
    """A function that plays the runs of a script.

    Parameters
    ----------
    script
        The runs.
    caller
        Makes calls.
    daemon
        Where segments go.
    clock
        The time.
    """

    def __init__(self, script: Script, caller: Caller, daemon: Daemon, clock: PlayClock) -> None:
        self._script, self._caller = script, caller
        self._daemon, self._clock = daemon, clock
        self._attempts: dict[str, int] = {}
        self._lock = threading.Lock()

    def handle(self, event: Mapping[str, Any], request_id: str, parent: Parent) -> dict[str, Any]:
        """Play a run; raise ReplayedError if it failed in the recording.

        Parameters
        ----------
        event
            What Lambda passes: from an API, from EventBridge or from a stand-in.
        request_id
            The same for all attempts at an event.
        parent
            What the invocation hangs from.
        """
        begin_s = self._clock.now_s() - self._script.before_s
        run = self._run(wanted_run(event, self._script.name), request_id)
        segment_id = new_id()
        own = parent if self._script.segment is None else parent.below(segment_id)
        make_call = partial(self._caller.make, parent=own)
        after_s = self._script.after_s
        end_s = play(run, make_call, self._clock, begin_s=begin_s, after_s=after_s)
        if self._script.segment is not None:
            self._send_segment(run, segment_id, parent, begin_s, end_s)
        elif run.outcome != "ok":
            msg = f"this run of {self._script.name} failed when it was recorded"
            raise ReplayedError(msg)
        return {
            "statusCode": run.status or 200,
            "body": json.dumps({"stand_in": self._script.name}),
        }

    def _run(self, wanted: object, request_id: str) -> Run:
        """Return a run; when an event comes again, what was done at the next attempt."""
        number = self._script.run_no(wanted)
        with self._lock:
            attempt = self._attempts.get(request_id, 0)
            if len(self._attempts) > _MOST_KEPT:
                self._attempts.clear()
            self._attempts[request_id] = attempt + 1
        run = self._script.runs[number]
        for _ in range(attempt):
            if run.next_run is not None:
                run = self._script.runs[run.next_run]
        return run

    def _send_segment(
        self, run: Run, segment_id: str, parent: Parent, begin_s: float, end_s: float
    ) -> None:
        times = {"start_time": begin_s, "end_time": max(end_s, self._clock.now_s())}
        response = {"response": {"status": run.status}} if run.status else {}
        http = {"http": response} if response else {}
        document = {**(self._script.segment or {}), "id": segment_id, **times, **http}
        self._daemon.send(parent, {**document, **FLAGS[run.outcome]})


def wanted_run(event: Mapping[str, Any], name: str) -> object:
    """Return the number of the run that an event asks a stand-in to play; None if it asks for none.

    Parameters
    ----------
    event
        What Lambda passes.
    name
        Of the stand-in.

    Examples
    --------
    >>> wanted_run({"run": 3}, "a"), wanted_run({"detail": {"runs": {"a": 4}}}, "a")
    (3, 4)
    >>> wanted_run({"httpMethod": "POST", "body": '{"run": 5}'}, "a")
    5
    """
    if isinstance(event.get("body"), str):
        return _run_in(event["body"])
    detail = event.get("detail")
    if isinstance(detail, Mapping) and isinstance(detail.get("runs"), Mapping):
        return detail["runs"].get(name)
    return event.get("run")


def _run_in(body: str) -> object:
    try:
        content: object = json.loads(body)
    except ValueError:
        return None
    return content.get("run") if isinstance(content, dict) else None


@cache  # one for each environment of the function, made at its first invocation
def _stand_in() -> StandIn:
    clock, script = RealClock(), own_script()
    caller = Caller(Surroundings.of(), daemon(), clock, script.passed_on_s)
    return StandIn(script, caller, daemon(), clock)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Play the run that the event asks for."""
    return _stand_in().handle(event, context.aws_request_id, parent_of_invocation())
