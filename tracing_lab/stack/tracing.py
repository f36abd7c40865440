"""X-Ray settings of the stack: a group of its traces, and a sampling rule."""

from typing import Any

from tracing_lab.config import SERVICES

from .describing import named
from .model import Resource
from .names import Names
from .references import output

# Rules with a lower priority number are evaluated first; the account's default rule has 10,000.
_PRIORITY = 1000
# The rule matches every request of the stage.
_ANY = {"HTTPMethod": "*", "Host": "*", "ServiceName": "*", "ServiceType": "*", "URLPath": "*"}


def resources(names: Names) -> list[Resource]:
    """Return group and sampling rule, those that are enabled.

    Returns
    -------
    list[Resource]
        The group, the rule, both or nothing.
    """
    found = []
    if names.config.enable_x_ray_group:
        properties = {"FilterExpression": filter_expression(names), "Tags": names.tags}
        found.append(named("AWS::XRay::Group", "trace-group", names.short, properties))
    if names.config.x_ray_sampling_rate is not None:
        found.append(_rule(names, names.config.x_ray_sampling_rate))
    return found


def filter_expression(names: Names) -> str:
    """Return the filter of the stack's traces: those with a span of one of its functions."""
    return " OR ".join(f'service("{names.function(service)}")' for service in SERVICES)


def _rule(names: Names, rate: float) -> Resource:
    """Return the sampling rule of the API's stage, where orders enter.

    Functions that are called with a decision follow it; Lambda has a fixed rule for others.
    """
    properties: dict[str, Any] = {
        **_ANY,
        "Attributes": {},
        "FixedRate": float(rate),
        "Priority": _PRIORITY,
        "ReservoirSize": names.config.x_ray_sampling_reservoir,
        "ResourceARN": names.stage_arn(output("api")),
        "Tags": names.tags,
    }
    return named(
        "AWS::XRay::SamplingRule", "sampling-rule", names.short, properties, depends_on=("api",)
    )
