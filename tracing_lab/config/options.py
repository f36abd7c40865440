"""What AWS accepts for the options that the original system leaves off; pure checks.

The limits are those of the API references of EventBridge (RetryPolicy), Lambda
(PutFunctionEventInvokeConfig), API Gateway (CreateUsagePlan), CloudWatch (PutMetricAlarm) and
X-Ray (SamplingRule).
"""

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .checks import Problem, fits, in_range, is_number, needs, one_of, together

ARCHITECTURES = ("x86_64", "arm64")
QUOTA_PERIODS = ("DAY", "WEEK", "MONTH")
SWITCHES = (
    "enable_alarm_topic",
    "enable_alarms",
    "enable_api_key",
    "enable_dashboard",
    "enable_dead_letter_queues",
    "enable_request_validation",
    "enable_x_ray_group",
)
MAX_CONCURRENCY = 1000  # of an account, unless it was raised; Lambda checks what is left
MAX_CIDRS = 100  # a resource policy may have 8 KB
MAX_RATE_PER_S = 10_000  # of an account and region, unless it was raised
MAX_BURST = 5_000

_KMS_KEY = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+")
_WEB_ACL = re.compile(
    r"arn:aws[a-z-]*:wafv2:[a-z0-9-]+:\d{12}:regional/webacl/[A-Za-z0-9_-]+/[A-Za-z0-9-]+"
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NAMESPACE = re.compile(r"(?!AWS/)[A-Za-z0-9._/#-]{1,255}")
_ARN = "arn:aws:{service}:us-east-1:123456789012:{rest}"


def problems(values: Mapping[str, Any], *, services: Sequence[str]) -> list[Problem]:
    """List everything that is wrong with the options.

    Parameters
    ----------
    values
        Variable name to value, all variables of `Config`.
    services
        The names of the services.

    Returns
    -------
    list[str]
        One sentence per problem; empty if the options can work.
    """
    return [
        *(problem for name in SWITCHES for problem in one_of(values, name, (False, True))),
        *_retries(values),
        *_functions(values, services),
        *_watching(values),
        *_throttling(values),
        *_access(values),
        *_tracing(values),
    ]


def _retries(values: Mapping[str, Any]) -> Iterator[Problem]:
    yield from in_range(values, "event_max_retries", 0, 185)
    yield from in_range(values, "event_max_age_s", 60, 86400, "seconds")
    yield from in_range(values, "lambda_max_retries", 0, 2)
    yield from in_range(values, "lambda_max_event_age_s", 60, 21600, "seconds")


def _functions(values: Mapping[str, Any], services: Sequence[str]) -> Iterator[Problem]:
    yield from one_of(values, "lambda_architecture", ARCHITECTURES)
    yield from fits(values, "log_kms_key_arn", _KMS_KEY, _ARN.format(service="kms", rest="key/ID"))
    reserved = values["lambda_reserved_concurrency"]
    if not isinstance(reserved, Mapping):
        yield f"lambda_reserved_concurrency={reserved!r} must map service names to numbers"
        return
    for service, count in reserved.items():
        if service not in services:
            yield (
                f"lambda_reserved_concurrency: {service!r} is not a service; there are "
                f"{', '.join(services)}"
            )
        elif type(count) is not int or not 0 <= count <= MAX_CONCURRENCY:
            yield (
                f"lambda_reserved_concurrency: {service}={count!r} must be a whole number from 0 "
                f"to {MAX_CONCURRENCY}"
            )


def _watching(values: Mapping[str, Any]) -> Iterator[Problem]:
    yield from in_range(values, "alarm_p95_ms", 1, 900_000, "milliseconds")
    yield from fits(values, "alarm_email", _EMAIL, "me@example.com")
    yield from needs(values, "alarm_email", "enable_alarm_topic")
    yield from needs(values, "enable_alarm_topic", "enable_alarms")
    yield from fits(values, "metrics_namespace", _NAMESPACE, "TracingLab")
    if values["metrics_namespace"] is None:
        yield "metrics_namespace=None must be a name"


def _throttling(values: Mapping[str, Any]) -> Iterator[Problem]:
    for name in ("api_throttle", "usage_plan"):
        rate, burst = f"{name}_rate", f"{name}_burst"
        yield from together(values, rate, burst)
        if values[rate] is not None:
            yield from is_number(values, rate, 0, MAX_RATE_PER_S, "requests a second")
        if values[burst] is not None:
            yield from in_range(values, burst, 0, MAX_BURST, "requests")
    if values["usage_plan_quota"] is not None:
        yield from in_range(values, "usage_plan_quota", 1, 2**31 - 1, "requests")
    yield from one_of(values, "usage_plan_quota_period", QUOTA_PERIODS)
    for name in ("usage_plan_rate", "usage_plan_burst", "usage_plan_quota"):
        yield from needs(values, name, "enable_api_key")


def _access(values: Mapping[str, Any]) -> Iterator[Problem]:
    example = _ARN.format(service="wafv2", rest="regional/webacl/NAME/ID")
    yield from fits(values, "waf_web_acl_arn", _WEB_ACL, example)
    cidrs = values["api_allowed_cidrs"]
    if isinstance(cidrs, str) or not isinstance(cidrs, Sequence):
        yield f"api_allowed_cidrs={cidrs!r} must be a list of address ranges"
        return
    if len(cidrs) > MAX_CIDRS:
        yield f"api_allowed_cidrs has {len(cidrs)} entries; at most {MAX_CIDRS} fit into a policy"
    for cidr in cidrs:
        if not _is_cidr(cidr):
            yield f"api_allowed_cidrs: {cidr!r} must look like '203.0.113.0/24'"


def _tracing(values: Mapping[str, Any]) -> Iterator[Problem]:
    if values["x_ray_sampling_rate"] is not None:
        yield from is_number(values, "x_ray_sampling_rate", 0, 1)
    yield from in_range(values, "x_ray_sampling_reservoir", 0, 1000, "traces a second")


def _is_cidr(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(ipaddress.ip_network(value))
    except ValueError:
        return False
