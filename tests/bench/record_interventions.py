"""Record the interventions of `intervention_plan`: ``make interventions``, most of an hour.

Of each, the same seeded orders are sent before and after the change, directly one after the other,
so that both see the same machine. Files are written chunk by chunk, and those that exist are not
recorded again.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

sys.path.append(str(Path(__file__).parents[1] / "support"))  # has what recordings are read with

import pandas as pd
from intervention_plan import PARALLEL, RETRY_DELAYS_S, Intervention, Settings, plan
from interventions import CHUNK, Recorded, files_of, save
from parallel_app import ParallelApp

import tracing_lab as tl
from tracing_lab.aws import Aws
from tracing_lab.embedded import lifecycle
from tracing_lab.embedded.lifecycle import EmbeddedStatus
from tracing_lab.stack.outputs import Outputs
from tracing_lab.xray_model.trace_ids import new_trace_id

ORDERS: Final = 80
RATE: Final = 3.0
"""Orders a second: few enough that work waits for no CPU."""

WARM_UP: Final = 20
WARM_UP_RATE: Final = 12.0
PARALLEL_STARTS: Final = 8
"""As many environments has a function on a busy machine, too: orders are not to wait for any."""

TRIES: Final = 2
MOST_WAIT_S: Final = 0.08
"""If events of more than a fifth of the orders wait longer, orders are sent again: the machine was
busy with something else. No prediction is looked at for that."""

QUIET_S: Final = {"retries": RETRY_DELAYS_S[-1] + 1.0}

Work = Mapping[str, Settings]


@dataclass
class Shop:
    """The workshop's stack, to which interventions happen."""

    config: tl.Config
    outputs: Outputs
    aws: Aws
    retries: int = 0

    def traces(self, work: Work, intervention: Intervention, *, retries: int) -> pd.DataFrame:
        """Return the traces of an intervention's orders with this work of services."""
        self.prepare(work, intervention.seed, retries=retries)
        for _ in range(TRIES):
            spans = self._fired(intervention)
            if is_calm(spans):
                break
        return spans

    def _fired(self, intervention: Intervention) -> pd.DataFrame:
        log = self.fire(intervention.seed)
        quiet_s = QUIET_S.get(intervention.kind)
        with tl.xray.retries_are_known():
            traces = tl.xray.fetch_traces(self.config, log, quiet_s=quiet_s, aws=self.aws)
        return tl.spans.spans_from_traces(traces)

    def prepare(self, work: Work, seed: int, *, retries: int) -> None:
        """Set what services do, and start as many environments as the orders need."""
        if retries != self.retries:
            tl.deploy.apply(replace(self.config, lambda_max_retries=retries), aws=self.aws)
            self.retries = retries
        for service, settings in work.items():
            tl.faults.inject(self.config, service, aws=self.aws, **settings, seed=seed)
        before = tl.traffic.fire(self.outputs, orders=WARM_UP, rate=WARM_UP_RATE, seed=-1 - seed)
        with tl.xray.retries_are_known():
            tl.xray.fetch_traces(self.config, before, quiet_s=1.0, aws=self.aws)

    def fire(self, seed: int) -> pd.DataFrame:
        """Send an intervention's orders."""
        prefix = f"what-if-{seed}-"
        return tl.traffic.fire(self.outputs, orders=ORDERS, rate=RATE, seed=seed, id_prefix=prefix)


def is_calm(spans: pd.DataFrame) -> bool:
    """Return whether events hardly waited, as they do where the machine has no processor left."""
    parts = tl.stats.critical_path_parts(spans)
    waits_s = parts["path_ns"].where(parts["cause"] == "bus", 0).groupby(level=0).sum() / 1e9
    return float(waits_s.quantile(0.8)) < MOST_WAIT_S


@contextmanager
def server(*options: str) -> Iterator[EmbeddedStatus]:
    """Start an embedded AWS of its own that repeats failed events soon; stop it in the end."""
    with tempfile.TemporaryDirectory() as folder:
        more = ["--retry-delays-s", *map(str, RETRY_DELAYS_S), *options]
        running = lifecycle.start(state_dir=Path(folder), options=more)
        try:
            yield running
        finally:
            lifecycle.stop(state_dir=Path(folder))


def shop_on(running: EmbeddedStatus) -> Shop:
    """Provision the shop."""
    config = tl.Config(
        embedded_state_dir=running.state_dir, lambda_max_retries=0, lambda_timeout=20
    )
    return Shop(config, tl.deploy.apply(config), Aws(config))


@dataclass
class Checkout:
    """The app whose calls can be made in parallel."""

    app: ParallelApp
    config: tl.Config

    def traces(self, work: Work, intervention: Intervention) -> pd.DataFrame:
        """Return the traces of an intervention's orders with these variables of functions."""
        self.app.configure(work, intervention.number)
        self._sent(WARM_UP, WARM_UP_RATE)
        return tl.spans.spans_from_traces(
            tl.xray.fetch_traces(self.config, self._sent(ORDERS, RATE))
        )

    def _sent(self, orders: int, rate: float) -> Sequence[str]:
        trace_ids = [new_trace_id() for _ in range(orders)]
        self.app.fire(trace_ids, rate=rate)
        return trace_ids


def record() -> None:
    """Record all chunks that are not there yet."""
    planned = plan()
    with server("--parallel-starts", str(PARALLEL_STARTS)) as running:
        shop = shop_on(running)
        for first in range(0, len(planned), CHUNK):
            if not all(path.exists() for path in files_of(first)):
                chunk = planned[first : first + CHUNK]
                of_shop = [one for one in chunk if one.kind != PARALLEL]
                of_checkout = [one for one in chunk if one.kind == PARALLEL]
                save(first, [*in_shop(shop, of_shop), *in_parallel(of_checkout)])


def in_shop(shop: Shop, interventions: Sequence[Intervention]) -> list[Recorded]:
    """Return what interventions in the shop did; two of them share the time before.

    What is before lies between the two.
    """
    found = []
    for one, other in zip(interventions[::2], interventions[1::2], strict=True):
        first = after_in(shop, one)
        spans = shop.traces(one.before, one, retries=one.retries[0])
        found += [recording(one, spans, first), recording(other, spans, after_in(shop, other))]
        print(one.number, other.number, one.kind, flush=True)
    return found


def after_in(shop: Shop, intervention: Intervention) -> pd.DataFrame:
    """Return the traces after an intervention in the shop."""
    return shop.traces(intervention.after, intervention, retries=intervention.retries[1])


def in_parallel(interventions: Sequence[Intervention]) -> list[Recorded]:
    """Return what calls in parallel did."""
    if not interventions:
        return []
    found = []
    with server() as running:
        app = ParallelApp(running, interventions[0].before)
        checkout = Checkout(app, tl.Config(embedded_state_dir=running.state_dir))
        for intervention in interventions:
            spans = checkout.traces(intervention.before, intervention)
            found.append(
                recording(intervention, spans, checkout.traces(intervention.after, intervention))
            )
            print(intervention.number, intervention.kind, flush=True)
    return found


def recording(intervention: Intervention, before: pd.DataFrame, after: pd.DataFrame) -> Recorded:
    """Return what is kept of the traces before and after."""
    times: Any = tl.stats.end_to_end(after)
    return Recorded(
        intervention.number,
        before,
        times["response_s"].to_numpy(),
        times["duration_s"].to_numpy(),
    )


if __name__ == "__main__":
    record()
