"""What the data planes read of the control plane."""

from typing import Protocol

from .apis import StageSpec
from .functions import FunctionSpec
from .rules import RuleSpec


class Catalog(Protocol):
    """Reads resources of the control plane. Raises KeyError for those that do not exist."""

    account_id: str
    region: str

    def function(self, name_or_arn: str, qualifier: str | None = None) -> FunctionSpec:
        """Return a function by name or ARN."""

    def has_bus(self, name_or_arn: str) -> bool:
        """Return whether an event bus exists."""

    def rules(self, bus_name_or_arn: str) -> tuple[RuleSpec, ...]:
        """Return the enabled rules of a bus that have an event pattern."""

    def scheduled_rules(self) -> tuple[RuleSpec, ...]:
        """Return the enabled rules that have a schedule; the same object until one changes."""

    def stage(self, api_id: str, stage_name: str) -> StageSpec:
        """Return a deployed stage of a REST API."""

    def may_invoke(self, function_arn: str, *, principal: str, source_arn: str) -> bool:
        """Return whether the function's resource policy lets a service call it."""
