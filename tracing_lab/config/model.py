"""The settings of one stack and their values: where they come from, and whether they can work."""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from tracing_lab.errors import ConfigError
from tracing_lab.tables import html_table, text_table

from .declaring import UNSET, Setting, declared_settings
from .otel_layers import PUBLISHED_LAYERS, is_layer_arn, region_of
from .parsing import parse
from .settings.api import ApiSettings
from .settings.failures import FailureSettings
from .settings.functions import LambdaSettings
from .settings.monitoring import MonitoringSettings
from .settings.stack import StackSettings
from .settings.tracing import OPENTELEMETRY, TracingSettings
from .sources import Sources, unknown_name

MAX_NAME = 64
# What the longest name has besides project and environment: "--notification-rule-" + 8 digits.
LONGEST_KIND = "notification-rule"
NAME_ROOM = MAX_NAME - len(LONGEST_KIND) - 8 - len("---")

SETTINGS: Mapping[str, Setting] = declared_settings(
    {
        "The stack and where it lives": StackSettings,
        "Functions": LambdaSettings,
        "Events that fail": FailureSettings,
        "The API and who may call it": ApiSettings,
        "Tracing": TracingSettings,
        "Logs, metrics and alarms": MonitoringSettings,
    }
)
"""Every setting by its name."""

VARIABLES = tuple(SETTINGS)
"""The names of all settings."""


@dataclass(frozen=True, kw_only=True)
class Config(
    StackSettings,
    LambdaSettings,
    FailureSettings,
    ApiSettings,
    TracingSettings,
    MonitoringSettings,
):
    """The settings of one stack.

    ``docs/settings.md`` lists them with their defaults and limits.

    Raises
    ------
    ConfigError
        If a setting has a value that cannot work; all problems are listed at once.
    """

    def __post_init__(self) -> None:
        sources = Sources.read()
        sources.check_names(SETTINGS)
        for name, declared in SETTINGS.items():
            value = getattr(self, name)
            if value is UNSET:
                value, _ = _looked_up(declared, sources)
            object.__setattr__(self, name, _normal(name, value))
        problems = [*_problems(self.to_dict())]
        if problems:
            msg = "Config cannot work: " + "; ".join(problems) + "."
            raise ConfigError(msg)

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Return a config from the settings around, with some of them overridden.

        Parameters
        ----------
        **overrides
            Settings that win over environment, file and default.

        Raises
        ------
        ConfigError
            If an override, environment variable or file entry is unknown or cannot work.
        """
        for name in overrides:
            if name not in SETTINGS:
                raise ConfigError(unknown_name(name, SETTINGS, where="the arguments"))
        return cls(**overrides)

    def replace(self, **changes: Any) -> Self:
        """Return a config that differs in some settings.

        Parameters
        ----------
        **changes
            The settings that differ.

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
        """Return a config for each of several regions.

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
        """Return the settings as a dict."""
        return {name: getattr(self, name) for name in SETTINGS}

    @property
    def stack_name(self) -> str:
        """The value of the ownership tag: ``{project_name}-{environment}``."""
        return f"{self.project_name}-{self.environment}"

    @property
    def layer_arn(self) -> str | None:
        """The layer of the functions that is there already; None if there is none such.

        With OpenTelemetry it is the given one or, on a real account, AWS's own of the region.
        """
        if self.tracer != OPENTELEMETRY:
            return None
        published = PUBLISHED_LAYERS.get(self.aws_region) if self.target == "aws" else None
        return self.otel_layer_arn or published

    @property
    def has_own_layer(self) -> bool:
        """Whether the stack publishes the layer of its functions."""
        return self.tracer == OPENTELEMETRY and self.layer_arn is None

    def origins(self) -> dict[str, str]:
        """Return where each setting's value came from.

        Returns
        -------
        dict[str, str]
            Setting to ``argument``, the environment variable, the file or ``default``.
        """
        sources, origins = Sources.read(), {}
        for name, declared in SETTINGS.items():
            value, origin = _looked_up(declared, sources)
            same = _normal(name, value) == getattr(self, name)
            origins[name] = origin if same else "argument"
        return origins

    def _rows(self) -> list[tuple[str, str, str]]:
        origins = self.origins()
        return [(name, _shown(value), origins[name]) for name, value in self.to_dict().items()]

    def __str__(self) -> str:
        return text_table(self._rows(), headers=("setting", "value", "from"))

    def _repr_html_(self) -> str:
        return html_table(self._rows(), headers=("setting", "value", "from"), caption="Config")


def _documented() -> str:
    """Return the docstring of `Config` with the settings as its parameters."""
    head, raises, tail = inspect.cleandoc(Config.__doc__ or "").partition("Raises")
    rows = [f"{name}\n    {declared.help}." for name, declared in SETTINGS.items()]
    return head + "\n".join(["Parameters", "----------", *rows, "", raises]) + tail


Config.__doc__ = _documented()


def parse_variable(name: str, text: str) -> Any:
    """Read a setting's value from text, as from the environment.

    Parameters
    ----------
    name
        One of the settings of `Config`.
    text
        The value as someone would type it.

    Raises
    ------
    ConfigError
        If the text is nothing that the setting can be.

    Examples
    --------
    >>> parse_variable("lambda_timeout", "30")
    30
    """
    try:
        return parse(SETTINGS[name].type, text)
    except (ValueError, RecursionError) as error:
        msg = f"{name}={text!r}: {error}"
        raise ConfigError(msg) from error


def _looked_up(declared: Setting, sources: Sources) -> tuple[Any, str]:
    return sources.lookup(declared.name, declared.default, partial(parse, declared.type))


def _problems(values: Mapping[str, Any]) -> Iterator[str]:
    for declared in SETTINGS.values():
        yield from declared.problems(values)
    together = len(str(values["project_name"])) + len(str(values["environment"]))
    if together > NAME_ROOM:
        yield (
            f"project_name and environment have {together} characters together; at most "
            f"{NAME_ROOM}, because AWS allows {MAX_NAME} in the names made from them"
        )
    if values["target"] == "aws" and values["endpoint_url"] is not None:
        yield "endpoint_url is for emulators; leave it out with target='aws'"
    yield from _layer_problems(values)


def _layer_problems(values: Mapping[str, Any]) -> Iterator[str]:
    region, layer = values["aws_region"], values["otel_layer_arn"]
    if is_layer_arn(layer) and region_of(layer) != region:
        yield (
            f"otel_layer_arn is in {region_of(layer)} and aws_region is {region}; functions can "
            "only have layers of their own region"
        )
    is_on_aws = (values["target"], values["tracer"]) == ("aws", OPENTELEMETRY)
    if is_on_aws and layer is None and region not in PUBLISHED_LAYERS:
        yield (
            f"tracer='{OPENTELEMETRY}' needs otel_layer_arn in {region}, where we know of no layer "
            "that AWS publishes (https://aws-otel.github.io/docs/getting-started/lambda)"
        )


def _normal(name: str, value: Any) -> Any:
    """Return a value in the form that is kept: a copy, and of a type that TOML does not have."""
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
