"""Orders to analyse: from your own stack, or recorded ones where there is none.

The notebooks on analysis need traces, not a stack. `orders` sends orders to the stack of a config
if it is there; without one it returns orders that were recorded before, and says so.
"""

from importlib.resources import as_file, files
from typing import Any

from . import deploy, traffic, xray
from ._recordings import Orders, load_orders, save_orders
from .aws import Aws
from .config import Config
from .errors import CredentialsError, EmbeddedError, EndpointUnreachableError, NotFoundError
from .outputs import Outputs
from .spans import load_traces
from .traffic import Progress

__all__ = ["Orders", "load_orders", "orders", "recorded", "retries", "save_orders"]

FILE_NAME = "orders.json.gz"

_NO_STACK = (CredentialsError, EmbeddedError, EndpointUnreachableError, NotFoundError)
RETRIES_FILE_NAME = "retries.json"


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


def recorded() -> Orders:
    """Return the orders that ship with the package.

    Returns
    -------
    orders
        The request log and the traces of 24 orders.

    Examples
    --------
    >>> recorded()
    24 orders with 24 traces. Recorded on the embedded AWS, with slowed-down services.
    """
    with as_file(files("tracing_lab") / "data" / FILE_NAME) as path:
        return load_orders(path)


def retries() -> list[dict[str, Any]]:
    """Return the recorded trace of an event that payment failed with three times.

    Returns
    -------
    list[dict]
        One trace, as BatchGetTraces returns it, with the waits of Lambda's retries.

    Examples
    --------
    >>> len(retries())
    1
    """
    with as_file(files("tracing_lab") / "data" / RETRIES_FILE_NAME) as path:
        return load_traces(path)
