"""Damage the state files of a server that was killed, one at a time, and start it.

The server has to start, to say what it could not read, and to have everything that was in other
files.
"""

import json
import os
import random
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from report import row

from tracing_lab.embedded import lifecycle
from tracing_lab.embedded.lifecycle import EmbeddedStatus
from tracing_lab.errors import EmbeddedError

REGION = "us-east-1"
TRACES = 60
DOCUMENT_CHARS = 3000
BUSES, MESSAGES, GROUPS = 8, 8, 4
SEES = {
    "control.log": {"buses", "messages"},  # messages go with their queue
    "queues.log": {"messages"},
    "settings.log": {"groups"},
    "traces.sqlite3": {"traces"},
    "traces.sqlite3-wal": {"traces"},
    "intake": {"traces"},
}
"""What may be missing when a file is damaged; nothing for the others."""

Facts = dict[str, set[str]]
Damage = Callable[[bytes, random.Random], bytes]


def truncated(content: bytes, chance: random.Random) -> bytes:
    """Return the beginning of a file."""
    return content[: chance.randrange(len(content))] if content else b""


def flipped(content: bytes, chance: random.Random) -> bytes:
    """Return a file of which up to eight bytes have changed."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 8) if content else 0):
        changed[chance.randrange(len(content))] ^= chance.randint(1, 255)
    return bytes(changed)


def emptied(_content: bytes, _chance: random.Random) -> bytes:
    """Return nothing."""
    return b""


def garbage(content: bytes, chance: random.Random) -> bytes:
    """Return other bytes, about as many."""
    return chance.randbytes(max(len(content), 100))


DAMAGES: tuple[Damage, ...] = (
    truncated,
    flipped,
    emptied,
    garbage,
)


@dataclass(frozen=True)
class Result:
    """What a server made of a damaged file.

    Parameters
    ----------
    name
        The file and what was done to it.
    started
        Whether it started.
    lost
        What was in that file and is not there.
    lost_elsewhere
        What was in others and is not there.
    said
        Whether it named a damaged file.
    """

    name: str
    started: bool = False
    lost: int = 0
    lost_elsewhere: int = 0
    said: bool = False


def bench_corruption(cases: int = 100, *, seed: int = 1) -> None:
    """Damage one file after the other, and count what became of it."""
    with killed_state() as (state, facts):
        results = list(damage_often(state, facts, cases, seed=seed))
    counts = Counter[str]()
    for one in results:
        counts["started"] += one.started
        counts["something was lost"] += one.lost > 0
        counts["and that was said"] += one.lost > 0 and one.said
        counts["lost from other files"] += one.lost_elsewhere > 0
        counts["named as damaged"] += one.said
    row("state files damaged", len(results), "")
    row("the server started", counts["started"], "", limit=len(results))
    row("a file was named as damaged", counts["named as damaged"], "")
    row("something was lost", counts["something was lost"], "")
    lost = counts["something was lost"]
    row("- and the log said so", counts["and that was said"], "", limit=lost)
    row("something of other files was lost", counts["lost from other files"], "")
    for one in filter(is_fault, results):
        print(one)


def is_fault(result: Result) -> bool:
    """Return whether a server did not do what it has to."""
    silent = result.lost > 0 and not result.said
    return not result.started or result.lost_elsewhere > 0 or silent


@contextmanager
def killed_state() -> Iterator[tuple[Path, Facts]]:
    """Return the state of a server that was killed, and what was in it."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state"
        running = lifecycle.start(state_dir=state)
        fill(running)
        facts = facts_of(running)
        os.kill(running.pid, signal.SIGKILL)
        yield state, facts


def fill(running: EmbeddedStatus) -> None:
    """Put something into each kind of state file."""
    events, sqs, xray = (client_of(running, name) for name in ("events", "sqs", "xray"))
    for number in range(BUSES):
        events.create_event_bus(Name=f"bus-{number}")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    for number in range(MESSAGES):
        sqs.send_message(QueueUrl=url, MessageBody=f"message {number}")
    for number in range(GROUPS):
        xray.create_group(GroupName=f"group-{number}", FilterExpression="fault")
    for number in range(TRACES):
        xray.put_trace_segments(TraceSegmentDocuments=[json.dumps(document(number))])
        if number == TRACES // 2:
            trace_bodies(xray)  # which has them committed
    (running.state_dir / "actions.json").write_text('{"used": {}, "denied": {}}')


