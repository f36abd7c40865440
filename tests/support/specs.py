"""Functions and buses as the data planes see them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tracing_lab.embedded.model import FunctionSpec, RuleSpec

ACCOUNT, REGION = "123456789012", "us-east-1"


def function_arn(name: str, region: str = REGION) -> str:
    return f"arn:aws:lambda:{region}:{ACCOUNT}:function:{name}"


def function_spec(name: str = "f", *, region: str = REGION, **changes: Any) -> FunctionSpec:
    """Return a function that has no code, for what never runs it."""
    spec = FunctionSpec(
        name=name,
        arn=function_arn(name, region),
        runtime="python3.13",
        handler="app.handler",
        timeout_s=3,
        memory_mb=128,
        tracing_mode="Active",
        role_arn=f"arn:aws:iam::{ACCOUNT}:role/r",
        log_group=f"/aws/lambda/{name}",
        code_sha256="",
        code_zip=b"",
    )
    return replace(spec, **changes)


class FakeCatalog:
    """A region with buses, in which all functions exist and may be invoked but those named.

    Parameters
    ----------
    rules
        Name of a bus to its rules.
    missing
        ARN of a function that does not exist.
    forbidden
        ARN of a function that no rule may invoke.
    """

    account_id, region = ACCOUNT, REGION

    def __init__(
        self, rules: Mapping[str, Sequence[RuleSpec]], *, missing: str = "", forbidden: str = ""
    ) -> None:
        self.buses = dict(rules)
        self._missing, self._forbidden = missing, forbidden
        self.evaluated: list[tuple[str, str, str]] = []

    def has_bus(self, name_or_arn: str) -> bool:
        return name_or_arn.rpartition("/")[2] in self.buses

    def rules(self, bus_name_or_arn: str) -> tuple[RuleSpec, ...]:
        return tuple(self.buses[bus_name_or_arn.rpartition("/")[2]])

    def scheduled_rules(self) -> tuple[RuleSpec, ...]:
        return tuple(rule for rule in self.buses.get("default", ()) if rule.schedule)

    def function(self, name_or_arn: str, qualifier: str | None = None) -> FunctionSpec:
        if name_or_arn == self._missing:
            raise KeyError(name_or_arn)
        spec = function_spec(name_or_arn.rpartition(":")[2], version=qualifier or "$LATEST")
        return replace(spec, arn=name_or_arn)

    def may_invoke(self, function_arn: str, *, principal: str, source_arn: str) -> bool:
        self.evaluated.append((function_arn, principal, source_arn))
        return function_arn != self._forbidden

    def stage(self, api_id: str, stage_name: str) -> Any:
        raise KeyError(api_id)
