"""Make a service slow or broken without changing its code.

The environment variable ``FAULTS`` holds a JSON object; every member is optional, and without the
variable the service does no simulated work at all::

    {
      "latency": {"distribution": "lognormal", "median_ms": 80, "sigma": 0.6, "probability": 0.5},
      "error_rate": 0.1,
      "error_type": "ProcessorUnavailable",
      "timeout_rate": 0.01,
      "retries": 3,
      "lost_rate": 0.02,
      "duplicate_rate": 0.05,
      "init_ms": 800,
      "seed": 7
    }

``latency``
    Time added to the service's simulated work. Distributions and their parameters:
    ``constant`` (``ms``), ``uniform`` (``low_ms``, ``high_ms``), ``normal`` (``mean_ms``,
    ``stddev_ms``; negative draws count as zero), ``lognormal`` (``median_ms``, ``sigma``) and
    ``exponential`` (``mean_ms``). ``probability`` (default 1) is the share of orders affected.
``error_rate``, ``error_type``
    The share of orders for which the work fails, and the name of the exception (default
    ``SimulatedError``).
``timeout_rate``
    The share of orders for which the work takes longer than the function may run.
``retries``
    How often the service repeats work that failed, at once and without a pause (default 0). Each
    attempt takes its own time, may fail anew, and is a subsegment of its own.
``lost_rate``, ``duplicate_rate``
    The shares of orders whose event the service does not publish, though it reports success, and
    whose event it publishes twice.
``init_ms``
    Time added to the start of each environment.
``restarts``
    Any number: to change it restarts the function's environments, and nothing else.
``seed``
    Another seed (default 0), other orders affected.

What happens to an order depends on the seed, the service and the order's id alone: the same in
every process, however often its event is delivered. Raising a rate keeps the orders already
affected and adds others.
"""

import math
import random
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

MAX_LATENCY_MS = 900_000.0
"""No Lambda function runs longer than fifteen minutes."""

MAX_INIT_MS = 9_000.0
"""Lambda stops an initialization after ten seconds, and the function needs some of them itself."""

MAX_RETRIES = 10

TIMEOUT_MARGIN_MS = 1000.0
"""How far beyond the function's timeout a simulated timeout sleeps."""

LATENCY_PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "constant": ("ms",),
    "uniform": ("low_ms", "high_ms"),
    "normal": ("mean_ms", "stddev_ms"),
    "lognormal": ("median_ms", "sigma"),
    "exponential": ("mean_ms",),
}
"""The parameters of each distribution, in their order."""


class SimulatedError(Exception):
    """The failure that ``FAULTS`` configures; ``error_type`` names its subclass."""


class LambdaContext(Protocol):
    """What faults use of the context object that Lambda passes to a handler."""

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the function may still run, in milliseconds."""


@dataclass(frozen=True, kw_only=True)
class Latency:
    """Added time, in milliseconds, as a random variable.

    Parameters
    ----------
    distribution
        One of the names in the module's description.
    parameters
        The distribution's parameters, in the order of the module's description.
    probability
        The share of orders affected, from 0 to 1.
    """

    distribution: str
    parameters: tuple[float, ...]
    probability: float = 1.0

    def sample_ms(self, rng: random.Random) -> float:
        """Draw a time.

        Parameters
        ----------
        rng
            Where randomness comes from.

        Returns
        -------
        float
            Milliseconds, from zero to `MAX_LATENCY_MS`.

        Examples
        --------
        >>> Latency(distribution="constant", parameters=(20.0,)).sample_ms(random.Random(1))
        20.0
        """
        return min(max(_DRAWS[self.distribution](rng, *self.parameters), 0.0), MAX_LATENCY_MS)


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What happens to one order in one service.

    Parameters
    ----------
    delay_ms
        Time added to the work.
    error
        Whether the work fails, after the delay.
    timeout
        Whether the work outlasts the function; then nothing else matters.
    """

    delay_ms: float = 0.0
    error: bool = False
    timeout: bool = False


