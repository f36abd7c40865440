"""A release is checked before it is built, and what was built is tried."""

import os
from pathlib import Path
from types import ModuleType

import pytest
from ci_scripts import ROOT, load_script

import tracing_lab

CHANGELOG = "# Changelog\n\n## [1.2.0] - 2027-01-31\n\n### Added\n\n## [1.1.0] - 2026-12-01\n"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load_script("release")


def test_version_is_read_without_importing_the_library(script: ModuleType) -> None:
    assert script.version_of(ROOT) == tracing_lab.__version__


@pytest.mark.parametrize(
    "version, changelog, changed, expected",
    [
        ("1.2.0", CHANGELOG, [], []),
        ("1.3.0", CHANGELOG, [], ["CHANGELOG.md has no section '## [1.3.0] - YYYY-MM-DD'"]),
        ("1a2.0", CHANGELOG, [], ["CHANGELOG.md has no section '## [1a2.0] - YYYY-MM-DD'"]),
        (
            "1.2.0",
            f"## [1.3.0] - unreleased\n{CHANGELOG}",
            ["a.py", "b.py"],
            [
                "CHANGELOG.md has a section that is still called unreleased",
                "not committed: a.py, b.py",
            ],
        ),
    ],
)
def test_what_stands_in_the_way_is_named(
    script: ModuleType, version: str, changelog: str, changed: list[str], expected: list[str]
) -> None:
    assert list(script.problems(version, changelog, changed)) == expected


@pytest.mark.skipif(os.name != "posix", reason="the program is a shell script")
def test_trials_end_at_the_first_failure_and_the_server_is_stopped(
    script: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    # GIVEN a program that fails when it is told to, and says how it was called
    program = tmp_path / "tracing-lab"
    program.write_text('#!/bin/sh\necho "$@" >> calls\ntest "$1" != fail\n')
    program.chmod(0o700)
    commands = [("tracing-lab", word) for word in ("one", "fail", "never")]
    with pytest.raises(script.subprocess.CalledProcessError):
        script.run_trials(tmp_path, commands, tmp_path / "trial")
    calls = (tmp_path / "trial" / "calls").read_text()
    assert calls.split("\n") == ["one", "fail", "embedded stop", ""]
    assert capfd.readouterr().out.splitlines()[1] == "trying: tracing-lab fail"
