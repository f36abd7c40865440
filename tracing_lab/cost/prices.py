"""What AWS charges for one of each, from a dated file, and how tiers and free amounts work."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

_FILE = "prices-2026-11.toml"
_CENT = 0.01


@dataclass(frozen=True)
class Price:
    """The price of one thing.

    Parameters
    ----------
    service, item
        What is paid for.
    tiers
        Quantity a month up to which a price holds, and USD for one; ascending.
    source
        Where the price was found.
    free
        Quantity a month that costs nothing.
    free_months
        How many months an account has that; None for ever.
    pool
        Prices of the same pool share their free quantity; empty for a pool of its own.
    """

    service: str
    item: str
    tiers: Sequence[tuple[float, float]]
    source: str
    free: float = 0.0
    free_months: int | None = None
    pool: str = ""

    def usd(self, quantity: float) -> float:
        """Return the price of a quantity, without free amounts.

        Parameters
        ----------
        quantity
            How much a month.

        Examples
        --------
        >>> Price("Moon", "rocks", [(10, 2.0), (float("inf"), 1.0)], "").usd(12)
        22.0
        """
        total, below = 0.0, 0.0
        for up_to, usd_each in self.tiers:
            total += max(0.0, min(quantity, up_to) - below) * usd_each
            below = up_to
        return total


@dataclass(frozen=True)
class PriceList:
    """Prices of one day and region.

    Parameters
    ----------
    date
        The day, ``YYYY-MM-DD``.
    region
        The region.
    prices
        Name to price.
    """

    date: str
    region: str
    prices: Mapping[str, Price]


def load(path: Path | None = None) -> PriceList:
    """Read a price file.

    Parameters
    ----------
    path
        The file; the one that comes with the package by default.

    Examples
    --------
    >>> load().prices["xray_recorded"].usd(1_000_000)
    5.0
    """
    text = (path or resources.files(__package__) / _FILE).read_text(encoding="utf-8")
    content = tomllib.loads(text)
    date, region = content.pop("date"), content.pop("region")
    return PriceList(date, region, {name: Price(**entry) for name, entry in content.items()})


def usd_text(usd: float) -> str:
    """Return an amount in dollars and cents, below a cent with two more digits.

    Returns
    -------
    str
        Without a currency sign.

    Examples
    --------
    >>> usd_text(1234.5), usd_text(0.0025), usd_text(0)
    ('1,234.50', '0.0025', '0.00')
    """
    return f"{usd:,.4f}" if 0 < usd < _CENT else f"{usd:,.2f}"
