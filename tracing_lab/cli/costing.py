"""Estimate the change of the monthly bill by a plan."""

from dataclasses import asdict, dataclass
from typing import Any

from tracing_lab.config import Config
from tracing_lab.cost import Estimate, estimate
from tracing_lab.stack import Plan, config_before


@dataclass(frozen=True)
class CostChange:
    """The monthly bill before and after a plan.

    Parameters
    ----------
    requests_per_month
        Orders a month.
    before_usd, after_usd
        The estimates, after free amounts.
    """

    requests_per_month: float
    before_usd: float
    after_usd: float

    @property
    def change_usd(self) -> float:
        """What the plan adds to the bill."""
        return self.after_usd - self.before_usd

    def to_dict(self) -> dict[str, Any]:
        """Return the change as JSON-serializable data."""
        return {**asdict(self), "change_usd": self.change_usd}

    def __str__(self) -> str:
        return (
            f"This plan takes the bill from {self.before_usd:,.2f} to {self.after_usd:,.2f} USD a "
            f"month ({self.change_usd:+,.2f}) at {self.requests_per_month:,.0f} orders."
        )


def cost_change(planned: Plan, config: Config, after: Estimate) -> CostChange:
    """Estimate the change of the monthly bill by a plan.

    Parameters
    ----------
    planned
        The plan.
    config
        The stack's variables after it.
    after
        The bill after it.

    Returns
    -------
    CostChange
        The bill before and after.
    """
    requests, before = after.requests_per_month, config_before(planned, config)
    before_usd = 0.0 if before is None else estimate(before, requests_per_month=requests).total_usd
    return CostChange(requests, before_usd, after.total_usd)
