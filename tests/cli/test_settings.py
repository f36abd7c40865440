"""The settings as options of the command line."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tracing_lab.cli import main
from tracing_lab.cli.parser import make_parser
from tracing_lab.cli.settings import add_settings, config_of, option, with_switches
from tracing_lab.config import SETTINGS, Config
from tracing_lab.errors import ConfigError

SWITCHES = [name for name, setting in SETTINGS.items() if setting.is_switch]


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def config(*words: str) -> Config:
    return config_of(make_parser().parse_args(with_switches(words)))


def test_settings_may_stand_before_and_after_the_command() -> None:
    before = config("--project-name", "a", "plan")
    after = config("plan", "--project-name", "b", "--enable-alarms")
    both = config("--project-name", "a", "plan", "--project-name", "b")
    assert [one.project_name for one in (before, after, both)] == ["a", "b", "b"]
    assert after.enable_alarms


@pytest.mark.parametrize("name", SWITCHES)
def test_switch_is_a_flag_and_its_opposite(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    needed = [option(needs)] if (needs := SETTINGS[name].needs) else []
    off = option(name).replace("--", "--no-", 1)
    assert getattr(config(*needed, option(name), "plan"), name) is True
    assert getattr(config("plan", *needed, option(name)), name) is True
    monkeypatch.setenv(f"TRACING_LAB_{name.upper()}", "true")
    assert getattr(config(*needed, "plan", off), name) is False


@pytest.mark.parametrize("words", [("--enable-alarms", "true"), ("--enable-alarms=YES",)])
def test_switch_with_a_value_still_works(words: tuple[str, ...]) -> None:
    assert config(*words, "plan").enable_alarms
    assert config("plan", *words).enable_alarms
    assert not config("--enable-alarms", *words, "plan", "--enable-alarms", "off").enable_alarms


def test_word_after_a_switch_is_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert config("--enable-alarms", "plan").enable_alarms
    with pytest.raises(SystemExit):
        main(["plan", "--enable-alarms", "perhaps"])
    assert "unrecognized arguments: perhaps" in capsys.readouterr().err


def test_help_lists_every_setting_under_its_group() -> None:
    parser = argparse.ArgumentParser()
    add_settings(parser)
    sections = re.split(r"^(\S.*):$", parser.format_help(), flags=re.MULTILINE)
    text = dict(zip(sections[1::2], sections[2::2], strict=True))
    for name, setting in SETTINGS.items():
        assert re.search(rf"^  {option(name)}[ ,\n]", text[setting.group], re.MULTILINE), name


def test_help_says_what_is_allowed_and_what_is_the_default() -> None:
    text = " ".join(make_parser().format_help().split())
    assert "Seconds that a function may run (1 to 900 seconds; default 30)" in text
    assert "Publish alarms on an SNS topic (default off; needs --enable-alarms)" in text


def verbs(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield the parsers of all commands, not of those that have actions but of the actions."""
    groups = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    if not groups:
        yield parser
    for group in groups:
        for one in group.choices.values():
            yield from verbs(one)


VERBS = [*verbs(make_parser())]


def words(verb: argparse.ArgumentParser) -> list[str]:
    """Return a command line with whatever a command requires."""
    groups = [one for one in verb._mutually_exclusive_groups if one.required]
    required = [one for one in verb._actions if one.required]
    required += [one._group_actions[0] for one in groups]
    given = [[*one.option_strings[:1], next(iter(one.choices or "1"))] for one in required]
    return [*verb.prog.split()[1:], *(word for pair in given for word in pair)]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.prog)
def test_every_command_takes_a_region(verb: argparse.ArgumentParser) -> None:
    command = words(verb)
    assert config(*command, "--region", "eu-west-1").aws_region == "eu-west-1"
    assert config("--region", "eu-west-1", *command).aws_region == "eu-west-1"


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.prog)
def test_help_of_a_command_explains_every_option(verb: argparse.ArgumentParser) -> None:
    assert [one.dest for one in verb._actions if not one.help] == []
    assert verb.description is not None
    assert re.fullmatch(r"[A-Z].*\.", verb.description)


def test_help_names_other_settings_as_options() -> None:
    text = make_parser().format_help()
    assert [name for name in SETTINGS if "_" in name and re.search(rf"\b{name}\b", text)] == []


def test_command_for_one_region_rejects_several(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drift", "--region", "eu-west-1", "--region", "us-east-1"]) == 1
    assert "drift works in one region at a time" in capsys.readouterr().err


def test_two_names_of_the_region_are_rejected() -> None:
    with pytest.raises(ConfigError, match="the same setting"):
        config("--aws-region", "us-east-1", "plan", "--region", "eu-west-1")


def test_settings_of_the_config_are_those_of_the_command_line() -> None:
    options = vars(make_parser().parse_args(["plan"]))
    assert {f"config_{name}" for name in SETTINGS} <= set(options)
    assert all(setting.help for setting in SETTINGS.values())
