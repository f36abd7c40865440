"""Install packages with pip, and print every ten seconds how far it is.

``python .ci/install.py -e .`` takes pip's arguments. pip itself prints hundreds of lines while it
downloads and then nothing for a minute or longer while it unpacks. Its own output is shown only if
it fails. Needs nothing but the standard library.
"""

import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

EVERY_S = 10.0
PIP = (sys.executable, "-m", "pip", "install", "--progress-bar", "off")
PIP += ("--disable-pip-version-check", "--no-input")
_FINDS = ("Collecting ", "Processing ", "Requirement already satisfied: ")
_UNPACKS = "Installing collected packages: "


def install(
    command: Sequence[str],
    folder: Path,
    *,
    every_s: float = EVERY_S,
    say: Callable[[str], None] = print,
) -> int:
    """Run pip until it ends.

    Parameters
    ----------
    command
        pip and its arguments.
    folder
        Where packages are installed.
    every_s
        Seconds between two lines.
    say
        Prints a line.

    Returns
    -------
    int
        pip's exit code.
    """
    before, started, lines = installed(folder), time.monotonic(), list[str]()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        reader = threading.Thread(target=lambda: lines.extend(pip.stdout or ()))
        reader.start()
        while not _has_ended(pip, every_s):
            seconds = time.monotonic() - started
            say(f"{seconds:4.0f} s: {progress(lines, installed(folder) - before)}")
        reader.join()
    if pip.returncode:
        say("".join(lines).rstrip())
    else:
        say(f"{time.monotonic() - started:4.0f} s: done, {installed(folder) - before} new packages")
    return pip.returncode


def progress(lines: Sequence[str], new: int) -> str:
    """Return how far pip is.

    Parameters
    ----------
    lines
        What it has printed.
    new
        How many packages it has installed.

    Returns
    -------
    str
        A few words.
    """
    unpacks = [line for line in lines if line.startswith(_UNPACKS)]
    if unpacks:
        return f"{new} of {unpacks[0].count(',') + 1} packages installed"
    ready = sum(line.startswith(_FINDS) for line in lines)
    return f"{ready} packages downloaded or there" if ready else "getting ready"


def installed(folder: Path) -> int:
    """Return how many packages are installed in a folder."""
    return sum(1 for _ in folder.glob("*.dist-info"))


def _has_ended(process: "subprocess.Popen[str]", within_s: float) -> bool:
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        return False
    return True


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    packages = Path(sysconfig.get_path("purelib"))
    try:
        sys.exit(install([*PIP, *sys.argv[1:]], packages, say=_say))
    except KeyboardInterrupt:
        sys.exit("Interrupted; the same command goes on.")
