"""The variables of the stack and where it lives.

Each variable comes from, in this order: the argument, the environment variable
``TRACING_LAB_<NAME>``, the nearest ``tracing_lab.toml`` (in the working directory or above it),
the default. That holds for ``Config(...)`` as well as for `Config.load`, because people type the
first and expect it to know their settings; pass every variable to depend on nothing around.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from . import _limits, _settings
from ._render import html_table, text_table
from .errors import ConfigError

SERVICES = _limits.SERVICES
OWNERSHIP_TAG = _limits.OWNERSHIP_TAG


def _parse_path(text: str) -> Path | None:
    return Path(text) if text.strip() else None


# Name, default and how to read it from the environment: one row per variable.
_VARIABLES: dict[str, tuple[Any, Callable[[str], Any]]] = {
    "project_name": ("distributed-tracing", str),
    "environment": ("dev", str),
    "aws_region": ("us-east-1", str),
    "target": ("embedded", str),
    "endpoint_url": (None, _settings.parse_optional),
    "lambda_runtime": ("python3.13", str),
    "lambda_timeout": (30, int),
    "lambda_memory_size": (128, int),
    "x_ray_tracing_mode": ("Active", str),
    "enable_detailed_monitoring": (True, _settings.parse_bool),
    "api_gateway_stage_name": ("prod", str),
    "lambda_log_retention_days": (14, int),
    "tags": ({}, _settings.parse_mapping),
    "faults": ({}, _settings.parse_mapping),
    "embedded_port": (None, _settings.parse_optional_int),
    "embedded_state_dir": (None, _parse_path),
}


VARIABLES = tuple(_VARIABLES)
"""The names of all variables."""


def parse_variable(name: str, text: str) -> Any:
    """Read a variable's value from text, as from the environment.

    Parameters
    ----------
    name
        One of `VARIABLES`.
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
        return _VARIABLES[name][1](text)
    except ValueError as error:
        msg = f"{name}={text!r}: {error}"
        raise ConfigError(msg) from error


def _from(name: str) -> Callable[[], Any]:
    default, parse = _VARIABLES[name]
    return lambda: _settings.lookup(name, default, parse)[0]


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
    lambda_runtime
        Runtime of the four functions.
    lambda_timeout
        Seconds that a function may run, 1 to 900.
    lambda_memory_size
        Memory of a function in MB, 128 to 10240.
    x_ray_tracing_mode
        ``Active`` to trace, ``PassThrough`` only to hand trace headers on.
    enable_detailed_monitoring
        Whether the API's stage has metrics and access logs.
    api_gateway_stage_name
        Name of the API's stage, part of its URL.
    lambda_log_retention_days
        Days that logs are kept; one of the numbers that CloudWatch allows.
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

    project_name: str = field(default_factory=_from("project_name"))
    environment: str = field(default_factory=_from("environment"))
    aws_region: str = field(default_factory=_from("aws_region"))
    target: str = field(default_factory=_from("target"))
    endpoint_url: str | None = field(default_factory=_from("endpoint_url"))
    lambda_runtime: str = field(default_factory=_from("lambda_runtime"))
    lambda_timeout: int = field(default_factory=_from("lambda_timeout"))
    lambda_memory_size: int = field(default_factory=_from("lambda_memory_size"))
    x_ray_tracing_mode: str = field(default_factory=_from("x_ray_tracing_mode"))
    enable_detailed_monitoring: bool = field(default_factory=_from("enable_detailed_monitoring"))
    api_gateway_stage_name: str = field(default_factory=_from("api_gateway_stage_name"))
    lambda_log_retention_days: int = field(default_factory=_from("lambda_log_retention_days"))
    # Mappings cannot be hashed; two equal configs still hash alike without them.
    tags: Mapping[str, str] = field(default_factory=_from("tags"), hash=False)
    faults: Mapping[str, Any] = field(default_factory=_from("faults"), hash=False)
    embedded_port: int | None = field(default_factory=_from("embedded_port"))
    embedded_state_dir: Path | None = field(default_factory=_from("embedded_state_dir"))

    def __post_init__(self) -> None:
        _settings.check_names(_VARIABLES)
        self._normalise()
        found = _limits.problems(self.to_dict())
        if found:
            msg = "Config cannot work: " + "; ".join(found) + "."
            raise ConfigError(msg)

    def _normalise(self) -> None:
        folder: object = self.embedded_state_dir  # a file gives text
        if isinstance(folder, str):
            object.__setattr__(self, "embedded_state_dir", Path(folder))
        if isinstance(self.endpoint_url, str):
            object.__setattr__(self, "endpoint_url", self.endpoint_url.rstrip("/"))
        for name in ("tags", "faults"):
            if isinstance(getattr(self, name), Mapping):
                object.__setattr__(self, name, dict(getattr(self, name)))

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
            if name not in _VARIABLES:
                raise ConfigError(_settings.unknown_name(name, _VARIABLES, where="the arguments"))
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

    def to_dict(self) -> dict[str, Any]:
        """Give the variables as a dict.

        Returns
        -------
        dict[str, Any]
            Variable name to value.
        """
        return {name: getattr(self, name) for name in _VARIABLES}

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
        for name, (default, parse) in _VARIABLES.items():
            value, origin = _settings.lookup(name, default, parse)
            found[name] = origin if value == getattr(self, name) else "argument"
        return found

    def _rows(self) -> list[tuple[str, str, str]]:
        origins = self.origins()
        return [(name, _shown(value), origins[name]) for name, value in self.to_dict().items()]

    def __str__(self) -> str:
        return text_table(self._rows(), headers=("variable", "value", "from"))

    def _repr_html_(self) -> str:
        return html_table(self._rows(), headers=("variable", "value", "from"), caption="Config")


def _shown(value: object) -> str:
    if isinstance(value, str) and urlsplit(value).password:
        return value.replace(str(urlsplit(value).password), "***")
    return "" if value is None else str(value)
