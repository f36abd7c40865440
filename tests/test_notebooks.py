"""The notebooks are up to date, keep to their frame and run: learners' copies and solutions."""

import ast
import asyncio
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode, v4
from otel_layers import VARIABLE, built_layer, distro_folder
from site_tools.run_times import RUN_TIME
from site_tools.running import execute, kernel_environment

from tracing_lab.check import EXERCISES
from tracing_lab.check.results import MIME
from tracing_lab.embedded import lifecycle
from tracing_lab.package.distro import layer_zip

FOLDER = Path(__file__).parents[1] / "notebooks"
NAMES = sorted(path.stem for path in (FOLDER / "source").glob("[0-9][0-9]_*.py"))
SPINE = ["00", "01", "02", "04", "07", "09", "15"]
MAX_WORDS = 1400
MAX_MINUTES = 30  # with its exercises, as the first cell says
MAX_LINES_OF_A_CELL = 10
MAX_LINES_OF_CODE = 140
LINK_TARGET = re.compile(r"\]\([^)]*\)")
CHECK_CALL = re.compile(r'tl\.check\.check\(\s*"(?P<check_id>[^"]+)"')

# What a reader must see for the prose around it to be true.
SHOWN = {
    "00_start_here": ["(1, 14)"],
    "01_plan_and_deploy": ["4 to update", "Nothing to do", "to delete"],
    "02_first_trace": ["', 14)", "process_order"],
    "03_instrument": ["payment updated in", "check_limit", "AWS::Lambda::Function"],
    "04_traffic": ["201 CREATED", "201    60", "True    60"],
    "05_fetch_and_query": ['CONTAINS \\"orders\\"    112'],
    "07_latency": ["1 to update", "Nothing to do"],
    "09_service_map": ["(11, 11)", "Empty DataFrame"],
    "10_find_the_fault": ["201    12", "failed attempts so far: 1", "Attempt #3", "Nothing to do"],
    "11_sampling": ["1 to create", "True    10", "Nothing to do"],
    "12_logs_and_metrics": ["invocation failed", "Threshold Crossed"],
    "13_security_and_cost": ["PublishToOwnBus", "PutEvents on resource", "Nothing to do"],
    "14_production": [", 0 left", "'us-east-1': 0", "Invalid request body", "Nothing to do"],
    "15_tear_down": ["to delete", "to create", "Nothing is left of"],
    "16_two_tracers": ["handler span", "client names", "Empty DataFrame", "Nothing to do"],
}

# It says that failed attempts will be repeated, which two notebooks are about.
EXPECTED_WARNING = "RetriesPendingWarning"

# It switches to OpenTelemetry, whose layer is made of packages that are not of this environment.
OTHER_TRACER = "16_two_tracers"

# What an earlier notebook may have left under way, and the line that must not mind it.
POISON = "tl.xray.fetch_traces(hard, tl.faults.send_poison(hard).trace_id)"
DISTURBED = {"14_production": ("letters = tl.failures.read(hard)", POISON)}

# Cells that use an answer and do nothing where it is a blank.
TAKE_BLANKS = {'game.mend(cause, progress=bar("orders"))'}

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
    assert len(words) <= MAX_WORDS
    assert max(map(lines_of_code, sources(notebook, "code"))) <= MAX_LINES_OF_A_CELL


def lines_of_code(source: str) -> int:
    return sum(bool(line.strip()) for line in source.splitlines())


@each_notebook
def test_a_solution_keeps_to_the_budget_of_code(name: str) -> None:
    solution = nbformat.read(FOLDER / "solutions" / f"{name}.ipynb", as_version=4)
    assert sum(map(lines_of_code, sources(solution, "code"))) <= MAX_LINES_OF_CODE


@each_notebook
def test_a_notebook_has_the_frame(name: str) -> None:
    prose = sources(learner_copy(name), "markdown")
    assert re.match(r"# \S", prose[0])
    for part in ("**What you'll do.**", "**What you'll learn.**", "**What you'll need.**"):
        assert part in prose[0]
    minutes = re.search(r"(\d+) minutes", prose[0])
    assert minutes
    assert int(minutes.group(1)) <= MAX_MINUTES
    headings = re.findall("^##+ .+", "\n".join(prose), re.MULTILINE)
    assert "## Recap" in headings
    assert sum(heading.startswith("### Your turn") for heading in headings) >= 2


