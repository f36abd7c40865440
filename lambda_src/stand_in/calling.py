"""Make the calls of a run, and record them."""

import json
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config

from .durations import Durations
from .playing import PlayClock
from .script import Call, Target
from .tracing import FLAGS, Daemon, Parent, new_id

SOURCE = "stand-in"
"""The source of all events."""

_CLIENT_CONFIG = Config(
    connect_timeout=2,
    read_timeout=900,  # a stand-in may take as long as Lambda allows
    max_pool_connections=50,
    retries={"mode": "standard", "total_max_attempts": 3},
)


@dataclass(frozen=True)
class Surroundings:
    """The names and addresses of what stand-ins call, from the function's variables.

    Parameters
    ----------
    function_pattern
        A function's name, ``{}`` for the stand-in's.
    bus
        The event bus.
    api_urls
        Base URL by the API's name.
    """

    function_pattern: str
    bus: str
    api_urls: Mapping[str, str]

    @classmethod
    def of(cls, environ: Mapping[str, str] = os.environ) -> "Surroundings":
        """Read them from variables."""
        urls = {
            name.removeprefix("API_URL_").lower().replace("_", "-"): url
            for name, url in environ.items()
            if name.startswith("API_URL_")
        }
        bus = environ.get("EVENT_BUS_NAME", "")
        return cls(environ.get("FUNCTION_NAME_PATTERN", "{}"), bus, urls)


class Caller:
    """Makes the calls of runs.

    Parameters
    ----------
    around
        The names of what is called.
    daemon
        Where subsegments go.
    clock
        The time.
    recorded
        Seconds that recorded calls took which wait for nobody.
    """

    def __init__(
        self,
        around: Surroundings,
        daemon: Daemon,
        clock: PlayClock,
        recorded: Iterable[float] = (),
    ) -> None:
        self._around, self._daemon, self._clock = around, daemon, clock
        self._clients, self._durations = _Clients(), Durations(recorded)

    def make(self, call: Call, parent: Parent) -> None:
        """Make a call now, and send its subsegment.

        Parameters
        ----------
        call
            The call.
        parent
            What makes it.
        """
        start_s, span_id = self._clock.now_s(), new_id()
        below = parent if call.subsegment is None else parent.below(span_id)
        try:
            self._reach(call, start_s, below)
        finally:
            if call.subsegment is not None:
                self._record(call, span_id, parent, start_s)

    def _record(self, call: Call, span_id: str, parent: Parent, start_s: float) -> None:
        times = {"start_time": start_s, "end_time": self._clock.now_s()}
        marks = {"id": span_id, "type": "subsegment", **FLAGS[call.status]}
        self._daemon.send(parent, {**(call.subsegment or {}), **marks, **times})

    def _reach(self, call: Call, start_s: float, below: Parent) -> None:
        """Reach the targets of a call; without any, only time passes."""
        passed_on = [target for target in call.targets if not target.waits]
        for target in call.targets:
            if target.how == "invoke":
                self._invoke(target, below)
            elif target.how == "http":
                self._request(target, below)
        if passed_on:
            self._pass_on(passed_on, start_s, call.takes_s, below)
        elif not call.targets:
            self._clock.sleep_until(start_s + call.takes_s)

    def _pass_on(
        self, targets: Sequence[Target], start_s: float, run_s: float, below: Parent
    ) -> None:
        """Reach targets that nobody waits for, in a time that a recorded call may have taken."""
        wait_s = self._durations.wait_s(run_s)
        self._clock.sleep_until(start_s + wait_s)
        began_s = self._clock.now_s()
        for target in targets:
            if target.how == "send":
                self._invoke(target, below, kind="Event")
        published = [target for target in targets if target.how == "publish"]
        if published:
            self._publish(published, below)
        seconds = self._clock.now_s() - began_s
        self._durations.note(seconds)
        self._clock.sleep_until(start_s + self._durations.like(seconds, run_s=run_s))

    def _invoke(self, target: Target, below: Parent, kind: str = "RequestResponse") -> None:
        self._clients.call(
            "lambda",
            "invoke",
            below,
            FunctionName=self._around.function_pattern.format(target.service),
            InvocationType=kind,
            Payload=json.dumps({"run": target.run}).encode(),
        )

    def _publish(self, targets: Sequence[Target], below: Parent) -> None:
        entries = [
            {
                "EventBusName": self._around.bus,
                "Source": SOURCE,
                "DetailType": "Replayed",
                "Detail": json.dumps({"to": [*runs], "runs": runs}, separators=(",", ":")),
            }
            for runs in runs_of_events(targets)
        ]
        answer = self._clients.call("events", "put_events", below, Entries=entries)
        if answer["FailedEntryCount"]:
            reasons = {entry.get("ErrorCode", "") for entry in answer["Entries"]} - {""}
            msg = f"{self._around.bus} did not accept an event: {', '.join(sorted(reasons))}"
            raise RuntimeError(msg)

    def _request(self, target: Target, below: Parent) -> None:
        request = urllib.request.Request(  # noqa: S310 - an API of the same stack
            f"{self._around.api_urls[target.api]}/{target.service}",
            data=json.dumps({"run": target.run}).encode(),
            headers={"Content-Type": "application/json", "X-Amzn-Trace-Id": below.header()},
        )
        try:
            with urllib.request.urlopen(request, timeout=900) as response:  # noqa: S310 - likewise
                response.read()
        except urllib.error.HTTPError as error:  # the recorded status, and the recording has it
            error.close()


def runs_of_events(targets: Sequence[Target]) -> list[dict[str, int]]:
    """Return the events that reach some stand-ins, each with the runs to play by stand-in.

    An event reaches a stand-in once, so that there are several events where one is reached twice.

    Examples
    --------
    >>> targets = [Target("publish", "a", 1), Target("publish", "b", 2), Target("publish", "a", 3)]
    >>> runs_of_events(targets)
    [{'a': 1, 'b': 2}, {'a': 3}]
    """
    events: list[dict[str, int]] = []
    for target in targets:
        event = next((known for known in events if target.service not in known), None)
        if event is None:
            event = {}
            events.append(event)
        event[target.service] = target.run
    return events


@dataclass
class _Clients:
    """The clients of AWS services, whose calls carry a trace header."""

    made: dict[str, Any] = field(default_factory=dict)
    current: threading.local = field(default_factory=threading.local)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def call(self, service: str, operation: str, below: Parent, **parameters: Any) -> Any:
        """Make a call below a span."""
        client = self._client(service)
        self.current.header = below.header()
        answer = getattr(client, operation)(**parameters)
        if "Payload" in answer:
            answer["Payload"].read()
        return answer

    def _client(self, service: str) -> Any:
        with self.lock:
            if service not in self.made:
                client = boto3.client(service, config=_CLIENT_CONFIG)  # type: ignore[call-overload]
                client.meta.events.register("before-call", self._set_header)
                self.made[service] = client
            return self.made[service]

    def _set_header(self, params: dict[str, Any], **_others: Any) -> None:
        params["headers"]["X-Amzn-Trace-Id"] = self.current.header