@dataclass(frozen=True, kw_only=True)
class Faults:
    """A checked ``FAULTS`` object; see the module's description for its members.

    Parameters
    ----------
    latency
        Added time, None for none.
    error_rate
        The share of orders that fail, from 0 to 1.
    error_type
        The name of the exception they fail with.
    timeout_rate
        The share of orders that outlast the function, from 0 to 1.
    retries
        How often failed work is repeated.
    lost_rate, duplicate_rate
        The shares of orders whose event is not published, and published twice, from 0 to 1.
    init_ms
        Time added to the start of an environment.
    restarts
        Ignored.
    seed
        Chooses which orders are affected.
    """

    latency: Latency | None = None
    error_rate: float = 0.0
    error_type: str = SimulatedError.__name__
    timeout_rate: float = 0.0
    retries: int = 0
    lost_rate: float = 0.0
    duplicate_rate: float = 0.0
    init_ms: float = 0.0
    restarts: int = 0
    seed: int = 0

    @property
    def active(self) -> bool:
        """Whether anything can happen to the work of an order."""
        return self.latency is not None or self.error_rate > 0 or self.timeout_rate > 0

    def draw(self, *key: str) -> Effect:
        """Decide what happens to an order.

        Every decision has its own random number, drawn in a fixed order, so that changing one
        rate leaves the other decisions as they were.

        Parameters
        ----------
        key
            What identifies the work: service, order id, and further parts.

        Returns
        -------
        Effect
            The same for the same seed and key, in any process.

        Examples
        --------
        >>> Faults(error_rate=1.0).draw("order", "o-1")
        Effect(delay_ms=0.0, error=True, timeout=False)
        """
        rng = random.Random("|".join((str(self.seed), *key)))
        timeout, error, slow = rng.random(), rng.random(), rng.random()
        latency = self.latency
        delayed = latency is not None and slow < latency.probability
        return Effect(
            delay_ms=latency.sample_ms(rng) if latency is not None and delayed else 0.0,
            error=error < self.error_rate,
            timeout=timeout < self.timeout_rate,
        )

    def copies(self, *key: str) -> int:
        """Return how often an order's event is published: once without faults.

        Parameters
        ----------
        key
            As in `draw`.

        Examples
        --------
        >>> Faults(lost_rate=1.0).copies("order", "o-1")
        0
        >>> Faults(duplicate_rate=1.0).copies("order", "o-1")
        2
        """
        if not (self.lost_rate or self.duplicate_rate):
            return 1
        rng = random.Random("|".join((str(self.seed), "events", *key)))
        lost, doubled = rng.random() < self.lost_rate, rng.random() < self.duplicate_rate
        return 0 if lost else 1 + doubled


Attempts = Callable[[str], AbstractContextManager[Any]]
"""Opens a span of a name, for an attempt."""


class FaultInjector:
    """Injects the faults of a service as ``FAULTS`` configures them.

    Parameters
    ----------
    faults
        What to do.
    service
        The service's name, part of every draw.
    attempts
        Opens a span for each attempt of work that is repeated; None for no spans.
    sleep
        Waits for a number of seconds.
    """

    def __init__(
        self,
        faults: Faults,
        *,
        service: str,
        attempts: Attempts | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._faults = faults
        self._service = service
        self._attempts = attempts or nullcontext
        self._sleep = sleep
        if faults.init_ms:
            sleep(faults.init_ms / 1000)

    def copies(self, order_id: str) -> int:
        """Return how often the event of an order is published.

        Parameters
        ----------
        order_id
            The order.
        """
        return self._faults.copies(self._service, order_id)

    def inject(self, *key: str, context: LambdaContext) -> None:
        """Delay, fail or outlast the function, as drawn; without faults return at once.

        Parameters
        ----------
        key
            What identifies the work, the order id first.
        context
            What Lambda passed to the handler: it knows how long the function may still run.

        Raises
        ------
        SimulatedError
            A subclass named by ``error_type``, if an error is drawn.
        """
        if not self._faults.active:
            return
        if not self._faults.retries:
            self._attempt(key, context)
            return
        for number in range(self._faults.retries + 1):
            try:
                with self._attempts(f"attempt_{number + 1}"):
                    self._attempt((*key, *_number(number)), context)
            except SimulatedError:
                if number == self._faults.retries:
                    raise
            else:
                return

    def _attempt(self, key: tuple[str, ...], context: LambdaContext) -> None:
        effect = self._faults.draw(self._service, *key)
        if effect.timeout:
            self._sleep((context.get_remaining_time_in_millis() + TIMEOUT_MARGIN_MS) / 1000)
        elif effect.delay_ms:
            self._sleep(effect.delay_ms / 1000)
        if effect.error:
            failure = type(self._faults.error_type, (SimulatedError,), {})
            msg = f"{self._service} fails for this order because FAULTS asks for it"
            raise failure(msg)


def _number(repetition: int) -> tuple[str, ...]:
    """Return what a repetition adds to the key of a draw: nothing for the first attempt."""
    return (f"attempt {repetition + 1}",) if repetition else ()


def _constant(_rng: random.Random, ms: float) -> float:
    return ms


def _lognormal(rng: random.Random, median_ms: float, sigma: float) -> float:
    return rng.lognormvariate(math.log(median_ms), sigma) if median_ms > 0 else 0.0


def _exponential(rng: random.Random, mean_ms: float) -> float:
    return rng.expovariate(1 / mean_ms) if mean_ms > 0 else 0.0


_DRAWS: Mapping[str, Callable[..., float]] = {
    "constant": _constant,
    "uniform": random.Random.uniform,
    "normal": random.Random.gauss,
    "lognormal": _lognormal,
    "exponential": _exponential,
}
