"""Windows of a small system whose faults are known: an API, an order service, a bus, two consumers.

The API waits for orders; orders publish an event, which payment receives; payment publishes one,
which mail receives.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

import tracing_lab as tl

API, ORDER, PAYMENT, MAIL = "api", "order", "payment", "mail"
BUS_NODE = "Events [AWS::Events]"
FUNCTION = "AWS::Lambda::Function"
WORK_S: Mapping[str, float] = {API: 0.002, ORDER: 0.02, PAYMENT: 0.04, MAIL: 0.015}
PUBLISHING_S = 0.002
HANDOVER_S = 0.005
INITIALIZATION_S = 0.4


def node(service: str) -> str:
    """Return the service's node."""
    return service if service == API else f"{service} [{FUNCTION}]"


@dataclass
class Faults:
    """What is wrong in a window.

    Parameters
    ----------
    slower_s
        Service to how much longer it works.
    waits_s
        Service to how much longer an event waits for it.
    failing, throttled, lost
        Service to the share of traces in which it fails, is throttled, or receives no event.
    cold
        Share of traces in which all functions start cold.
    repeated
        Services that receive each event twice.
    """

    slower_s: Mapping[str, float] = field(default_factory=dict)
    waits_s: Mapping[str, float] = field(default_factory=dict)
    failing: Mapping[str, float] = field(default_factory=dict)
    throttled: Mapping[str, float] = field(default_factory=dict)
    lost: Mapping[str, float] = field(default_factory=dict)
    cold: float = 0.0
    repeated: Collection[str] = ()


def window(seed: int, *, traces: int = 60, **faults: Any) -> pd.DataFrame:
    """Return the spans of a window; `faults` are those of `Faults`."""
    rng = np.random.default_rng(seed)
    documents = (_Order(rng, Faults(**faults), number).documents() for number in range(traces))
    return tl.spans.spans_from_traces(
        {"Id": f"1-00000001-{number:024x}", "Segments": [{"Document": one} for one in of_one]}
        for number, of_one in enumerate(documents)
    )


class _Order:
    """One order; time passes as documents are added."""

    def __init__(self, rng: np.random.Generator, faults: Faults, number: int) -> None:
        self._rng, self._faults = rng, faults
        self._start = self._at = 1e9 + number
        self._cold = rng.random() < faults.cold
        self._documents: list[dict[str, Any]] = []

    def documents(self) -> list[dict[str, Any]]:
        failed = self._service(ORDER, key=ORDER, parent=API)
        if not failed:
            self._event(PAYMENT, publisher=ORDER)
        answered = self._documents[0]["end_time"] + self._work(API)
        stage = {"id": _id(API), "name": API, "start_time": self._start, "end_time": answered}
        return [stage | {"fault": failed}, *self._documents]

    def _service(self, name: str, *, key: str, parent: str) -> bool:
        """Add a segment whose id is made of a key; return whether it failed."""
        throttled = self._happens(self._faults.throttled, name)
        failed = throttled or self._happens(self._faults.failing, name)
        self._at += INITIALIZATION_S if self._cold else 0.0
        segment: dict[str, Any] = {"id": _id(key), "name": name, "origin": FUNCTION}
        segment |= {"parent_id": _id(parent), "start_time": self._at}
        segment |= {"throttle": True, "error": True} if throttled else {"fault": failed}
        segment |= {"subsegments": [_initialization(key, self._at)]} if self._cold else {}
        self._at += 0.0 if throttled else self._work(name)
        self._documents.append(segment | {"end_time": self._at})
        return failed

    def _event(self, target: str, *, publisher: str) -> None:
        bus = f"{publisher}'s bus"
        inferred = {"id": _id(bus), "name": "Events", "origin": "AWS::Events", "inferred": True}
        published = self._at + PUBLISHING_S
        times = {"start_time": self._at, "end_time": published}
        self._documents[-1]["end_time"] = self._at = published
        self._documents.append(inferred | {"parent_id": _id(publisher)} | times)
        if self._happens(self._faults.lost, target):
            return
        for copy in ("", " 2") if target in self._faults.repeated else ("",):
            self._at = published + HANDOVER_S + self._faults.waits_s.get(target, 0.0)
            key = f"{target} for {publisher}{copy}"
            failed = self._service(target, key=key, parent=bus)
            if target == PAYMENT and not failed:
                self._event(MAIL, publisher=key)

    def _work(self, name: str) -> float:
        usual = WORK_S[name] * float(self._rng.lognormal(0, 0.3))
        return usual + self._faults.slower_s.get(name, 0.0)

    def _happens(self, shares: Mapping[str, float], name: str) -> bool:
        return bool(self._rng.random() < shares.get(name, 0.0))


def _id(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def _initialization(name: str, until: float) -> dict[str, Any]:
    times = {"start_time": until - INITIALIZATION_S, "end_time": until}
    return {"id": _id(f"initialization of {name}"), "name": "Initialization", **times}
