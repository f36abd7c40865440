"""Check that this tree can be released: `make release-check`; the recipe is docs/releasing.md.

Builds the source distribution, a wheel from it, and tries the wheel in an environment of its own:
the command line, the copy of the workshop, and orders that travel through the embedded AWS. Needs
nothing but the standard library and, for the build, hatchling.
"""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "release"

_VERSION = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)
_RELEASED = r"^## \[{}\] - \d{{4}}-\d\d-\d\d$"
_UNRELEASED = re.compile(r"^## \[[^]]+\] - unreleased$", re.MULTILINE | re.IGNORECASE)


def version_of(root: Path) -> str:
    """Return the version in ``tracing_lab/__init__.py``, from which the distributions take it."""
    match = _VERSION.search((root / "tracing_lab" / "__init__.py").read_text())
    if match is None:
        msg = "tracing_lab/__init__.py has no __version__"
        raise SystemExit(msg)
    return match[1]


def problems(version: str, changelog: str, changed_files: Sequence[str]) -> Iterator[str]:
    """Yield what stands in the way of a release before anything is built.

    Parameters
    ----------
    version
        The version to release.
    changelog
        The text of CHANGELOG.md.
    changed_files
        Files that are not committed.
    """
    if not re.search(_RELEASED.format(re.escape(version)), changelog, re.MULTILINE):
        yield f"CHANGELOG.md has no section '## [{version}] - YYYY-MM-DD'"
    if _UNRELEASED.search(changelog):
        yield "CHANGELOG.md has a section that is still called unreleased"
    if changed_files:
        yield f"not committed: {', '.join(changed_files)}"


def build(target: Path) -> Path:
    """Build the source distribution, and the wheel from that; return the wheel."""
    target.mkdir(parents=True, exist_ok=True)
    command = (sys.executable, "-m", "hatchling", "build", "-d", target)
    subprocess.run([*command, "-t", "sdist"], cwd=ROOT, check=True)
    (archive,) = target.glob("*.tar.gz")
    with tarfile.open(archive) as sources:
        sources.extractall(target, filter="data")
    unpacked = target / archive.name.removesuffix(".tar.gz")
    subprocess.run([*command, "-t", "wheel"], cwd=unpacked, check=True)
    (wheel,) = target.glob("*.whl")
    return wheel


def install(wheel: Path, folder: Path) -> Path:
    """Install a wheel as a user does, into a new environment; return the folder of its programs."""
    venv.create(folder, clear=True, with_pip=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    command = [programs / "python", ROOT / ".ci" / "install.py", "-c", ROOT / "constraints.txt"]
    subprocess.run([*command, wheel], check=True)
    return programs


def trials(version: str, folder: Path) -> list[tuple[str, ...]]:
    """Return the commands that the installed wheel has to pass, in order.

    Parameters
    ----------
    version
        The version that the wheel must have.
    folder
        Where they write.
    """
    code = f"import tracing_lab as tl; assert tl.__version__ == {version!r}, tl.__version__"
    lab, log, traces = "tracing-lab", str(folder / "log.csv"), str(folder / "traces.json")
    return [
        ("python", "-c", code),
        (lab, "--help"),
        (lab, "workshop", str(folder / "workshop")),
        (lab, "apply", "--auto-approve"),
        (lab, "fire", "--orders", "20", "--rate", "10", "--seed", "1", "--out", log),
        (lab, "fetch", "--log", log, "--out", traces),
        (lab, "report", "--traces", traces, "--out", str(folder / "report")),
        (lab, "destroy", "--auto-approve"),
    ]


def run_trials(programs: Path, commands: Sequence[Sequence[str]], folder: Path) -> None:
    """Run commands in a new folder, with an embedded AWS of their own that is stopped at the end.

    Parameters
    ----------
    programs
        The folder of the programs.
    commands
        Programs and their arguments.
    folder
        Where they run.

    Raises
    ------
    subprocess.CalledProcessError
        A command failed; those after it were not run.
    """
    folder.mkdir(parents=True)
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    own |= {"TRACING_LAB_EMBEDDED_STATE_DIR": str(folder / "state")}

    def run(command: Sequence[str]) -> None:
        print("trying:", *command, flush=True)
        program = [programs / command[0], *command[1:]]
        subprocess.run(program, cwd=folder, env=own, check=True, stdout=subprocess.DEVNULL)

    try:
        for command in commands:
            run(command)
    finally:
        run(("tracing-lab", "embedded", "stop"))


def changed_files() -> list[str]:
    """Return the files of the repository that are not committed."""
    command = ["git", "status", "--porcelain"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [line[3:] for line in done.stdout.splitlines()]


def main() -> None:
    """Check, build and try; raise on the first thing that is wrong."""
    version = version_of(ROOT)
    found = list(problems(version, (ROOT / "CHANGELOG.md").read_text(), changed_files()))
    if found:
        raise SystemExit("\n".join(found))
    shutil.rmtree(FOLDER, ignore_errors=True)
    wheel = build(FOLDER / "dist")
    programs = install(wheel, FOLDER / "environment")
    run_trials(programs, trials(version, FOLDER / "trial"), FOLDER / "trial")
    print(f"{version} can be released: {wheel.parent}")


if __name__ == "__main__":
    main()
