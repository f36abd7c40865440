"""Verify a prediction on a running stack: make the change, send orders, and compare."""

from contextlib import AbstractContextManager
from typing import Any, Final, Unpack

from tracing_lab import deploy, faults, traffic, xray
from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.deploy.own_functions import OwnFunctions
from tracing_lab.errors import TrafficError
from tracing_lab.spans import spans_from_traces
from tracing_lab.stack.outputs import Outputs
from tracing_lab.stats import end_to_end
from tracing_lab.stats.whatif import Prediction
from tracing_lab.traffic import Progress
from tracing_lab.traffic.load import LoadOptions, TrafficLoad

from .apply_change import ChangedSettings, applied, target_of
from .scoring import PredictionScore, score

FEWEST: Final = 20
"""Orders that say what is usual."""

_RATE: Final = 5.0
_WARM_UP: Final = 12
_WARM_UP_RATE: Final = 8.0
_COLUMNS: Final = {"request": "response_s", "chain": "duration_s"}


def verify_prediction(
    config: Config,
    prediction: Prediction,
    *,
    apply: AbstractContextManager[Any] | None = None,
    progress: Progress | None = None,
    aws: Aws | None = None,
    **load: Unpack[LoadOptions],
) -> PredictionScore:
    """Make the change of a prediction on a running stack, and return how good the prediction was.

    Some orders start the environments; then the orders are sent, and the change is taken back, also
    after an error. With the parameters of the load that the prediction's traces are from, among
    them `seed` and `id_prefix`, the same orders arrive at the same times, and injected latencies
    are the same.

    A service's work is what its variable ``FAULTS`` adds (`tracing_lab.faults`), so it has to have
    some; other changes than of that work and of retries need `apply`.

    Parameters
    ----------
    config
        The variables that the stack was applied with.
    prediction
        What `whatif.predict` returned.
    apply
        A context manager that makes the change and takes it back; by default, faults and retries of
        the functions are set.
    progress
        Called with the number of answered and of all orders.
    aws
        The AWS clients; created from `config` by default.
    **load
        The load, with the parameters of `traffic.fire`: ``orders``, ``rate``, ``seed``,
        ``id_prefix``, ``scenario``, ``arrivals``, ``bad_share`` and so on. By default as many
        orders as the prediction's interval is for, five a second.

    Returns
    -------
    PredictionScore
        What was observed beside what was predicted. It says so if the interval is for another
        number of requests.

    Raises
    ------
    ConfigError
        If the change cannot be made on this stack, or there is nothing that it would change;
        nothing is changed then.
    TrafficError
        If a parameter of the load is invalid; nothing is changed then.
    TracesNotReadyError
        If traces have not settled in time; the change is taken back.
    NotFoundError
        If the stack is not deployed.
    AwsError
        If AWS rejects a call.
    """
    load = _checked(prediction, load)
    aws = aws or Aws(config)
    outputs = deploy.outputs(config, aws=aws)
    if apply is None:
        names = OwnFunctions.of(config, aws).names
        target = target_of(prediction.changes, faults.active(config, aws=aws), names)
        apply, config = applied(config, target, aws), _with_retries(config, target)
    with apply:
        _warm_up(config, outputs, aws, load.get("seed", 1))
        sent = traffic.fire(outputs, **load, progress=progress)
        traces = xray.fetch_traces(config, sent, aws=aws, wait_for_retries=True)
    spans = spans_from_traces(traces)
    observed = end_to_end(spans)[_COLUMNS[prediction.of]]
    return score(prediction, observed.to_numpy(dtype="float64"), spans=spans, sent=sent)


def _checked(prediction: Prediction, load: LoadOptions) -> LoadOptions:
    """Return a load that can be sent, with what was not given."""
    defaults: LoadOptions = {"orders": prediction.requests, "rate": _RATE}
    if load.get("arrivals") is not None:
        defaults = {}
    elif load.get("workers") is not None:
        defaults = {"orders": prediction.requests}
    load = {**defaults, **load}
    count = len(TrafficLoad(**load).offsets())  # raises
    if count < FEWEST:
        msg = (
            f"Nothing was changed: there must be at least {FEWEST} orders, and not {count}; fewer "
            "say nothing of a percentile."
        )
        raise TrafficError(msg)
    if load.get("sampled") is False:
        msg = "Nothing was changed: sampled=False leaves no traces to compare. Leave it out."
        raise TrafficError(msg)
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
