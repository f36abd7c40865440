"""What a plan does to the monthly bill: the estimate after it, less the estimate before it."""

from dataclasses import asdict, dataclass
from typing import Any

from tracing_lab.config import Config
from tracing_lab.cost import Estimate, estimate
from tracing_lab.stack import Action, Plan, Step

_FUNCTION, _STAGE = "AWS::Lambda::Function", "AWS::ApiGateway::Stage"
# Where a plan shows the old value of a variable that costs money.
_VARIABLES = {
    (_FUNCTION, "MemorySize"): "lambda_memory_size",
    (_FUNCTION, "TracingConfig.Mode"): "x_ray_tracing_mode",
    (_STAGE, "MetricsEnabled"): "enable_detailed_monitoring",
    ("AWS::Logs::LogGroup", "RetentionInDays"): "lambda_log_retention_days",
}
# What is only there with a switch on.
_SWITCHES = {
    "AWS::CloudWatch::Alarm": "enable_alarms",
    "AWS::CloudWatch::Dashboard": "enable_dashboard",
    "AWS::SQS::Queue": "enable_dead_letter_queues",
}


@dataclass(frozen=True)
class CostChange:
    """The monthly bill before and after a plan.

    Parameters
    ----------
    requests_per_month
        Orders a month.
    before_usd, after_usd
        The estimates, after what AWS gives for free.
    """

    requests_per_month: float
    before_usd: float
    after_usd: float

    @property
    def change_usd(self) -> float:
        """What the plan adds to the bill."""
        return self.after_usd - self.before_usd

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON-able data."""
        return {**asdict(self), "change_usd": self.change_usd}

    def __str__(self) -> str:
        return (
            f"This plan takes the bill from {self.before_usd:,.2f} to {self.after_usd:,.2f} USD a "
            f"month ({self.change_usd:+,.2f}) at {self.requests_per_month:,.0f} orders."
        )


def cost_change(planned: Plan, config: Config, after: Estimate) -> CostChange:
    """Estimate what a plan does to the monthly bill.

    Parameters
    ----------
    planned
        What would change.
    config
        The stack's variables after it.
    after
        The bill after it.

    Returns
    -------
    CostChange
        The bill before and after.
    """
    requests, before = after.requests_per_month, _config_before(planned, config)
    before_usd = 0.0 if before is None else estimate(before, requests_per_month=requests).total_usd
    return CostChange(requests, before_usd, after.total_usd)


def _config_before(planned: Plan, config: Config) -> Config | None:
    """Find the variables that cost money as they are now; None if there is no stack yet."""
    if any(
        step.resource.type == _FUNCTION and step.action is Action.CREATE for step in planned.steps
    ):
        return None
    old: dict[str, Any] = {}
    for step in planned.steps:
        old |= _old_values(step)
    return config.replace(**old)


def _old_values(step: Step) -> dict[str, Any]:
    switch = _SWITCHES.get(step.resource.type)
    if switch and step.action in {Action.CREATE, Action.DELETE}:
        return {switch: step.action is Action.DELETE}
    if step.action is not Action.UPDATE:
        return {}
    return {
        _VARIABLES[step.resource.type, change.path]: change.old
        for change in step.changes
        if (step.resource.type, change.path) in _VARIABLES and change.old is not None
    }
