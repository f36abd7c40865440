"""All variables of `Config`: name, default, and how to read each from text."""

from collections.abc import Callable
from typing import Any

from tracing_lab.errors import ConfigError

from . import parsing, sources

# Name, default and how to read it from the environment: one row per variable.
TABLE: dict[str, tuple[Any, Callable[[str], Any]]] = {
    "project_name": ("distributed-tracing", str),
    "environment": ("dev", str),
    "aws_region": ("us-east-1", str),
    "target": ("embedded", str),
    "endpoint_url": (None, parsing.parse_optional),
    "lambda_runtime": ("python3.13", str),
    "lambda_architecture": ("x86_64", str),
    "lambda_timeout": (30, int),
    "lambda_memory_size": (128, int),
    "lambda_reserved_concurrency": ({}, parsing.parse_counts),
    "lambda_max_retries": (2, int),
    "lambda_max_event_age_s": (21600, int),
    "lambda_log_retention_days": (14, int),
    "log_kms_key_arn": (None, parsing.parse_optional),
    "event_max_retries": (185, int),
    "event_max_age_s": (86400, int),
    "enable_dead_letter_queues": (False, parsing.parse_bool),
    "api_gateway_stage_name": ("prod", str),
    "api_throttle_rate": (None, parsing.parse_optional_float),
    "api_throttle_burst": (None, parsing.parse_optional_int),
    "api_allowed_cidrs": ((), parsing.parse_list),
    "enable_request_validation": (False, parsing.parse_bool),
    "enable_api_key": (False, parsing.parse_bool),
    "usage_plan_rate": (None, parsing.parse_optional_float),
    "usage_plan_burst": (None, parsing.parse_optional_int),
    "usage_plan_quota": (None, parsing.parse_optional_int),
    "usage_plan_quota_period": ("MONTH", str),
    "waf_web_acl_arn": (None, parsing.parse_optional),
    "x_ray_tracing_mode": ("Active", str),
    "enable_x_ray_group": (False, parsing.parse_bool),
    "x_ray_sampling_rate": (None, parsing.parse_optional_float),
    "x_ray_sampling_reservoir": (1, int),
    "enable_detailed_monitoring": (True, parsing.parse_bool),
    "metrics_namespace": ("TracingLab", str),
    "enable_alarms": (False, parsing.parse_bool),
    "alarm_p95_ms": (3000, int),
    "enable_alarm_topic": (False, parsing.parse_bool),
    "alarm_email": (None, parsing.parse_optional),
    "enable_dashboard": (False, parsing.parse_bool),
    "tags": ({}, parsing.parse_mapping),
    "faults": ({}, parsing.parse_mapping),
    "embedded_port": (None, parsing.parse_optional_int),
    "embedded_state_dir": (None, parsing.parse_optional_path),
}


def parse_variable(name: str, text: str) -> Any:
    """Read a variable's value from text, as from the environment.

    Parameters
    ----------
    name
        One of the variables of `Config`.
    text
        The value as someone would type it.

    Returns
    -------
    Any
        The value.

    Raises
    ------
    ConfigError
        If the text is nothing that the variable can be.

    Examples
    --------
    >>> parse_variable("lambda_timeout", "30")
    30
    """
    try:
        return TABLE[name][1](text)
    except (ValueError, RecursionError) as error:
        msg = f"{name}={text!r}: {error}"
        raise ConfigError(msg) from error


def from_settings(name: str) -> Callable[[], Any]:
    """Make what looks a variable up in the environment, the file and the defaults.

    Parameters
    ----------
    name
        The variable.

    Returns
    -------
    Callable
        Gives its value.
    """
    default, parse = TABLE[name]
    return lambda: sources.lookup(name, default, parse)[0]
