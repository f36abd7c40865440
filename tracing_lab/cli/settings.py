"""The settings as options of the command line, derived from their declarations."""

import argparse
import re
from collections.abc import Iterator, Sequence
from functools import cache, partial
from itertools import groupby
from typing import Any

from tracing_lab.config import SETTINGS, Config, Setting, parse_variable
from tracing_lab.config.parsing import parse_bool
from tracing_lab.errors import ConfigError

_QUOTED = re.compile("`([^`]+)`")


def option(name: str) -> str:
    """Return the option of a setting.

    Examples
    --------
    >>> option("lambda_timeout")
    '--lambda-timeout'
    """
    return "--" + name.replace("_", "-")


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add the options of all settings to a parser, by group and with their help."""
    for title, group in groupby(SETTINGS.values(), key=lambda setting: setting.group):
        section = parser.add_argument_group(title)
        for setting in group:
            _add(section, setting, default=None, help=help_text(setting))
    _add_region(
        parser, default=None, help="the same as --aws-region; plan, apply and destroy take several"
    )


@cache  # adding them to each command anew takes longer than a short command
def hidden_settings() -> argparse.ArgumentParser:
    """Return a parser of the options for all commands' parsers, whose help does not repeat them.

    An option after the command overrides the same option before it.
    """
    parser = argparse.ArgumentParser(add_help=False)
    for setting in SETTINGS.values():
        _add(parser, setting, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    _add_region(parser, default=argparse.SUPPRESS, help="region, as --aws-region")
    return parser


def help_text(setting: Setting) -> str:
    """Return a setting's purpose, limits, default and requirements."""
    default = "" if setting.default in (None, {}, ()) else f"default {_shown(setting.default)}"
    needs = f"needs {option(setting.needs)}" if setting.needs else ""
    allowed = "" if setting.limits is None else str(setting.limits)
    details = "; ".join(filter(None, (allowed, default, needs)))
    text = f"{setting.help} ({details})" if details else setting.help
    return _QUOTED.sub(_shown_name, text).replace("%", "%%")


def _shown_name(quoted: re.Match[str]) -> str:
    return option(quoted[1]) if quoted[1] in SETTINGS else quoted[1]


def config_of(options: argparse.Namespace) -> Config:
    """Return the config of the settings that were given, before the command or after it."""
    given = {name: getattr(options, _destination(name)) for name in SETTINGS}
    if options.regions:
        if given["aws_region"] is not None:
            msg = "--region and --aws-region are the same setting; pass one of them."
            raise ConfigError(msg)
        given["aws_region"] = options.regions[0]
    return Config.load(**{name: value for name, value in given.items() if value is not None})


def with_switches(words: Sequence[str]) -> list[str]:
    """Return a command line with switches where older versions accepted a value.

    Examples
    --------
    >>> with_switches(["plan", "--enable-alarms", "true", "--enable-dashboard=off"])
    ['plan', '--enable-alarms', '--no-enable-dashboard']
    """
    return list(_with_switches(list(words)))


def _with_switches(words: list[str]) -> Iterator[str]:
    switches = {option(name): name for name, setting in SETTINGS.items() if setting.is_switch}
    while words:
        word = words.pop(0)
        name, equals, text = word.partition("=")
        if name in switches and not equals and words and _is_bool(words[0]):
            text = words.pop(0)
        if name in switches and _is_bool(text):
            yield name if parse_bool(text) else name.replace("--", "--no-", 1)
        else:
            yield word


def _is_bool(text: str) -> bool:
    try:
        parse_bool(text)
    except ValueError:
        return False
    return True


def _add(group: Any, setting: Setting, **how: Any) -> None:
    name, destination = option(setting.name), _destination(setting.name)
    if setting.is_switch:
        group.add_argument(name, dest=destination, action=argparse.BooleanOptionalAction, **how)
    else:
        read = partial(_value, setting.name)
        group.add_argument(name, dest=destination, type=read, metavar="VALUE", **how)


def _add_region(parser: argparse.ArgumentParser, **how: Any) -> None:
    parser.add_argument("--region", action="append", dest="regions", metavar="R", **how)


def _destination(name: str) -> str:
    return f"config_{name}"


def _value(name: str, text: str) -> Any:
    try:
        return parse_variable(name, text)
    except ConfigError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _shown(value: object) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)
