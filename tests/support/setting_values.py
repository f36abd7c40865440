"""Values of settings, to change each in turn."""

from collections.abc import Iterator, Mapping
from typing import Any

from tracing_lab.config import SETTINGS, Setting
from tracing_lab.config.limits import Between, OneOf, Whole

# Two values for each setting that neither its type nor its limits has any of; web ACLs must exist.
SAMPLES: Mapping[str, tuple[Any, Any]] = {
    "alarm_email": ("me@example.com", "you@example.com"),
    "api_allowed_cidrs": (("127.0.0.0/8",), ("127.0.0.0/8", "203.0.113.0/24")),
    "api_gateway_stage_name": ("beta", "gamma"),
    "faults": ({"payment": {"error_rate": 0.5}}, {"order": {"error_rate": 0.5}}),
    "lambda_reserved_concurrency": ({"payment": 2}, {"payment": 3, "order": 1}),
    "log_kms_key_arn": (
        "arn:aws:kms:us-east-1:123456789012:key/1",
        "arn:aws:kms:us-east-1:123456789012:key/2",
    ),
    "metrics_namespace": ("Shop", "Store"),
    "otel_layer_arn": (
        "arn:aws:lambda:us-east-1:123456789012:layer:otel:1",
        "arn:aws:lambda:us-east-1:123456789012:layer:otel:2",
    ),
    "tags": ({"Owner": "me"}, {"Owner": "you", "Team": "us"}),
    "waf_web_acl_arn": (
        "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/shop/1",
        "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/shop/2",
    ),
}
# What exists alone, without anything in the stack: which stack it is, and where.
FEEDING = [setting for setting in SETTINGS.values() if setting.feeds]

EVERYTHING: dict[str, Any] = {
    **{setting.name: True for setting in FEEDING if setting.is_switch},
    "alarm_email": "someone@example.com",
    "api_throttle_burst": 7,
    "api_throttle_rate": 7.0,
    "event_max_retries": 7,
    "lambda_max_retries": 1,
    "tracer": "opentelemetry",
    "usage_plan_burst": 7,
    "usage_plan_quota": 7,
    "usage_plan_rate": 7.0,
    "waf_web_acl_arn": "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/shop/0",
    "x_ray_sampling_rate": 0.25,
}


def another(setting: Setting, value: Any, samples: Mapping[str, tuple[Any, Any]] = SAMPLES) -> Any:
    """Return a value of a setting that differs from the one that it has."""
    if setting.is_switch:
        return not value
    candidates = samples[setting.name] if setting.name in samples else _allowed(setting.limits)
    return next(one for one in candidates if one != value)


def _allowed(limits: object) -> tuple[Any, ...]:
    match limits:
        case OneOf(values):
            return tuple(values)
        case Whole(low, high):
            return (low + (high - low) // 2, high)
        case Between(low, high):
            return (low + (high - low) / 2, high)
    msg = f"Give two samples of a setting with {limits!r}."
    raise ValueError(msg)


def without(setting: Setting) -> dict[str, Any]:
    """Return everything on, but nothing that has no effect without a setting."""
    gone = {setting.name}
    while more := {one.name for one in FEEDING if one.needs in gone} - gone:
        gone |= more
    return {name: value for name, value in EVERYTHING.items() if name not in gone}


def rounds(settings: list[Setting]) -> Iterator[list[Setting]]:
    """Divide settings so that those changed together decide different properties."""
    waiting = list(settings)
    while waiting:
        together: list[Setting] = []
        for setting in waiting:
            if not any(_overlap(setting, one) for one in together):
                together.append(setting)
        yield together
        waiting = [setting for setting in waiting if setting not in together]


def covers(declared: str, path: str) -> bool:
    """Return whether a declared property is the one that changed, holds it, or is within it."""
    if declared == "*.Tags":
        return ".Tags." in path
    path = path.replace("[", ".[")
    return f"{path}.".startswith(f"{declared}.") or f"{declared}.".startswith(f"{path}.")


def _overlap(one: Setting, other: Setting) -> bool:
    return any(covers(a, b) for a in one.feeds for b in other.feeds)
