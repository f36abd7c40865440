"""The canary reads from failed tests what a new moto breaks or makes needless."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from ci_scripts import ROOT, load_script

REPORT = """<testsuites><testsuite>
<testcase classname="t" name="test_override_is_right[events-tests]"><failure/></testcase>
<testcase classname="t" name="test_override_is_needed[waf.lists-one_acl]"><failure/></testcase>
<testcase classname="t" name="test_override_is_needed[logs-keys]"/>
<testcase classname="tests.moto.test_queues" name="test_a[1]"><error>no fixture</error></testcase>
<testcase classname="tests.moto.test_queues" name="test_a[2]"><failure/></testcase>
<testcase classname="t" name="test_another"><skipped/></testcase>
</testsuite></testsuites>"""


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load_script("canary")


def test_findings_name_the_override_and_what_to_do(script: ModuleType) -> None:
    assert script.findings(REPORT) == [
        "broken: overrides/events.py, tests",
        "not needed any more: overrides/waf/lists.py, one acl",
        "broken: tests/moto/test_queues.py, 2 tests",
    ]


def test_a_moto_that_changes_nothing_has_no_findings(script: ModuleType) -> None:
    passed = '<testsuites><testcase classname="t" name="test_a"/></testsuites>'
    assert script.findings(passed) == []


def test_a_run_without_a_test_shows_nothing_about_a_moto(script: ModuleType) -> None:
    assert script.findings("<testsuites/>") == ["no test ran"]


def test_names_of_probes_are_those_that_the_script_reads(script: ModuleType) -> None:
    # GIVEN the tests that are there, of which none would be understood by another name
    tests = ROOT / "tests" / "embedded" / "moto" / "overrides" / "test_table.py"
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, str(tests)], capture_output=True, text=True, check=True)
    names = [line.partition("::")[2] for line in done.stdout.splitlines() if "::" in line]
    assert len(names) > 40
    unknown = [name for name in names if script.PROBE.fullmatch(name) is None]
    assert unknown == ["test_each_override_has_a_probe"]


def test_environment_is_over_the_packages_of_this_one(script: ModuleType, tmp_path: Path) -> None:
    python = script.make_environment(tmp_path / "env")
    code = "import moto, sys; print(sys.prefix)"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(tmp_path / "env")
