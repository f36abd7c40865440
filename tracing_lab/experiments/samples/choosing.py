"""Orders from a stack, or recorded ones where there is none."""

from tracing_lab import deploy, traffic, xray
from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.errors import (
    CredentialsError,
    EmbeddedError,
    EndpointUnreachableError,
    NotFoundError,
)
from tracing_lab.stack.outputs import Outputs
from tracing_lab.traffic import Progress

from .recordings import Orders, recorded

_NO_STACK = (CredentialsError, EmbeddedError, EndpointUnreachableError, NotFoundError)


def orders(
    config: Config,
    *,
    count: int = 24,
    rate: float = 4.0,
    seed: int = 1,
    progress: Progress | None = None,
    aws: Aws | None = None,
) -> Orders:
    """Send orders to a stack and fetch their traces, or return recorded orders without a stack.

    Parameters
    ----------
    config
        The stack's variables.
    count, rate, seed
        How many orders to send, how many per second, and which; see `traffic.fire`.
    progress
        Called with the number of answered and of all orders.
    aws
        Makes the calls; made from `config` by default.

    Returns
    -------
    orders
        The request log and the traces; `source` says whether they were recorded, and why.

    Raises
    ------
    AwsError
        If AWS rejects a call for another reason than a missing stack.
    TracesNotReadyError
        If the traces of a stack's orders have not arrived in time.
    """
    try:
        outputs = deploy.outputs(config, aws=aws)
    except _NO_STACK as error:
        shipped = recorded()
        return Orders(shipped.log, shipped.traces, f"{shipped.source} ({error})")
    return _sent(config, outputs, count=count, rate=rate, seed=seed, progress=progress, aws=aws)


def _sent(
    config: Config,
    outputs: Outputs,
    *,
    count: int,
    rate: float,
    seed: int,
    progress: Progress | None,
    aws: Aws | None,
) -> Orders:
    log = traffic.fire(outputs, orders=count, rate=rate, seed=seed, progress=progress)
    traces = xray.fetch_traces(config, log, aws=aws)
    return Orders(log, traces, f"Sent just now to {config.stack_name}, your own stack.")
