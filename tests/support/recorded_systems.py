"""Systems as trees of what calls what, and the traces that X-Ray would return of them."""

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

EPOCH = 1795435200.0  # 2026-11-23T12:00:00Z
STAGE = "AWS::ApiGateway::Stage"
FLAGS: dict[str, dict[str, bool]] = {
    "ok": {},
    "error": {"error": True},
    "throttle": {"error": True, "throttle": True},
    "fault": {"fault": True},
}
INVOKE = {"operation": "Invoke", "function_name": "old"}
WITHOUT_SEGMENTS: dict[str, tuple[dict[str, Any], str | None]] = {
    "table": ({"name": "dynamodb", "aws": {"table_name": "secrets"}}, "AWS::DynamoDB::Table"),
    "queue": ({"name": "SQS", "aws": {"queue_url": "https://q/1"}}, "AWS::SQS::Queue"),
    "storage": ({"name": "S3"}, "AWS::S3"),
    "untraced": ({"name": "Lambda", "aws": INVOKE}, "AWS::Lambda"),
    "database": ({"name": "db@host", "sql": {"url": "x"}}, "Database::SQL"),
    "remote": ({"name": "rates.example.com"}, None),
}
"""Calls of what sends no segments, by kind: the subsegment, and the origin that X-Ray infers."""


@dataclass(frozen=True)
class Function:
    """A Lambda function with segments of both kinds."""

    name: str
    calls: tuple["Call", ...] = ()
    own_s: float = 0.01
    outcome: str = "ok"
    attempts: int = 1


@dataclass(frozen=True)
class Host:
    """A service that sends a segment itself, such as a container."""

    name: str
    calls: tuple["Call", ...] = ()
    own_s: float = 0.01
    origin: str = ""
    outcome: str = "ok"


@dataclass(frozen=True)
class Api:
    """A stage of a REST API in front of a function."""

    name: str
    function: Function
    status: int = 200


@dataclass(frozen=True)
class Accepted:
    """An event for a function from outside, such as of a bus that an untraced client publishes to.

    Lambda accepts it, and runs the function later.
    """

    function: Function


Service: TypeAlias = Function | Host | Api
Entry: TypeAlias = Service | Accepted


@dataclass(frozen=True)
class Calls:
    """A call that leads to a service; without a subsegment, if it is direct."""

    target: Service
    together: bool = False
    is_direct: bool = False
    waits: bool = True
    status: str = "ok"


@dataclass(frozen=True)
class Publishes:
    """A call of an event service that passes the trace on to targets."""

    targets: tuple[Service, ...] = ()
    service: str = "Events"
    together: bool = False


@dataclass(frozen=True)
class Uses:
    """A call of something that sends no segments."""

    what: str = "table"
    takes_s: float = 0.02
    together: bool = False
    status: str = "ok"


Call: TypeAlias = Calls | Publishes | Uses


