"""Estimate the monthly cost of a stack.

Prices come from a dated file, quantities from stated assumptions (`Load`). `span_costs` prices the
traffic that traces show to their spans. Nothing here calls AWS.
"""

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from tracing_lab.config import Config
from tracing_lab.errors import ConfigError
from tracing_lab.tables import html_table, text_table

from .load import Load, quantities, traces_recorded
from .prices import Price, PriceList, load as load_prices, usd_text

if TYPE_CHECKING:
    import pandas as pd

    from .per_span import (
        costs_by_latency as costs_by_latency,
        span_costs as span_costs,
        traffic_bill as traffic_bill,
    )

__all__ = [
    "Estimate",
    "Load",
    "PriceList",
    "Row",
    "costs_by_latency",
    "estimate",
    "load_prices",
    "span_costs",
    "traffic_bill",
]

# These load pandas, which takes long, and `plan` prints estimates without it.
_OF_SPANS = ("costs_by_latency", "span_costs", "traffic_bill")

# What X-Ray samples while no rule says otherwise (developer guide, "Configuring sampling rules").
_DEFAULT_RATE = 0.05
_HEADERS = ("service", "what", "a month", "USD", "USD, every order traced")


@dataclass(frozen=True)
class Row:
    """One line of a bill.

    Parameters
    ----------
    service, item
        What is paid for.
    quantity
        How much of it a month, what is free included.
    usd
        What it costs a month.
    usd_unsampled
        What it would cost if every order were traced.
    source
        Where the price was found.
    name
        Name of the price in the price file.
    """

    service: str
    item: str
    quantity: float
    usd: float
    usd_unsampled: float
    source: str
    name: str = ""


@dataclass(frozen=True)
class Estimate:
    """A month's bill.

    Parameters
    ----------
    rows
        Its lines; only what is used.
    requests_per_month
        Orders a month.
    sampled_share
        Share of the orders that are traced.
    free_tier
        Whether AWS's free amounts are subtracted.
    prices_date, prices_region
        When and where the prices held.
    load
        What one order was assumed to cause.
    """

    rows: tuple[Row, ...]
    requests_per_month: float
    sampled_share: float
    free_tier: bool
    prices_date: str
    prices_region: str
    load: Load = field(repr=False)

    @property
    def total_usd(self) -> float:
        """What the month costs."""
        return sum(row.usd for row in self.rows)

    @property
    def total_unsampled_usd(self) -> float:
        """What the month would cost if every order were traced."""
        return sum(row.usd_unsampled for row in self.rows)

    def by_service(self) -> dict[str, float]:
        """Return the sum of each service's lines, in USD."""
        totals: dict[str, float] = {}
        for row in self.rows:
            totals[row.service] = totals.get(row.service, 0.0) + row.usd
        return totals

    def to_dict(self) -> dict[str, Any]:
        """Return the estimate as JSON-serializable data."""
        return {**asdict(self), "total_usd": self.total_usd}

    def to_frame(self) -> "pd.DataFrame":
        """Return the lines as a data frame."""
        # Here and not above, because `plan` prints estimates and pandas takes long to load.
        frame: pd.DataFrame = importlib.import_module("pandas").DataFrame(map(asdict, self.rows))
        return frame

    def __str__(self) -> str:
        table = text_table(list(self._cells()), headers=_HEADERS)
        return f"{table}\n{self.summary()}\n{self.load.summary()}"

    def _repr_html_(self) -> str:
        caption = f"{self.summary()} {self.load.summary()}"
        return html_table(list(self._cells()), headers=_HEADERS, caption=caption)

    def summary(self) -> str:
        """Return a one-sentence summary."""
        free = "after what is free" if self.free_tier else "with nothing free"
        return (
            f"{self.requests_per_month:,.0f} orders a month, {self.sampled_share:.0%} traced, "
            f"{free}; list prices of {self.prices_region}, {self.prices_date}."
        )

    def _cells(self) -> Iterator[tuple[str, ...]]:
        for row in self.rows:
            amounts = usd_text(row.usd), usd_text(row.usd_unsampled)
            yield row.service, row.item, _quantity_text(row.quantity), *amounts
        totals = usd_text(self.total_usd), usd_text(self.total_unsampled_usd)
        yield "total", "", "", *totals


