"""Verify a prediction on a running stack: make the change, send orders, and compare."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Final

from tracing_lab import deploy, faults, traffic, xray
from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.errors import TrafficError
from tracing_lab.spans import spans_from_traces
from tracing_lab.stack.outputs import Outputs
from tracing_lab.stats import end_to_end
from tracing_lab.stats.whatif import Prediction
from tracing_lab.traffic import Progress
from tracing_lab.traffic.load import TrafficLoad

from .apply_change import ChangedSettings, applied, target_of
from .scoring import PredictionScore, score

FEWEST: Final = 20
"""Orders that say what is usual."""

_WARM_UP: Final = 12
_WARM_UP_RATE: Final = 8.0
_COLUMNS: Final = {"request": "response_s", "chain": "duration_s"}


def verify_prediction(  # noqa: PLR0913 - what to verify, with which load
    config: Config,
    prediction: Prediction,
    *,
    orders: int = 100,
    rate: float = 5.0,
    seed: int = 1,
    id_prefix: str | None = None,
    apply: AbstractContextManager[Any] | None = None,
    progress: Progress | None = None,
    aws: Aws | None = None,
) -> PredictionScore:
    """Make the change of a prediction on a running stack, and return how good the prediction was.

    Some orders start the environments; then the orders are sent, and the change is taken back, also
    after an error. With the parameters of the load that the prediction's traces are from, and the
    same `id_prefix`, the same orders arrive at the same times, and injected latencies are the same.

    A service's work is what its variable ``FAULTS`` adds (`tracing_lab.faults`), so it has to have
    some; other changes than of that work and of retries need `apply`.

    Parameters
    ----------
    config
        The variables that the stack was applied with.
    prediction
        What `whatif.predict` returned.
    orders, rate, seed, id_prefix
        The load, see `traffic.fire`.
    apply
        A context manager that makes the change and takes it back; by default, faults and retries of
        the functions are set.
    progress
        Called with the number of answered and of all orders.
    aws
        The AWS clients; created from `config` by default.

    Returns
    -------
    PredictionScore
        What was observed beside what was predicted.

    Raises
    ------
    ConfigError
        If the change cannot be made on this stack; nothing is changed then.
    TrafficError
        If a parameter of the load is invalid; nothing is changed then.
    TracesNotReadyError
        If traces have not settled in time; the change is taken back.
    NotFoundError
        If the stack is not deployed.
    AwsError
        If AWS rejects a call.
    """
    load = _checked(orders=orders, rate=rate, seed=seed, id_prefix=id_prefix)
    aws = aws or Aws(config)
    outputs = deploy.outputs(config, aws=aws)
    if apply is None:
        target = target_of(prediction.changes, faults.active(config, aws=aws))
        apply, config = applied(config, target, aws), _with_retries(config, target)
    with apply:
        _warm_up(config, outputs, aws, seed)
        sent = traffic.fire(outputs, **load, progress=progress)
        traces = xray.fetch_traces(config, sent, aws=aws, wait_for_retries=True)
    spans = spans_from_traces(traces)
    observed = end_to_end(spans)[_COLUMNS[prediction.of]]
    return score(prediction, observed.to_numpy(dtype="float64"), spans=spans, sent=sent)


def _checked(**load: Any) -> Mapping[str, Any]:
    """Return a load that can be sent."""
    if type(load["orders"]) is not int or load["orders"] < FEWEST:
        msg = (
            f"Nothing was changed: orders={load['orders']!r} must be a whole number of at least "
            f"{FEWEST}; fewer say nothing of a percentile."
        )
        raise TrafficError(msg)
    TrafficLoad(**load)  # raises
    return load


def _with_retries(config: Config, target: ChangedSettings) -> Config:
    """Return the config by which it is known how many retries are to come."""
    if not target.retries:
        return config
    return config.replace(lambda_max_retries=max(target.retries.values()))


def _warm_up(config: Config, outputs: Outputs, aws: Aws, seed: int) -> None:
    log = traffic.fire(outputs, orders=_WARM_UP, rate=_WARM_UP_RATE, seed=-1 - seed)
    with xray.retries_are_known():
        xray.fetch_traces(config, log, aws=aws)
