"""Record the incidents of `incident_plan` on an embedded AWS: ``make incidents``, half an hour.

Each incident has a good window, which it shares with its neighbours, and a bad one. Every window
begins by setting the faults of all services, so that all functions restart, also those without a
fault. Most windows then send some orders that are not recorded, until functions are initialized;
some bad ones do not, so that cold starts alone say nothing. Files are written chunk by chunk, and
those that exist are not recorded again.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from incident_plan import (
    BASE_MS,
    INCIDENTS,
    POISON,
    PlannedIncident,
    base_faults,
    paths,
    plan,
)
from incidents import CHUNK, FOLDER, Window, chunk_files, save_chunk

import tracing_lab as tl
from tracing_lab.aws import Aws
from tracing_lab.deploy.own_functions import OwnFunctions
from tracing_lab.embedded import lifecycle
from tracing_lab.faults.incidents import Disturbance
from tracing_lab.faults.routes import Node, nodes_of
from tracing_lab.stack import Names
from tracing_lab.stack.outputs import Outputs

SHARING = 5
"""Incidents that share a good window."""

ORDERS = 40
GOOD_ORDERS = 80
RATE = 10.0
"""Orders a second: few enough that a slow service has its environments before a window begins."""

WARM_UP = 24
WARM_UP_RATE = 20.0
QUIET_S = {"timeouts": 4.0}
"""How long traces must be unchanged where functions may be silent until their timeout."""


@dataclass(frozen=True)
class Laboratory:
    """The stack to which incidents happen."""

    config: tl.Config
    outputs: Outputs
    aws: Aws
    names: Names

    def good(self, first: int) -> pd.DataFrame:
        """Return the traces of a window without a fault, for the incidents from `first` on."""
        self._set_faults({}, seed=10_000 + first)
        return self._fire(seed=10_000 + first, orders=GOOD_ORDERS, warm=True)

    def bad(self, incident: PlannedIncident) -> pd.DataFrame:
        """Return the traces of an incident's bad window."""
        self._set_faults(incident.faults, seed=incident.number)
        return self._fire(
            seed=incident.number,
            orders=ORDERS,
            warm=incident.warm,
            quiet_s=QUIET_S.get(incident.kind),
            poison=self._poison(incident),
        )

    @property
    def node(self) -> Node:
        """Names the nodes of the service graph."""
        return nodes_of(self.names)

    def _poison(self, incident: PlannedIncident) -> Disturbance | None:
        if incident.kind != POISON:
            return None
        (cause,) = incident.causes
        made = tl.faults.incident(POISON, cause, value=incident.strength[cause]["events"])
        return made.during(self.config, aws=self.aws)

    def _set_faults(self, faults: dict[str, dict[str, Any]], *, seed: int) -> None:
        for service, base in base_faults().items():
            settings = {**base, **faults.get(service, {}), "seed": seed}
            tl.faults.inject(self.config, service, aws=self.aws, **settings)

    def _fire(
        self,
        *,
        seed: int,
        orders: int,
        warm: bool,
        quiet_s: float | None = None,
        poison: Disturbance | None = None,
    ) -> pd.DataFrame:
        if warm:
            before = tl.traffic.fire(
                self.outputs, orders=WARM_UP, rate=WARM_UP_RATE, seed=-1 - seed
            )
            tl.xray.fetch_traces(self.config, before, quiet_s=0.5, aws=self.aws)
        log = tl.traffic.fire(
            self.outputs,
            orders=orders,
            rate=RATE,
            seed=seed,
            progress=poison,
        )
        trace_ids = [*log["trace_id"], *(poison.trace_ids if poison else [])]
        traces = tl.xray.fetch_traces(self.config, trace_ids, quiet_s=quiet_s, aws=self.aws)
        return tl.spans.spans_from_traces(traces)


@contextmanager
def laboratory() -> Iterator[Laboratory]:
    """Provision the stack on an embedded AWS of its own; stop that in the end."""
    with tempfile.TemporaryDirectory() as folder:
        state_dir = Path(folder)
        lifecycle.start(state_dir=state_dir)
        try:
            # Without retries a trace is whole after seconds, and a timeout is a short one.
            config = tl.Config(
                embedded_state_dir=state_dir,
                faults=base_faults(),
                lambda_max_retries=0,
                lambda_timeout=2,
            )
            outputs = tl.deploy.apply(config)
            aws = Aws(config)
            yield Laboratory(config, outputs, aws, OwnFunctions.of(config, aws).names)
        finally:
            lifecycle.stop(state_dir=state_dir)


def record() -> None:
    """Record all chunks that are not there yet."""
    incidents = plan()
    with laboratory() as lab:
        for first in range(0, INCIDENTS, CHUNK):
            if not all(path.exists() for path in chunk_files(first)):
                save_chunk(first, *_chunk(lab, incidents[first : first + CHUNK]))
                print(f"{FOLDER.name}: {min(first + CHUNK, INCIDENTS)} of {INCIDENTS}", flush=True)


def _chunk(
    lab: Laboratory, incidents: list[PlannedIncident]
) -> tuple[list[Window], list[dict[str, Any]]]:
    """Return the windows of some incidents, and what is true of each."""
    windows, truths = [], []
    for at, incident in enumerate(incidents):
        if at % SHARING == 0:
            windows.append(Window(f"good {incident.number}", lab.good(incident.number)))
        good = windows[at // SHARING * (SHARING + 1)].name
        windows.append(Window(f"bad {incident.number}", lab.bad(incident)))
        truths.append({**_truth(lab, incident), "good": good, "bad": windows[-1].name})
    return windows, truths


def _truth(lab: Laboratory, incident: PlannedIncident) -> dict[str, Any]:
    named = {service: str(lab.names.function(service)) for service in BASE_MS}
    return {
        "number": incident.number,
        "kind": incident.kind,
        "causes": [named[service] for service in incident.causes],
        "paths": paths(incident, lab.node),
        "strength": {named[service]: value for service, value in incident.strength.items()},
        "seed": incident.number,
        "warm": incident.warm,
    }


if __name__ == "__main__":
    record()
