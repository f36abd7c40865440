"""Try the embedded AWS with another moto, and print which overrides it breaks or makes needless.

``python .ci/canary.py [VERSION]`` installs the newest moto, or a given one, into an environment
of its own over the packages of this one, and runs the control plane's tests there. The exit code is
1 when there is something to do.
"""

import os
import re
import subprocess
import sys
import sysconfig
import venv
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "canary"
INSTALL = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade")
TESTS = "tests/embedded/moto"

PROBE = re.compile(
    r"test_override_is_(?P<test>right|needed)\[(?P<override>[\w.]+)-(?P<claim>\w+)\]"
)
"""The tests that say of each override whether it works and whether it is needed."""


def findings(report: str) -> list[str]:
    """Return what there is to do, a line each.

    Parameters
    ----------
    report
        pytest's report of the tests, as JUnit's XML.
    """
    if ET.fromstring(report).find(".//testcase") is None:  # noqa: S314 - pytest wrote it
        return ["no test ran"]
    lines = Counter(_finding(*test) for test in failed_tests(report))
    return [f"{line}, {count} tests" if count > 1 else line for line, count in lines.items()]


def failed_tests(report: str) -> Iterator[tuple[str, str]]:
    """Yield module and name, with its parameters, of each test that failed.

    Parameters
    ----------
    report
        As for `findings`.
    """
    for case in ET.fromstring(report).iter("testcase"):  # noqa: S314 - pytest wrote it
        if case.find("failure") is not None or case.find("error") is not None:
            yield case.attrib["classname"], case.attrib["name"]


def _finding(module: str, name: str) -> str:
    match = PROBE.fullmatch(name)
    if match is None:
        return f"broken: {module.replace('.', '/')}.py"
    state = "broken" if match["test"] == "right" else "not needed any more"
    module = match["override"].replace(".", "/")
    return f"{state}: overrides/{module}.py, {match['claim'].replace('_', ' ')}"


def make_environment(folder: Path) -> Path:
    """Make an environment over the packages of the one that runs this.

    Parameters
    ----------
    folder
        Where; what is there is removed.

    Returns
    -------
    Path
        Its Python.
    """
    venv.create(folder, clear=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    query = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run([python, "-c", query], capture_output=True, text=True, check=True)
    (Path(site.stdout.strip()) / "below.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def run_tests(python: Path, report: Path) -> None:
    """Run the control plane's tests; warnings of a newer moto are no failures."""
    command = [python, "-m", "pytest", "-q", "-W", "default", f"--junitxml={report}", TESTS]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "lambda_src")])
    environment = {**os.environ, "PYTHONPATH": paths}
    subprocess.run(command, cwd=ROOT, env=environment, check=False, stdout=subprocess.DEVNULL)


def main(arguments: Sequence[str]) -> int:
    """Return the exit code: 1 when a new moto asks for changes, else 0."""
    python = make_environment(FOLDER)
    wanted = "moto[server]" + "".join(f"=={version}" for version in arguments)
    subprocess.run([python, *INSTALL, wanted], check=True)
    query = "import importlib.metadata; print(importlib.metadata.version('moto'))"
    version = subprocess.run([python, "-c", query], capture_output=True, text=True, check=True)
    report = FOLDER / "report.xml"
    run_tests(python, report)
    found = findings(report.read_text())
    print(
        f"moto {version.stdout.strip()}:",
        *(found or ["all overrides work and are needed"]),
        sep="\n",
    )
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
