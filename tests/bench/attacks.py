"""Bad input for each entrance of the embedded AWS, and what became of it."""

import json
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from api_calls import xray_call
from seeds import DOCUMENTS, EPOCH_S, EVENT, FILTERS, TRACE_ID

from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.embedded.protocol.api_call import read_call
from tracing_lab.embedded.xray import XRayService

ACCEPTED, REFUSED, FAILED = "accepted", "refused", "failed"
_NOT_SPOKEN = (501, 505)
_REFILL = 100
WINDOW = {"StartTime": EPOCH_S - 600, "EndTime": EPOCH_S + 600}


@dataclass
class Tally:
    """What became of many inputs.

    Parameters
    ----------
    outcomes
        How many had which outcome.
    defects
        Inputs that were neither taken nor refused in an orderly way, and why.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    defects: list[tuple[object, str]] = field(default_factory=list)

    def note(self, example: object, outcome: str, reason: str = "") -> None:
        """Count one."""
        self.outcomes[outcome] += 1
        if reason:
            self.defects.append((example, reason))


_T = TypeVar("_T")


def tally(inputs: Iterable[_T], attack: Callable[[_T], str]) -> Tally:
    """Send inputs one after the other; an exception is a defect."""
    found = Tally()
    for example in inputs:
        try:
            outcome = attack(example)
        except Exception:  # noqa: BLE001 - any is a defect, and is reported
            found.note(example, FAILED, traceback.format_exc())
        else:
            found.note(example, outcome, outcome if outcome == FAILED else "")
    return found


def outcome_of(status: int) -> str:
    """Return what an HTTP status says; a method or version that is not spoken is no failure."""
    if status < 400:
        return ACCEPTED
    return REFUSED if status < 500 or status in _NOT_SPOKEN else FAILED


class XRayTarget:
    """X-Ray without a socket.

    Parameters
    ----------
    folder
        Its state folder.
    """

    def __init__(self, folder: Path) -> None:
        self.xray = XRayService(
            folder, region="us-east-1", account_id="123456789012", clock=lambda: EPOCH_S + 60
        )
        self._documents = 0
        self.fill()

    def fill(self) -> None:
        """Start with nothing but the well-formed documents."""
        self.xray.reset()
        texts = [json.dumps(one) for one in DOCUMENTS]
        self.call("/TraceSegments", {"TraceSegmentDocuments": texts})

    def call(self, path: str, members: object) -> tuple[int, dict[str, object]]:
        """Call an operation."""
        answer = self.xray.handle(xray_call(path, json.dumps(members).encode()))
        return answer.status, json.loads(answer.body)

    def document(self, text: bytes) -> str:
        """Send a document; then everything that reads traces has to do with it."""
        self._documents += 1
        if self._documents % _REFILL == 0:  # reading should not become slower and slower
            self.fill()
        documents = [text.decode(errors="replace")]
        status, answer = self.call("/TraceSegments", {"TraceSegmentDocuments": documents})
        if status != 200:
            return outcome_of(status)
        refused = bool(answer["UnprocessedTraceSegments"])
        if not refused and not self._is_readable():
            return FAILED
        return REFUSED if refused else ACCEPTED

    def filter(self, expression: str) -> str:
        """Search traces with a filter expression."""
        return outcome_of(
            self.call("/TraceSummaries", {**WINDOW, "FilterExpression": expression})[0]
        )

    def _is_readable(self) -> bool:
        reads = [
            ("/TraceSummaries", {**WINDOW, "FilterExpression": FILTERS[0]}),
            ("/TraceGraph", {"TraceIds": [TRACE_ID]}),
            ("/Traces", {"TraceIds": [TRACE_ID]}),
            ("/ServiceGraph", WINDOW),
            ("/TimeSeriesServiceStatistics", WINDOW),
        ]
        return all(self.call(path, members)[0] == 200 for path, members in reads)


@contextmanager
def xray_target() -> Iterator[XRayTarget]:
    """Return X-Ray with the worked example in it."""
    with TemporaryDirectory() as folder:
        target = XRayTarget(Path(folder))
        yield target
        target.xray.close()


class EventsTarget:
    """EventBridge's control plane without a socket.

    Parameters
    ----------
    folder
        Its state folder.
    """

    def __init__(self, folder: Path) -> None:
        self.control = ControlPlane(folder)

    def call(self, operation: str, members: object) -> int:
        """Call an operation; gives the status."""
        credential = "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/events/aws4_request"
        headers = (
            ("Host", "127.0.0.1"),
            ("Authorization", credential),
            ("Content-Type", "application/x-amz-json-1.1"),
            ("X-Amz-Target", f"AWSEvents.{operation}"),
        )
        request = HttpRequest("POST", "/", headers=headers, body=json.dumps(members).encode())
        return self.control.handle(read_call(request)).status

    def pattern(self, text: bytes) -> str:
        """Test a pattern, then make a rule with it; both must think alike of it."""
        pattern = text.decode(errors="replace")
        event = json.dumps(EVENT)
        tested = self.call("TestEventPattern", {"EventPattern": pattern, "Event": event})
        made = self.call("PutRule", {"Name": "r", "EventPattern": pattern})
        return outcome_of(max(tested, made)) if (tested < 400) == (made < 400) else FAILED


@contextmanager
def events_target() -> Iterator[EventsTarget]:
    """Return an EventBridge with nothing in it."""
    with TemporaryDirectory() as folder:
        target = EventsTarget(Path(folder))
        yield target
        target.control.close()