@each_notebook
def test_a_notebook_stays_outside_private_parts_and_off_the_target(name: str) -> None:
    code = "\n".join(sources(learner_copy(name), "code"))
    assert not re.search(r"\btl\.(\w+\.)*_", code)
    assert not re.search(r"\.target\b", code)
    assert "config = tl.Config(" in code


@each_notebook
def test_exercises_and_their_checks_belong_together(name: str) -> None:
    used = check_ids(name)
    wanted = [check_id for check_id in EXERCISES if check_id.startswith(name[:2])]
    assert sorted(used) == sorted(wanted)
    assert len(used) >= 2


@each_notebook
def test_a_prediction_is_made_before_and_compared_after(name: str) -> None:
    code = "\n".join(sources(learner_copy(name), "code"))
    calls = re.findall(r'tl\.check\.(predict|compare)\(\s*"([^"]+)"', code)
    predicted = [check_id for verb, check_id in calls if verb == "predict"]
    assert len(predicted) >= 1
    assert [one for one in calls if one[0] == "compare"] == [("compare", id_) for id_ in predicted]
    assert all(calls.index(("predict", one)) < calls.index(("compare", one)) for one in predicted)


@each_notebook
def test_the_minutes_are_what_reading_and_exercises_take(name: str) -> None:
    assert minutes_of(name) == pytest.approx(usual_minutes(learner_copy(name)), rel=0.2)


def usual_minutes(notebook: NotebookNode) -> float:
    """Return the estimate that `docs/authoring.md` describes."""
    prose, code = "\n".join(sources(notebook, "markdown")), sources(notebook, "code")
    words = len(re.findall(r"\S*\w\S*", LINK_TARGET.sub("]", prose)))
    exercises = prose.count("### Your turn")
    predictions = sum("tl.check.predict(" in source for source in code)
    outputs = len(code) - 2 * exercises - predictions
    seconds = words * 0.4 + sum(map(lines_of_code, code)) * 5 + outputs * 15
    return (seconds + exercises * 150 + predictions * 30) / 60


def test_the_instructor_is_told_the_minutes_of_each_notebook() -> None:
    page = (FOLDER.parent / "docs" / "instructor.md").read_text("utf-8")
    told = re.findall(r"^\| (\d\d) .*? \| (\d+) \| \d+ s \|", page, re.MULTILINE)
    frames = [sources(learner_copy(name), "markdown")[0] for name in NAMES]
    minutes = [re.findall(r"(\d+) minutes", frame)[0] for frame in frames]
    assert told == [(name[:2], number) for name, number in zip(NAMES, minutes, strict=True)]


def test_the_map_in_the_first_notebook_is_that_of_the_workshop() -> None:
    prose = "\n".join(sources(learner_copy(NAMES[0]), "markdown"))
    rows = re.findall(
        r"^\| (?:\[(\d\d)\]\((\w+)\.ipynb\)|(\d\d)) .*?\| (\d+) \|", prose, re.MULTILINE
    )
    shown = {linked or own: int(minutes) for linked, _, own, minutes in rows}
    assert shown == {name[:2]: minutes_of(name) for name in NAMES}
    assert [target for _, target, _, _ in rows[1:]] == NAMES[1:]


def minutes_of(name: str) -> int:
    needs = re.search(r"(\d+) minutes", sources(learner_copy(name), "markdown")[0])
    return int(needs[1]) if needs else 0


@each_notebook
def test_every_term_is_linked_to_the_glossary(name: str) -> None:
    prose = "\n".join(sources(learner_copy(name), "markdown"))
    linked = re.findall(r"\]\(\.\./docs/glossary\.md#([^)]+)\)", prose)
    assert len(set(linked)) >= 3
    assert set(linked) <= glossary_terms()


