"""Installing says how far it is."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from ci_scripts import ROOT, load_script

SCRIPT = ROOT / ".ci" / "install.py"
# Stands for pip: downloads two packages, unpacks them, and ends when it is told.
PIP = """
import pathlib, sys
print("Collecting a", "  Downloading a.whl", "Collecting b", sep="\\n", flush=True)
sys.stdin.readline()
print("Installing collected packages: b, a, c", flush=True)
(pathlib.Path(sys.argv[1]) / "b-1.dist-info").mkdir()
sys.stdin.readline()
sys.exit(int(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load_script("install")


@pytest.mark.parametrize(
    "lines, new, expected",
    [
        ([], 0, "getting ready"),
        (
            ["Collecting a", "  Downloading a.whl", "Processing b.whl"],
            0,
            "2 packages downloaded or there",
        ),
        (["Collecting a", "Installing collected packages: a, b"], 1, "1 of 2 packages installed"),
    ],
)
def test_progress_tells_downloads_from_installations(
    script: ModuleType, lines: list[str], new: int, expected: str
) -> None:
    assert script.progress(lines, new) == expected


def pip(folder: Path, code: int) -> list[str]:
    """Return a command whose two waits end at once."""
    return [sys.executable, "-c", PIP.replace("sys.stdin.readline()", ""), str(folder), str(code)]


def test_pip_is_quiet_when_it_works(script: ModuleType, tmp_path: Path) -> None:
    said: list[str] = []
    assert script.install(pip(tmp_path, 0), tmp_path, say=said.append) == 0
    assert [line.partition(": ")[2] for line in said] == ["done, 1 new packages"]


def test_pips_own_words_are_shown_when_it_fails(script: ModuleType, tmp_path: Path) -> None:
    said: list[str] = []
    assert script.install(pip(tmp_path, 3), tmp_path, say=said.append) == 3
    assert "Downloading a.whl" in said[-1]


def test_lines_come_while_pip_is_at_work(script: ModuleType, tmp_path: Path) -> None:
    # GIVEN a pip that goes on only after each line that was expected of it
    said: list[str] = []
    waits = ["2 packages downloaded or there", "1 of 3 packages installed"]
    gate = tmp_path / "gate"

    def say(line: str) -> None:
        said.append(line.partition(": ")[2])
        if waits and said[-1] == waits[0]:
            gate.with_suffix(f".{2 - len(waits)}").touch()
            waits.pop(0)

    code = PIP
    for number in range(2):
        wait = f"import time\nwhile not pathlib.Path(r'{gate}.{number}').exists(): time.sleep(0.01)"
        code = code.replace("sys.stdin.readline()", wait, 1)
    command = [sys.executable, "-c", code, str(tmp_path), "0"]
    assert script.install(command, tmp_path, every_s=0.05, say=say) == 0
    assert waits == []
    assert said[-1] == "done, 1 new packages"


def test_script_takes_pips_arguments() -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--no-such-option"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "no such option: --no-such-option" in done.stdout