def document(number: int) -> dict[str, Any]:
    """Make the only segment of a trace."""
    return {
        "id": f"{number:016x}",
        "trace_id": trace_id(number),
        "name": "shop",
        "start_time": 1795435200.0,
        "end_time": 1795435201.0,
        "metadata": {"n": {"text": f"{number}" * (DOCUMENT_CHARS // len(str(number)))}},
    }


def trace_id(number: int) -> str:
    """Return the id of a trace."""
    return f"1-6b042ac0-{number:024x}"


def client_of(running: EmbeddedStatus, service: Any) -> Any:
    """Make a client of one service."""
    return boto3.client(
        service,
        endpoint_url=running.endpoint_url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def facts_of(running: EmbeddedStatus) -> Facts:
    """Return all that was put into a server."""
    events, sqs, xray = (client_of(running, name) for name in ("events", "sqs", "xray"))
    return {
        "buses": {one["Name"] for one in events.list_event_buses()["EventBuses"]},
        "messages": set(messages(sqs)),
        "groups": {one["GroupName"] for one in xray.get_groups()["Groups"]},
        "traces": trace_bodies(xray),
    }


def messages(sqs: Any) -> Iterator[str]:
    """Yield the messages of the queue, which stay in it."""
    for url in sqs.list_queues().get("QueueUrls", []):
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        yield from (one["Body"] for one in found.get("Messages", []))


def trace_bodies(xray: Any) -> set[str]:
    """Return the documents of all traces."""
    ids = [trace_id(number) for number in range(TRACES)]
    return {
        segment["Document"]
        for first in range(0, TRACES, 5)
        for trace in xray.batch_get_traces(TraceIds=ids[first : first + 5])["Traces"]
        for segment in trace["Segments"]
    }


def state_files(state: Path) -> list[Path]:
    """Return the files of a state folder that a start reads, relative to it."""
    files = [path.relative_to(state) for path in state.rglob("*") if path.is_file()]
    return sorted(path for path in files if path.suffix != ".spool" and path.name != "server.log")


def damage_often(state: Path, facts: Facts, cases: int, *, seed: int) -> Iterator[Result]:
    """Damage one file in a copy of a state, so many times, and start a server on it."""
    files = state_files(state)
    for number in range(cases):
        name = files[number % len(files)]
        damage = DAMAGES[number // len(files) % len(DAMAGES)]
        yield damaged(state, name, damage, facts, seed=seed + number)


def damaged(state: Path, file: Path, damage: Damage, facts: Facts, *, seed: int) -> Result:
    """Damage one file in a copy of a state, and start a server on that."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "state"
        shutil.copytree(state, copy)
        content = damage((copy / file).read_bytes(), random.Random(seed))
        (copy / file).write_bytes(content)
        return look(copy, file, f"{file.as_posix()} {damage.__name__}", facts)


def look(state: Path, file: Path, name: str, facts: Facts) -> Result:
    """Start a server on a damaged state and find out what it has."""
    try:
        running = lifecycle.start(state_dir=state)
    except EmbeddedError as error:
        print(error)
        return Result(name)
    try:
        now = facts_of(running)
        said = bool(running.damaged) or "damaged" in (state / "server.log").read_text()
    finally:
        lifecycle.stop(state_dir=state)
    key = "intake" if file.name.startswith("intake-") else file.name
    missing = {kind: len(known - now[kind]) for kind, known in facts.items()}
    own = SEES.get(key, set())
    return Result(
        name,
        started=True,
        lost=sum(missing[kind] for kind in own),
        lost_elsewhere=sum(missing.values()) - sum(missing[kind] for kind in own),
        said=said,
    )