def glossary_terms() -> set[str]:
    text = (FOLDER.parent / "docs" / "glossary.md").read_text("utf-8")
    titles = re.findall(r"^## (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


@each_notebook
def test_copies_are_committed_without_outputs(name: str) -> None:
    for path in (FOLDER / f"{name}.ipynb", FOLDER / "solutions" / f"{name}.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        assert not any(cell.get("outputs") for cell in cells)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Start an embedded AWS for all kernels, and stop it afterwards."""
    state_dir = tmp_path_factory.mktemp("notebooks")
    yield kernel_environment(state_dir)
    lifecycle.stop(state_dir=state_dir)
    assert lifecycle.status(state_dir=state_dir) is None


def with_blanks(name: str) -> NotebookNode:
    """Return a solution in which each blank is checked before its answer.

    Both copies are tested in one run, because nothing else looks at an answer, as the test below
    makes sure.
    """
    solution = nbformat.read(FOLDER / "solutions" / f"{name}.ipynb", as_version=4)
    pairs, cells = [*zip(learner_copy(name).cells, solution.cells, strict=True)], []
    for place, (own, cell) in enumerate(pairs):
        if cell.cell_type == "code" and cell.source != own.source:
            check = next(after for after, _ in pairs[place + 1 :] if after.cell_type == "code")
            cells += [v4.new_code_cell(own.source), v4.new_code_cell(check.source)]
        cells.append(cell)
    return v4.new_notebook(cells=cells, metadata=solution.metadata)


@each_notebook
def test_only_its_check_looks_at_an_answer(name: str) -> None:
    solution = nbformat.read(FOLDER / "solutions" / f"{name}.ipynb", as_version=4)
    code = [*zip(sources(learner_copy(name), "code"), sources(solution, "code"), strict=True)]
    for place, (blank, answer) in enumerate(code):
        if blank != answer:
            names = names_in(blank, ast.Store)
            assert names
            check, *others = (own for own, _ in code[place + 1 :])
            assert CHECK_CALL.search(check)
            assert {other for other in others if names & names_in(other)} <= TAKE_BLANKS


def names_in(code: str, context: type[ast.expr_context] = ast.expr_context) -> set[str]:
    """Return the names in a cell and in its shell commands, or those that it assigns."""
    python = re.sub(r"^[%!].*", lambda line: braces(line[0]), code, flags=re.MULTILINE)
    found = (node for node in ast.walk(ast.parse(python)) if isinstance(node, ast.Name))
    return {node.id for node in found if isinstance(node.ctx, context)}


def braces(command: str) -> str:
    """Return the expressions of a shell command."""
    return "; ".join(re.findall(r"\{([^}]+)\}", command))


@contextmanager
def cache_folder(name: str, folder: Path) -> Iterator[dict[str, str]]:
    """Return the variable of a cache folder with OpenTelemetry's layer, if a notebook needs it."""
    if name != OTHER_TRACER:
        yield {}
    elif distro := distro_folder():
        with built_layer(folder, layer_zip(distro)):
            yield {"XDG_CACHE_HOME": str(folder)}
    else:
        pytest.skip(f"{VARIABLE} names no folder with OpenTelemetry's packages")


def disturbed(notebook: NotebookNode, name: str) -> NotebookNode:
    """Return a notebook in which something comes before a line, and again after it."""
    if name in DISTURBED:
        line, disturbance = DISTURBED[name]
        (cell,) = [cell for cell in notebook.cells if f"{line}\n" in cell.source]
        cell.source = cell.source.replace(line, f"{disturbance}\n{line}\n{disturbance}")
    return notebook


@each_notebook
def test_blanks_do_no_harm_and_solutions_pass_every_check(
    name: str,
    environment: dict[str, str],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    path = tmp_path / f"{name}.ipynb"
    nbformat.write(disturbed(with_blanks(name), name), path)
    with cache_folder(name, tmp_path / "cache") as cache:
        begun = time.monotonic()
        outputs = nbformat.writes(asyncio.run(execute(path, {**environment, **cache}, tmp_path)))
    record_property(RUN_TIME, (name, time.monotonic() - begun))
    exercises = len(check_ids(name))
    assert outputs.count("Not answered yet") >= exercises
    assert outputs.count("Well done") >= exercises
    assert outputs.count(MIME) == exercises
    assert "Warning" not in outputs.replace(EXPECTED_WARNING, "")
    missing = [text for text in SHOWN.get(name, []) if text not in outputs]
    assert missing == [], "\n".join(printed(outputs))


def printed(outputs: str) -> list[str]:
    """Return what the cells of a notebook have printed."""
    cells = nbformat.reads(outputs, as_version=4).cells
    shown = [output for cell in cells for output in cell.get("outputs", [])]
    return [output.text for output in shown if output.output_type == "stream"]