class Recorder:
    """Writes the documents of a trace."""

    def __init__(self, trace_id: str, ids: Iterator[int]) -> None:
        self.trace_id, self._ids = trace_id, ids
        self.documents: list[dict[str, Any]] = []

    def serve(
        self, service: Service, start_s: float, parent: str | None, *, is_event: bool = False
    ) -> float:
        """Add what a service does for a request; return when it has answered."""
        if isinstance(service, Api):
            return self._stage(service, start_s, parent)
        if isinstance(service, Host):
            return self._host(service, start_s, parent)
        return self._function(service, start_s, parent, is_event=is_event)

    def _stage(self, api: Api, start_s: float, parent: str | None) -> float:
        call = self._part("Lambda", start_s + 0.001, 0.0, namespace="aws")
        end_s = self.serve(api.function, start_s + 0.002, call["id"]) + 0.001
        call["end_time"] = EPOCH + end_s
        self._segment(
            f"{api.name}/prod",
            start_s,
            end_s + 0.001,
            parent,
            origin=STAGE,
            subsegments=[call],
            http={"response": {"status": api.status}},
        )
        return end_s + 0.001

    def _host(self, host: Host, start_s: float, parent: str | None) -> float:
        own_id = self._id()
        parts, end_s = self._calls(host.calls, start_s, host.own_s, own_id)
        origin = {"origin": host.origin} if host.origin else {}
        flags = FLAGS[host.outcome]
        more = {**origin, **flags, "subsegments": parts, "id": own_id}
        self._segment(host.name, start_s, end_s, parent, **more)
        return end_s

    def _function(
        self, function: Function, start_s: float, parent: str | None, *, is_event: bool
    ) -> float:
        service_id, end_s = self._id(), start_s + 0.001
        for _ in range(function.attempts):
            invocation_id = self._id()
            begin_s = end_s
            parts, end_s = self._calls(function.calls, begin_s, function.own_s, invocation_id)
            invocation = self._part("Invocation", begin_s, end_s, subsegments=parts)
            invocation["id"] = invocation_id
            self._segment(
                function.name,
                begin_s,
                end_s + 0.001,
                service_id,
                origin="AWS::Lambda::Function",
                subsegments=[invocation],
                **FLAGS[function.outcome],
            )
        answered_s = start_s + 0.001 if is_event else end_s
        http = {"response": {"status": 202 if is_event else 200}}
        more: dict[str, Any] = {"origin": "AWS::Lambda", "http": http, "id": service_id}
        self._segment(function.name, start_s, answered_s, parent, **more)
        return answered_s

    def _calls(
        self, calls: Sequence[Call], start_s: float, own_s: float, own_id: str
    ) -> tuple[list[dict[str, Any]], float]:
        """Add calls, between which own time passes evenly; return their subsegments and the end."""
        gap_s, parts = own_s / (len(calls) + 1), list[dict[str, Any]]()
        reached_s = begun_s = start_s
        for call in calls:
            begun_s = begun_s + 0.001 if parts and call.together else reached_s + gap_s
            if isinstance(call, Calls) and call.is_direct:
                end_s = self.serve(call.target, begun_s, own_id)
            else:
                part, end_s = self._call(call, begun_s)
                parts.append(part)
            reached_s = max(reached_s, end_s)
        return parts, reached_s + gap_s

    def _call(self, call: Call, start_s: float) -> tuple[dict[str, Any], float]:
        if isinstance(call, Uses):
            subsegment, origin = WITHOUT_SEGMENTS[call.what]
            part = self._part("", start_s, start_s + call.takes_s)
            namespace = "aws" if (origin or "").startswith("AWS::") else "remote"
            part |= {"namespace": namespace, **subsegment, **FLAGS[call.status]}
            self._inferred(part, origin)
            return part, start_s + call.takes_s
        if isinstance(call, Publishes):
            part = self._part(call.service, start_s, start_s + 0.01, namespace="aws")
            inferred_id = self._inferred(part, f"AWS::{call.service}")
            for target in call.targets:
                self.serve(target, start_s + 0.012, inferred_id, is_event=True)
            return part, start_s + 0.01
        part = self._part("Lambda", start_s, 0.0, namespace="aws", **FLAGS[call.status])
        waits = call.waits or not isinstance(call.target, Function)
        end_s = self.serve(call.target, start_s + 0.001, part["id"], is_event=not waits) + 0.001
        return {**part, "end_time": EPOCH + end_s}, end_s

    def _inferred(self, part: dict[str, Any], origin: str | None) -> str:
        copied = {name: value for name, value in part.items() if name not in {"id", "namespace"}}
        names = {"dynamodb": "DynamoDB"}
        document = {
            **copied,
            "id": self._id(),
            "name": names.get(part["name"], part["name"]),
            "inferred": True,
            "parent_id": part["id"],
            **({} if origin is None else {"origin": origin}),
        }
        self.documents.append(document)
        return str(document["id"])

    def _part(self, name: str, start_s: float, end_s: float, **more: Any) -> dict[str, Any]:
        times = {"start_time": EPOCH + start_s, "end_time": EPOCH + end_s}
        return {"id": self._id(), "name": name, **times, **more}

    def _segment(
        self, name: str, start_s: float, end_s: float, parent: str | None, **more: Any
    ) -> None:
        above = {} if parent is None else {"parent_id": parent}
        self.documents.append({**self._part(name, start_s, end_s, **above), **more})

    def _id(self) -> str:
        return f"{next(self._ids):016x}"


def recorded(*entries: Entry, gap_s: float = 0.2) -> list[dict[str, Any]]:
    """Return a trace for each request to an entry, one after the other."""
    ids, traces = itertools.count(1), list[dict[str, Any]]()
    for number, entry in enumerate(entries):
        start_s = number * gap_s
        trace_id = f"1-{int(EPOCH + start_s):08x}-{number:024x}"
        recorder = Recorder(trace_id, ids)
        is_event = isinstance(entry, Accepted)
        service = entry.function if isinstance(entry, Accepted) else entry
        recorder.serve(service, start_s, None, is_event=is_event)
        segments = [
            {"Id": document["id"], "Document": json.dumps({**document, "trace_id": trace_id})}
            for document in recorder.documents
        ]
        traces.append({"Id": trace_id, "Segments": segments})
    return traces