def estimate(
    config: Config,
    *,
    requests_per_month: float,
    free_tier: bool = True,
    sampling_rate: float | None = None,
    load: Load | None = None,
    prices: PriceList | None = None,
) -> Estimate:
    """Estimate what a stack costs a month.

    Parameters
    ----------
    config
        The stack's variables.
    requests_per_month
        Orders a month.
    free_tier
        Subtract AWS's free amounts, including those of an account's first year.
    sampling_rate
        Share of the orders that is traced, 0 to 1. By default the stack's sampling rule holds, or
        else X-Ray's: one request a second and 5 % of the others. Clients that ask for a trace, as
        `tracing_lab.traffic.fire` does, get one whatever the rules say: that is a rate of 1.
    load
        What one order causes; see there for what is assumed. By default that of the tracer.
    prices
        Another price list.

    Returns
    -------
    Estimate
        Lines and totals.

    Raises
    ------
    ConfigError
        If a number is out of range.
    """
    _check(requests_per_month, sampling_rate)
    load, prices = load or Load.of(config), prices or load_prices()
    traces = _traces(config, requests_per_month, sampling_rate)
    every = requests_per_month if config.x_ray_tracing_mode == "Active" else 0.0
    wanted = quantities(config, load, requests_per_month, traces)
    unsampled = quantities(config, load, requests_per_month, every)
    usd = _priced(wanted, prices.prices, free_tier=free_tier)
    usd_unsampled = _priced(unsampled, prices.prices, free_tier=free_tier)
    rows = [
        Row(
            service=price.service,
            item=price.item,
            quantity=wanted[name],
            usd=usd[name],
            usd_unsampled=usd_unsampled[name],
            source=price.source,
            name=name,
        )
        for name, price in prices.prices.items()
        if unsampled.get(name)
    ]
    share = traces / requests_per_month if requests_per_month else 0.0
    return Estimate(
        rows=tuple(rows),
        requests_per_month=requests_per_month,
        sampled_share=share,
        free_tier=free_tier,
        prices_date=prices.date,
        prices_region=prices.region,
        load=load,
    )


def __getattr__(name: str) -> Any:
    if name in _OF_SPANS:
        return getattr(importlib.import_module(".per_span", __name__), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


def _quantity_text(quantity: float) -> str:
    return f"{quantity:.2g}" if quantity < 1 else f"{quantity:,.1f}".removesuffix(".0")


def _check(requests_per_month: float, sampling_rate: float | None) -> None:
    if not 0 <= requests_per_month < float("inf"):
        msg = f"requests_per_month={requests_per_month!r} must be a number from 0 up."
        raise ConfigError(msg)
    if sampling_rate is not None and not 0 <= sampling_rate <= 1:
        msg = f"sampling_rate={sampling_rate!r} must be a share from 0 to 1."
        raise ConfigError(msg)


def _traces(config: Config, requests: float, sampling_rate: float | None) -> float:
    if config.x_ray_tracing_mode != "Active":
        return 0.0
    if sampling_rate is not None:
        return requests * sampling_rate
    if config.x_ray_sampling_rate is not None:
        rate, reservoir = config.x_ray_sampling_rate, config.x_ray_sampling_reservoir
        return traces_recorded(requests, rate, reservoir)
    return traces_recorded(requests, _DEFAULT_RATE, 1)


def _priced(
    wanted: Mapping[str, float], prices: Mapping[str, Price], *, free_tier: bool
) -> dict[str, float]:
    left = {price.pool or name: price.free * free_tier for name, price in prices.items()}
    usd = {}
    for name, quantity in wanted.items():
        pool = prices[name].pool or name
        taken = min(quantity, left[pool])
        left[pool] -= taken
        usd[name] = prices[name].usd(quantity - taken)
    return usd
