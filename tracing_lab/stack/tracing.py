"""What X-Ray knows of the stack: a group of its traces, and how many requests are traced."""

from typing import Any

from tracing_lab.config import SERVICES

from .describing import named
from .model import Resource
from .names import Names

# Rules of smaller numbers come first; the account's default rule has 10,000.
_PRIORITY = 1000
# What the rule asks of a request beside the stage: nothing.
_ANY = {"HTTPMethod": "*", "Host": "*", "ServiceName": "*", "ServiceType": "*", "URLPath": "*"}


def resources(names: Names) -> list[Resource]:
    """Describe group and sampling rule, as far as they are wanted.

    Parameters
    ----------
    names
        The stack's names.

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
    """Tell the stack's traces from all others: those that one of its functions took part in.

    Parameters
    ----------
    names
        The stack's names.

    Returns
    -------
    str
        An X-Ray filter expression.
    """
    return " OR ".join(f'service("{names.function(service)}")' for service in SERVICES)


def _rule(names: Names, rate: float) -> Resource:
    """Describe the rule by which the API's stage decides, which is where orders come in.

    Functions that are called with a decision keep to it; Lambda has a fixed rule for others.
    """
    properties: dict[str, Any] = {
        **_ANY,
        "Attributes": {},
        "FixedRate": float(rate),
        "Priority": _PRIORITY,
        "ReservoirSize": names.config.x_ray_sampling_reservoir,
        "ResourceARN": names.stage_arn("${api.Id}"),
        "Tags": names.tags,
    }
    return named(
        "AWS::XRay::SamplingRule", "sampling-rule", names.short, properties, depends_on=("api",)
    )
