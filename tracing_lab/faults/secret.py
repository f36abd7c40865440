"""A random fault that stays hidden until it is revealed, for exercises."""

import random
from dataclasses import dataclass, field
from typing import Any

from tracing_lab.config import SERVICES

from .settings import Injected

_ERRORS = {
    "order": "StockLookupFailed",
    "payment": "ProcessorUnavailable",
    "inventory": "WarehouseOffline",
    "notification": "MailboxFull",
}
# Strong enough to stand out among twenty orders on a busy machine.
_SLOW = {"distribution": "lognormal", "median_ms": 600, "sigma": 0.2}


@dataclass(frozen=True)
class Secret:
    """A fault of one of the services, which neither tables nor outputs show.

    Parameters
    ----------
    injected
        The fault.
    """

    injected: Injected = field(repr=False)

    def reveal(self) -> Injected:
        """Return the fault."""
        return self.injected

    def __repr__(self) -> str:
        return "One of the four services is slow or fails now. reveal() says which."


def random_fault(seed: int | None) -> tuple[str, dict[str, Any]]:
    """Return a random service and a fault for it.

    Parameters
    ----------
    seed
        Seed of the choice; None for a new one each time.

    Examples
    --------
    >>> random_fault(3) == random_fault(3)
    True
    """
    generator = random.Random(seed)
    service = generator.choice(SERVICES)
    slow: dict[str, Any] = {"latency": _SLOW}
    broken: dict[str, Any] = {"error_rate": 0.5, "error_type": _ERRORS[service]}
    return service, generator.choice([slow, broken])
