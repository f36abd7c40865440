"""The variables of the stack and where it lives.

Each variable comes from, in this order: the argument, the environment variable
``TRACING_LAB_<NAME>``, the nearest ``tracing_lab.toml`` (in the working directory or above it),
the default. That holds for ``Config(...)`` as well as for `Config.load`, because people type the
first and expect it to know their settings; pass every variable to depend on nothing around.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from tracing_lab.errors import ConfigError
from tracing_lab.tables import html_table, text_table

from . import limits, sources
from .variables import TABLE, from_settings as _from, parse_variable

SERVICES = limits.SERVICES
OWNERSHIP_TAG = limits.OWNERSHIP_TAG

__all__ = ["OWNERSHIP_TAG", "SERVICES", "VARIABLES", "Config", "parse_variable"]

VARIABLES = tuple(TABLE)
"""The names of all variables."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """The variables of one stack.

    Parameters
    ----------
    project_name
        First part of every resource's name.
    environment
        Second part of every resource's name, for example ``dev``.
    aws_region
        Region of all resources.
    target
        ``embedded`` for the AWS that comes with this package, ``aws`` for a real account.
    endpoint_url
        Another emulator to use instead of the embedded AWS; it gets dummy credentials.
    lambda_runtime, lambda_architecture
        Runtime and processor (``x86_64`` or ``arm64``) of the four functions.
    lambda_timeout
        Seconds that a function may run, 1 to 900.
    lambda_memory_size
        Memory of a function in MB, 128 to 10240.
    lambda_reserved_concurrency
        Service name to the number of environments that its function has for itself, at most.
    lambda_max_retries, lambda_max_event_age_s
        How often Lambda tries a failed event again, 0 to 2, and for how many seconds at most.
    lambda_log_retention_days
        Days that logs are kept; one of the numbers that CloudWatch allows.
    log_kms_key_arn
        Key that encrypts all logs. Its policy must let CloudWatch Logs use it.
    event_max_retries, event_max_age_s
        How often EventBridge tries an undelivered event again, 0 to 185, and for how many
        seconds at most.
    enable_dead_letter_queues
        Whether events that are given up are kept, in a queue per service.
    api_gateway_stage_name
        Name of the API's stage, part of its URL.
    api_throttle_rate, api_throttle_burst
        Requests a second, and at once, that the stage answers; None leaves AWS's limits.
    api_allowed_cidrs
        Address ranges that may call the API; none lets everybody.
    enable_request_validation
        Whether the API itself refuses orders that break the order schema.
    enable_api_key
        Whether orders need the stack's API key.
    usage_plan_rate, usage_plan_burst
        Requests a second, and at once, that the key is good for.
    usage_plan_quota, usage_plan_quota_period
        Requests that the key is good for per ``DAY``, ``WEEK`` or ``MONTH``.
    waf_web_acl_arn
        A web ACL of yours that shall protect the stage.
    x_ray_tracing_mode
        ``Active`` to trace, ``PassThrough`` only to hand trace headers on.
    enable_x_ray_group
        Whether X-Ray has a group for this stack's traces.
    x_ray_sampling_rate, x_ray_sampling_reservoir
        Share of requests that are traced, 0 to 1, beyond the reservoir's traces a second; None
        leaves it to the rules that the account has.
    enable_detailed_monitoring
        Whether the API's stage has metrics and access logs.
    metrics_namespace
        CloudWatch namespace of the services' own metrics.
    enable_alarms
        Whether errors, throttles, slowness and dead letters raise CloudWatch alarms.
    alarm_p95_ms
        Milliseconds that the slowest twentieth of runs and requests may take.
    enable_alarm_topic, alarm_email
        Whether alarms are published on an SNS topic, and who gets them from there by mail.
    enable_dashboard
        Whether CloudWatch has a dashboard of the stack.
    tags
        More tags for every resource.
    faults
        Service name to the faults that it shall make, for lessons.
    embedded_port
        Port that the embedded AWS listens on; 4566 by default, or a free one if that is taken.
    embedded_state_dir
        Folder where the embedded AWS keeps its state; the user's state folder by default.

    Raises
    ------
    ConfigError
        If a variable has a value that cannot work; all problems are listed at once.
    """

    # Mappings cannot be hashed; two equal configs still hash alike without them.
    project_name: str = field(default_factory=_from("project_name"))
    environment: str = field(default_factory=_from("environment"))
    aws_region: str = field(default_factory=_from("aws_region"))
    target: str = field(default_factory=_from("target"))
    endpoint_url: str | None = field(default_factory=_from("endpoint_url"))
    lambda_runtime: str = field(default_factory=_from("lambda_runtime"))
    lambda_architecture: str = field(default_factory=_from("lambda_architecture"))
    lambda_timeout: int = field(default_factory=_from("lambda_timeout"))
    lambda_memory_size: int = field(default_factory=_from("lambda_memory_size"))
    lambda_reserved_concurrency: Mapping[str, int] = field(
        default_factory=_from("lambda_reserved_concurrency"), hash=False
    )
    lambda_max_retries: int = field(default_factory=_from("lambda_max_retries"))
    lambda_max_event_age_s: int = field(default_factory=_from("lambda_max_event_age_s"))
    lambda_log_retention_days: int = field(default_factory=_from("lambda_log_retention_days"))
    log_kms_key_arn: str | None = field(default_factory=_from("log_kms_key_arn"))
    event_max_retries: int = field(default_factory=_from("event_max_retries"))
    event_max_age_s: int = field(default_factory=_from("event_max_age_s"))
    enable_dead_letter_queues: bool = field(default_factory=_from("enable_dead_letter_queues"))
    api_gateway_stage_name: str = field(default_factory=_from("api_gateway_stage_name"))
    api_throttle_rate: float | None = field(default_factory=_from("api_throttle_rate"))
    api_throttle_burst: int | None = field(default_factory=_from("api_throttle_burst"))
    api_allowed_cidrs: tuple[str, ...] = field(default_factory=_from("api_allowed_cidrs"))
    enable_request_validation: bool = field(default_factory=_from("enable_request_validation"))
    enable_api_key: bool = field(default_factory=_from("enable_api_key"))
    usage_plan_rate: float | None = field(default_factory=_from("usage_plan_rate"))
    usage_plan_burst: int | None = field(default_factory=_from("usage_plan_burst"))
    usage_plan_quota: int | None = field(default_factory=_from("usage_plan_quota"))
    usage_plan_quota_period: str = field(default_factory=_from("usage_plan_quota_period"))
    waf_web_acl_arn: str | None = field(default_factory=_from("waf_web_acl_arn"))
    x_ray_tracing_mode: str = field(default_factory=_from("x_ray_tracing_mode"))
    enable_x_ray_group: bool = field(default_factory=_from("enable_x_ray_group"))
    x_ray_sampling_rate: float | None = field(default_factory=_from("x_ray_sampling_rate"))
    x_ray_sampling_reservoir: int = field(default_factory=_from("x_ray_sampling_reservoir"))
    enable_detailed_monitoring: bool = field(default_factory=_from("enable_detailed_monitoring"))
    metrics_namespace: str = field(default_factory=_from("metrics_namespace"))
    enable_alarms: bool = field(default_factory=_from("enable_alarms"))
    alarm_p95_ms: int = field(default_factory=_from("alarm_p95_ms"))
    enable_alarm_topic: bool = field(default_factory=_from("enable_alarm_topic"))
    alarm_email: str | None = field(default_factory=_from("alarm_email"))
    enable_dashboard: bool = field(default_factory=_from("enable_dashboard"))
    tags: Mapping[str, str] = field(default_factory=_from("tags"), hash=False)
    faults: Mapping[str, Any] = field(default_factory=_from("faults"), hash=False)
    embedded_port: int | None = field(default_factory=_from("embedded_port"))
    embedded_state_dir: Path | None = field(default_factory=_from("embedded_state_dir"))

    def __post_init__(self) -> None:
        sources.check_names(TABLE)
        self._normalise()
        found = limits.problems(self.to_dict())
        if found:
            msg = "Config cannot work: " + "; ".join(found) + "."
            raise ConfigError(msg)

    def _normalise(self) -> None:
        for name, value in self.to_dict().items():
            object.__setattr__(self, name, _normal(name, value))

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Make a config from the settings around, with some variables overridden.

        Parameters
        ----------
        **overrides
            Variables that win over environment, file and default.

        Returns
        -------
        Config
            The checked config.

        Raises
        ------
        ConfigError
            If an override, variable or file entry is unknown or cannot work.
        """
        for name in overrides:
            if name not in TABLE:
                raise ConfigError(sources.unknown_name(name, TABLE, where="the arguments"))
        return cls(**overrides)

    def replace(self, **changes: Any) -> Self:
        """Make a config that differs in some variables.

        Parameters
        ----------
        **changes
            The variables that differ.

        Returns
        -------
        Config
            A new config; this one stays as it is.

        Raises
        ------
        ConfigError
            If a name is unknown or a value cannot work.
        """
        return type(self).load(**{**self.to_dict(), **changes})

    def in_regions(self, *regions: str) -> list[Self]:
        """Make a config for each of several regions.

        Parameters
        ----------
        *regions
            For example ``us-east-1``, ``eu-west-1``.

        Returns
        -------
        list[Config]
            As this one, but for the region; see ``tracing_lab.deploy.in_all``.

        Raises
        ------
        ConfigError
            If a region cannot be one.
        """
        return [self.replace(aws_region=region) for region in regions]

    def to_dict(self) -> dict[str, Any]:
        """Give the variables as a dict.

        Returns
        -------
        dict[str, Any]
            Variable name to value.
        """
        return {name: getattr(self, name) for name in TABLE}

    @property
    def stack_name(self) -> str:
        """The value of the ownership tag: ``{project_name}-{environment}``."""
        return f"{self.project_name}-{self.environment}"

    def origins(self) -> dict[str, str]:
        """Say where each variable's value came from.

        Returns
        -------
        dict[str, str]
            Variable name to ``argument``, the environment variable, the file or ``default``.
        """
        found = {}
        for name, (default, parse) in TABLE.items():
            value, origin = sources.lookup(name, default, parse)
            same = _normal(name, value) == getattr(self, name)
            found[name] = origin if same else "argument"
        return found

    def _rows(self) -> list[tuple[str, str, str]]:
        origins = self.origins()
        return [(name, _shown(value), origins[name]) for name, value in self.to_dict().items()]

    def __str__(self) -> str:
        return text_table(self._rows(), headers=("variable", "value", "from"))

    def _repr_html_(self) -> str:
        return html_table(self._rows(), headers=("variable", "value", "from"), caption="Config")


def _normal(name: str, value: Any) -> Any:
    """Bring a value into the form that is kept: a copy, and what a file cannot say itself."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, list):
        return tuple(value)
    if name == "embedded_state_dir" and isinstance(value, str):
        return Path(value)
    if name == "endpoint_url" and isinstance(value, str):
        return value.rstrip("/")
    return value


def _shown(value: object) -> str:
    if isinstance(value, str) and urlsplit(value).password:
        return value.replace(str(urlsplit(value).password), "***")
    return "" if value is None else str(value)
