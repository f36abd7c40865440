"""What is traced.

The limits are those of X-Ray's API reference (SamplingRule).
"""

from dataclasses import dataclass

from tracing_lab.config.declaring import setting
from tracing_lab.config.limits import Between, OneOf, Whole


@dataclass(frozen=True, kw_only=True)
class TracingSettings:
    """What is traced."""

    x_ray_tracing_mode: str = setting(
        "Active",
        help="`Active` to trace, `PassThrough` only to pass trace headers on",
        limits=OneOf(("Active", "PassThrough")),
        feeds=(
            "AWS::ApiGateway::Stage.TracingEnabled",
            "AWS::Lambda::Function.TracingConfig.Mode",
        ),
    )
    enable_x_ray_group: bool = setting(
        default=False,
        help="Have an X-Ray group of the stack's traces",
        feeds="AWS::XRay::Group",
    )
    x_ray_sampling_rate: float | None = setting(
        None,
        help="Share of requests that are traced beyond the reservoir; if none is given, the "
        "account's rules decide",
        limits=Between(0, 1),
        feeds="AWS::XRay::SamplingRule.FixedRate",
    )
    x_ray_sampling_reservoir: int = setting(
        1,
        help="Requests a second that are traced before `x_ray_sampling_rate` counts",
        limits=Whole(0, 1000, "traces a second"),
        feeds="AWS::XRay::SamplingRule.ReservoirSize",
    )
