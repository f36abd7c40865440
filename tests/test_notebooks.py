"""The notebooks are up to date, keep to their frame and run: learners' copies and solutions."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from tracing_lab.check import CHECKS, STRICT_VARIABLE
from tracing_lab.embedded import lifecycle

FOLDER = Path(__file__).parents[1] / "notebooks"
NAMES = sorted(path.stem for path in (FOLDER / "source").glob("[0-9][0-9]_*.py"))
SPINE = ["00", "01", "02", "04", "07", "09", "15"]
CHECK_CALL = re.compile(r'tl\.check\.check\(\s*"(?P<check_id>[^"]+)"')

each_notebook = pytest.mark.parametrize("name", NAMES)


def learner_copy(name: str) -> NotebookNode:
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def sources(notebook: NotebookNode, cell_type: str) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == cell_type]


def check_ids(name: str) -> list[str]:
    return CHECK_CALL.findall("\n".join(sources(learner_copy(name), "code")))


def test_generated_notebooks_are_up_to_date() -> None:
    command = [sys.executable, str(FOLDER / "build.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_spine_of_the_workshop_is_there() -> None:
    assert set(SPINE) <= {name[:2] for name in NAMES}


@each_notebook
def test_a_notebook_keeps_to_its_budget(name: str) -> None:
    notebook = learner_copy(name)
    words = " ".join(sources(notebook, "markdown")).split()
    assert 20 <= len(notebook.cells) <= 40
    assert len(words) <= 1000
    assert max(source.count("\n") + 1 for source in sources(notebook, "code")) <= 10


@each_notebook
def test_a_notebook_has_the_frame(name: str) -> None:
    prose = sources(learner_copy(name), "markdown")
    assert re.match(r"# \S", prose[0])
    for part in ("**What you'll do.**", "**What you'll learn.**", "**What you'll need.**"):
        assert part in prose[0]
    assert any(source.startswith("## Recap") for source in prose)
    assert sum(source.startswith("### Your turn") for source in prose) >= 2


@each_notebook
def test_a_notebook_stays_outside_private_parts_and_off_the_target(name: str) -> None:
    code = "\n".join(sources(learner_copy(name), "code"))
    assert not re.search(r"\btl\.(\w+\.)*_", code)
    assert not re.search(r"\.target\b", code)
    assert "config = tl.Config(" in code


@each_notebook
def test_exercises_and_their_checks_belong_together(name: str) -> None:
    used = check_ids(name)
    wanted = [check_id for check_id in CHECKS if check_id.startswith(name[:2])]
    assert sorted(used) == sorted(wanted)
    assert len(used) >= 2


@each_notebook
def test_copies_are_committed_without_outputs(name: str) -> None:
    for path in (FOLDER / f"{name}.ipynb", FOLDER / "solutions" / f"{name}.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        assert not any(cell.get("outputs") for cell in cells)


@pytest.fixture(scope="module")
def kernel_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Give the kernels an embedded AWS of their own, and stop it in the end."""
    port, state_dir = free_port(), tmp_path_factory.mktemp("embedded")
    yield {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "TRACING_LAB_EMBEDDED_PORT": str(port),
        "TRACING_LAB_EMBEDDED_STATE_DIR": str(state_dir),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }
    lifecycle.stop(state_dir=state_dir)
    assert lifecycle.status(state_dir=state_dir) is None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def execute(path: Path, environment: dict[str, str], folder: Path) -> NotebookNode:
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, timeout=60, resources=resources)
    return client.execute(env=environment)


@each_notebook
def test_a_learner_copy_runs_to_its_end_with_blanks(
    name: str, kernel_environment: dict[str, str], tmp_path: Path
) -> None:
    done = execute(FOLDER / f"{name}.ipynb", kernel_environment, tmp_path)
    text = nbformat.writes(done)
    assert text.count("Not answered yet") >= len(check_ids(name))


@each_notebook
def test_every_check_passes_in_the_solution(
    name: str, kernel_environment: dict[str, str], tmp_path: Path
) -> None:
    environment = {**kernel_environment, STRICT_VARIABLE: "1"}
    done = execute(FOLDER / "solutions" / f"{name}.ipynb", environment, tmp_path)
    assert nbformat.writes(done).count("Well done") >= len(check_ids(name))
