"""``LoggingConfig`` of functions, which moto drops.

Source: https://docs.aws.amazon.com/lambda/latest/api/API_LoggingConfig.html
"""

from collections.abc import Mapping
from typing import Any

from tracing_lab.embedded.model import LogSettings

_ATTRIBUTE = "tracing_lab_logging_config"
"""The attribute of moto's functions that keeps it."""

_LEVELS = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"}


def keep_logging(function: Any, config: Mapping[str, str]) -> None:
    """Store the log settings of a request; settings that it leaves out stay as they are.

    Parameters
    ----------
    function
        One of moto's functions.
    config
        ``LoggingConfig`` of the request.
    """
    setattr(function, _ATTRIBUTE, getattr(function, _ATTRIBUTE, {}) | dict(config))
    function.logs_group_name = config.get("LogGroup") or function.logs_group_name


def logging_config(function: Any) -> dict[str, str]:
    """Return the ``LoggingConfig`` of responses; only the format JSON has levels."""
    kept: dict[str, str] = getattr(function, _ATTRIBUTE, {})
    shown = {"LogFormat": kept.get("LogFormat", "Text"), "LogGroup": function.logs_group_name}
    if shown["LogFormat"] != "JSON":
        return shown
    return shown | {name: kept.get(name, default) for name, default in _LEVELS.items()}


def log_settings(function: Any) -> LogSettings:
    """Return a function's log settings for the data plane."""
    config = logging_config(function)
    if config["LogFormat"] != "JSON":
        return LogSettings()
    return LogSettings(
        json=True,
        application_level=config["ApplicationLogLevel"],
        system_level=config["SystemLogLevel"],
    )
