"""What is traced, and by which tracer.

The limits are those of the API references of X-Ray (SamplingRule) and Lambda (CreateFunction).
"""

from dataclasses import dataclass

from tracing_lab.config.declaring import setting
from tracing_lab.config.limits import Between, Like, OneOf, Whole
from tracing_lab.config.otel_layers import LAYER_ARN, PUBLISHED_LAYERS

OPENTELEMETRY = "opentelemetry"
TRACERS = ("xray-sdk", OPENTELEMETRY)
"""What can instrument the functions."""

_VARIABLES = "AWS::Lambda::Function.Environment.Variables"


@dataclass(frozen=True, kw_only=True)
class TracingSettings:
    """What is traced, and by which tracer."""

    tracer: str = setting(
        "xray-sdk",
        help="What instruments the functions: the X-Ray SDK in their zips, or OpenTelemetry in a "
        "layer",
        limits=OneOf(TRACERS),
        feeds=(
            "AWS::Lambda::Function.CodeSha256",
            f"{_VARIABLES}.AWS_LAMBDA_EXEC_WRAPPER",
            f"{_VARIABLES}.PROPAGATE_OWN_SPAN",
            "AWS::Lambda::Function.Layers",
            "AWS::Lambda::LayerVersion",
        ),
    )
    otel_layer_arn: str | None = setting(
        None,
        help="Layer with OpenTelemetry; if none is given, AWS's own on a real account, elsewhere "
        "one that is built from PyPI's packages and published with the stack",
        limits=Like(LAYER_ARN, PUBLISHED_LAYERS["us-east-1"]),
        feeds=("AWS::Lambda::Function.Layers", "AWS::Lambda::LayerVersion"),
    )
    propagate_own_span: bool = setting(
        default=False,
        help="With OpenTelemetry, pass on the span of PutEvents as the parent of what follows, so "
        "that the bus keeps its outgoing edges; AWS's layer passes on the invocation's parent",
        feeds=f"{_VARIABLES}.PROPAGATE_OWN_SPAN",
    )
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
