"""What a load consists of, checked before anything is sent."""

import re
from dataclasses import dataclass, fields
from typing import TypedDict

from tracing_lab.errors import TrafficError

from .arrivals import LONGEST_S, MAX_ORDERS, Arrivals, offsets_of
from .bad_orders import with_bad_orders
from .orders import Order, random_orders
from .schedule import schedule

_MAX_RATE = 5_000.0
_MAX_WORKERS = 1_000
# API Gateway times out after 29 s, so a longer timeout always receives its response.
TIMEOUT_S = 35.0
_PREFIX = re.compile(r"[A-Za-z0-9._-]{1,48}")  # an id has 64 characters at most


class LoadOptions(TypedDict, total=False):
    """The parameters of `TrafficLoad`, for functions that pass them on."""

    scenario: str
    orders: int
    rate: float
    seed: int
    arrivals: Arrivals | None
    workers: int | None
    think_s: float
    bad_share: float
    timeout_s: float
    sampled: bool | None
    id_prefix: str | None


@dataclass(frozen=True, kw_only=True, eq=False)
class TrafficLoad:
    """A load; see `tracing_lab.traffic.fire` for its parameters.

    Raises
    ------
    TrafficError
        If a parameter is invalid, or contradicts another.
    """

    scenario: str = "steady"
    orders: int = 200
    rate: float = 20.0
    seed: int = 1
    arrivals: Arrivals | None = None
    workers: int | None = None
    think_s: float = 0.0
    bad_share: float = 0.0
    timeout_s: float = TIMEOUT_S
    sampled: bool | None = True
    id_prefix: str | None = None

    def __post_init__(self) -> None:
        self._check_numbers()
        self._check_choices()
        if self.arrivals is not None:
            self._check_defaults("scenario", "orders", "rate", "workers", because="arrivals")
        if self.workers is not None:
            self._check_defaults("scenario", "rate", because="workers")
        else:
            end = "is for workers, of which there are none. Set workers."
            _require(self.think_s == 0, "think_s", self.think_s, end)

    def offsets(self) -> list[float]:
        """Return when each order is sent, in seconds from the start."""
        if self.arrivals is not None:
            return offsets_of(self.arrivals)
        return schedule(self.scenario, orders=self.orders, rate=self.rate, seed=self.seed)

    def made_orders(self, count: int) -> list[Order]:
        """Return so many orders."""
        made = with_bad_orders(random_orders(count, seed=self.seed), self.bad_share, seed=self.seed)
        if self.id_prefix is None:
            return made
        return [order.named(f"{self.id_prefix}{order.number}") for order in made]

    def _check_numbers(self) -> None:
        _check_count("orders", self.orders, MAX_ORDERS)
        end = f"must be a number above 0 and at most {_MAX_RATE} orders per second."
        _require(_is_number(self.rate) and 0 < self.rate <= _MAX_RATE, "rate", self.rate, end)
        _require(type(self.seed) is int, "seed", self.seed, "must be a whole number.")
        fine = _is_number(self.timeout_s) and 0 < self.timeout_s <= LONGEST_S
        end = f"must be a number of seconds above 0 and at most {LONGEST_S:.0f}."
        _require(fine, "timeout_s", self.timeout_s, end)
        if self.workers is not None:
            _check_count("workers", self.workers, _MAX_WORKERS)
        fine = _is_number(self.think_s) and 0 <= self.think_s <= LONGEST_S
        end = f"must be a number of seconds from 0 to {LONGEST_S:.0f}."
        _require(fine, "think_s", self.think_s, end)
        fine = _is_number(self.bad_share) and 0 <= self.bad_share <= 1
        _require(fine, "bad_share", self.bad_share, "must be a number from 0 to 1.")

    def _check_choices(self) -> None:
        end = "must be True, False or None (the sampling rules decide)."
        _require(_is_decision(self.sampled), "sampled", self.sampled, end)
        end = "must be text of 1 to 48 characters out of A-Z a-z 0-9 . _ -"
        fine = self.id_prefix is None or _is_prefix(self.id_prefix)
        _require(fine, "id_prefix", self.id_prefix, end)

    def _check_defaults(self, *names: str, because: str) -> None:
        """Raise if a parameter was set that another makes meaningless."""
        defaults = {field.name: field.default for field in fields(self)}
        end = f"has no meaning together with {because}. Leave one of them out."
        for name in names:
            value = getattr(self, name)
            _require(value == defaults[name], name, value, end)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_decision(value: object) -> bool:
    return value is None or isinstance(value, bool)


def _is_prefix(value: object) -> bool:
    return isinstance(value, str) and _PREFIX.fullmatch(value) is not None


def _check_count(name: str, value: object, most: int) -> None:
    fine = type(value) is int and 1 <= value <= most
    _require(fine, name, value, f"must be a whole number from 1 to {most}.")


def _require(fine: bool, name: str, value: object, rule: str) -> None:  # noqa: FBT001 - a condition
    if not fine:
        msg = f"{name}={value!r} {rule}"
        raise TrafficError(msg)
