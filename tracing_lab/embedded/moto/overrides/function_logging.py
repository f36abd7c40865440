"""``LoggingConfig`` of functions, which moto drops.

Source: https://docs.aws.amazon.com/lambda/latest/api/API_LoggingConfig.html
"""

from collections.abc import Mapping
from typing import Any

from tracing_lab.embedded.model import LogSettings

_ATTRIBUTE = "tracing_lab_logging_config"
"""The attribute of moto's functions that keeps it."""

_LEVELS = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"}
_VALUES = {
    "LogFormat": ("JSON", "Text"),
    "ApplicationLogLevel": ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"),
    "SystemLogLevel": ("DEBUG", "INFO", "WARN"),
}


def logging_fault(config: Mapping[str, str]) -> str | None:
    """Say what is wrong with a request's ``LoggingConfig``; None when nothing is.

    Parameters
    ----------
    config
        As it was sent.

    Examples
    --------
    >>> logging_fault({"LogFormat": "XML"})
    "1 validation error detected: Value 'XML' at 'loggingConfig.logFormat' failed to satisfy \
constraint: Member must satisfy enum value set: [JSON, Text]"
    """
    for member, values in _VALUES.items():
        value = config.get(member)
        if value is not None and value not in values:
            place = f"loggingConfig.{member[0].lower()}{member[1:]}"
            return (
                f"1 validation error detected: Value '{value}' at '{place}' failed to satisfy "
                f"constraint: Member must satisfy enum value set: [{', '.join(values)}]"
            )
    return None


def keep_logging(function: Any, config: Mapping[str, str]) -> None:
    """Note what a request wants for a function's log; what it leaves out stays as it is.

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
    """Give the ``LoggingConfig`` that Lambda shows; levels belong to JSON only.

    Parameters
    ----------
    function
        One of moto's functions.
    """
    kept: dict[str, str] = getattr(function, _ATTRIBUTE, {})
    shown = {"LogFormat": kept.get("LogFormat", "Text"), "LogGroup": function.logs_group_name}
    if shown["LogFormat"] != "JSON":
        return shown
    return shown | {name: kept.get(name, default) for name, default in _LEVELS.items()}


def log_settings(function: Any) -> LogSettings:
    """Give what the data plane has to know of it.

    Parameters
    ----------
    function
        One of moto's functions.
    """
    config = logging_config(function)
    if config["LogFormat"] != "JSON":
        return LogSettings()
    return LogSettings(
        json=True,
        application_level=config["ApplicationLogLevel"],
        system_level=config["SystemLogLevel"],
    )
