"""Make the notebooks from their sources.

Only ``source/NN_name.py`` is written by hand: percent scripts that hold the solutions. Each one
becomes two notebooks without outputs: ``NN_name.ipynb`` for learners, with the solutions taken out,
and ``solutions/NN_name.ipynb``, complete. Links between neighbours and the table of notebooks in
the README are made here too, so that nothing has to be kept in step by hand, and so is the file
of solutions that ``tl.check.solve`` reads.

Usage::

    python notebooks/build.py            write what has changed
    python notebooks/build.py --check    write nothing; exit 1 and name the files that are stale

In a source, a code cell is an exercise when it has a line ``# solution``: learners get what stands
above that line. A cell tagged ``solution`` is left out of the learners' copy altogether. What
learners do not get belongs to the next ``tl.check.check("NN.name", ...)``.
"""

import argparse
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

NOTEBOOKS = Path(__file__).resolve().parent
README = NOTEBOOKS.parent / "README.md"
SOLUTIONS = NOTEBOOKS.parent / "tracing_lab" / "check" / "solutions.json"
SOLUTION_TAG = "solution"
SOLUTION_LINE = re.compile(r"^\s*# solution\s*$", re.MULTILINE)
CHECK_CALL = re.compile(r"""tl\.check\.check\(\s*["']([^"']+)["']""")
PLACEHOLDER = "# Your turn: put your answer in place of the three dots."
TABLE_START = "<!-- notebooks -->"
TABLE_END = "<!-- /notebooks -->"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class BuildError(Exception):
    """A source or the README is not what the build needs."""


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """One source: its stem, the cells, and what the table of notebooks says about it."""

    stem: str
    cells: tuple[NotebookNode, ...]
    title: str
    goal: str
    minutes: str


def read_lesson(path: Path) -> Lesson:
    """Read one percent script."""
    notebook = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")
    cells = tuple(notebook.cells)
    intro = "\n".join(cell.source for cell in cells[:2] if cell.cell_type == "markdown")
    return Lesson(
        stem=path.stem,
        cells=cells,
        title=_find(r"\A# ([^\n]+)", intro, path, "a first cell that starts with '# Title'"),
        goal=_find(r"^\*\*What you'll do\.\*\* (.+?)\n\n", intro, path, "'**What you'll do.**'"),
        minutes=_find(r"(\d+) minutes", intro, path, "the time it takes, as in '15 minutes'"),
    )


def _find(pattern: str, text: str, path: Path, what: str) -> str:
    match = re.search(pattern, text, re.MULTILINE | re.DOTALL)
    if match is None:
        msg = f"{path.name}: the opening cells lack {what}."
        raise BuildError(msg)
    return " ".join(match.group(1).split())


def read_lessons(source: Path) -> list[Lesson]:
    """Read all sources of a folder in the order of their numbers."""
    paths = sorted(source.glob("[0-9][0-9]_*.py"))
    if not paths:
        msg = f"There is no source NN_name.py in {source}."
        raise BuildError(msg)
    return [read_lesson(path) for path in paths]


def learner_cells(cells: Iterable[NotebookNode]) -> list[NotebookNode]:
    """Remove the solutions from the cells."""
    return [_without_solution(cell) for cell in cells if SOLUTION_TAG not in _tags(cell)]


def _tags(cell: NotebookNode) -> list[str]:
    return list(cell.metadata.get("tags", []))


def _without_solution(cell: NotebookNode) -> NotebookNode:
    match = SOLUTION_LINE.search(cell.source) if cell.cell_type == "code" else None
    if match is None:
        return cell
    kept = cell.source[: match.start()].rstrip()
    return _copy_of(cell, source=f"{kept}\n{PLACEHOLDER}".lstrip())


def solution_cells(cells: Iterable[NotebookNode]) -> list[NotebookNode]:
    """Return all cells, with links out of the notebooks' folder that hold one folder further down.

    Examples
    --------
    >>> cell = new_markdown_cell("[span](../docs/glossary.md#span)")
    >>> [one.source for one in solution_cells([cell])]
    ['[span](../../docs/glossary.md#span)']
    """
    return [_one_folder_down(cell) for cell in cells]


def _one_folder_down(cell: NotebookNode) -> NotebookNode:
    if cell.cell_type != "markdown":
        return cell
    return _copy_of(cell, source=cell.source.replace("](../", "](../../"))


def solutions_of(lesson: Lesson) -> dict[str, str]:
    """Return the code that learners do not get, by the id of the check that follows it."""
    solutions: dict[str, str] = {}
    pending: list[str] = []
    for cell in lesson.cells:
        pending += [code for code in [_solution_in(cell)] if code]
        for check_id in CHECK_CALL.findall(cell.source if cell.cell_type == "code" else ""):
            if not pending:
                msg = f"{lesson.stem}.py: no solution stands before the check {check_id!r}."
                raise BuildError(msg)
            solutions[check_id] = "\n".join(pending)
            pending = []
    return solutions


def _solution_in(cell: NotebookNode) -> str:
    if cell.cell_type != "code":
        return ""
    if SOLUTION_TAG in _tags(cell):
        return str(cell.source).strip()
    match = SOLUTION_LINE.search(cell.source)
    return cell.source[match.end() :].strip() if match else ""


def solutions_text(lessons: Iterable[Lesson]) -> str:
    """Return the solutions of all lessons as JSON."""
    every = {check_id: code for one in lessons for check_id, code in solutions_of(one).items()}
    return json.dumps(every, indent=1, ensure_ascii=False) + "\n"


def _copy_of(cell: NotebookNode, *, source: str) -> NotebookNode:
    copy = nbformat.from_dict(dict(cell))
    copy.source = source
    return copy


def navigation(previous: Lesson | None, following: Lesson | None) -> str:
    """Write the line of links that closes a notebook."""
    links = []
    if previous is not None:
        links.append(f"← [{previous.title}]({previous.stem}.ipynb)")
    if following is not None:
        links.append(f"**Next:** [{following.title}]({following.stem}.ipynb) →")
    return "---\n" + " · ".join(links or ["This is the only notebook."])


def notebook_from_cells(cells: Iterable[NotebookNode]) -> str:
    """Serialise cells as a notebook without outputs; the same cells give the same bytes."""
    seen: Counter[str] = Counter()
    notebook = new_notebook(cells=[_clean(cell, seen) for cell in cells], metadata=METADATA)
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)) + "\n"


def _clean(cell: NotebookNode, seen: Counter[str]) -> NotebookNode:
    copy = _copy_of(cell, source=cell.source)
    copy.id = _cell_id(cell, seen)
    tags = _tags(cell)
    copy.metadata = nbformat.from_dict({"tags": tags} if tags else {})
    if cell.cell_type == "code":
        copy.outputs, copy.execution_count = [], None
    return copy


def _cell_id(cell: NotebookNode, seen: Counter[str]) -> str:
    digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
    seen[digest] += 1
    return digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"


def table_of_notebooks(lessons: Sequence[Lesson]) -> str:
    """Write the README's table of notebooks."""
    rows = [
        f"| [{lesson.stem}](notebooks/{lesson.stem}.ipynb) | {lesson.goal} | {lesson.minutes} |"
        for lesson in lessons
    ]
    return "\n".join(["| Notebook | What you'll do | Minutes |", "|---|---|---|", *rows])


def readme_with_table(readme: str, table: str) -> str:
    """Put the table between the README's two markers."""
    before, start, rest = readme.partition(TABLE_START)
    _, end, after = rest.partition(TABLE_END)
    if not start or not end:
        msg = f"README.md lacks the markers {TABLE_START} and {TABLE_END}: add them, one per line."
        raise BuildError(msg)
    return f"{before}{TABLE_START}\n{table}\n{TABLE_END}{after}"


def build_notebooks(lessons: Sequence[Lesson], folder: Path) -> dict[Path, str]:
    """Make the text of every notebook, keyed by the file it belongs in."""
    files = {}
    neighbours = zip([None, *lessons], lessons, [*lessons[1:], None], strict=False)
    for previous, lesson, following in neighbours:
        links = new_markdown_cell(navigation(previous, following))
        name = f"{lesson.stem}.ipynb"
        files[folder / name] = notebook_from_cells([*learner_cells(lesson.cells), links])
        files[folder / "solutions" / name] = notebook_from_cells(
            [*solution_cells(lesson.cells), links]
        )
    return files


def stale_files(files: dict[Path, str]) -> list[Path]:
    """Name the files whose text on disk is not the wanted one."""
    return [path for path, text in files.items() if _text_of(path) != text]


def _text_of(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def orphans(files: dict[Path, str], folder: Path) -> list[Path]:
    """Name the numbered notebooks on disk that no source makes."""
    found = [*folder.glob("[0-9][0-9]_*.ipynb"), *folder.glob("solutions/[0-9][0-9]_*.ipynb")]
    return sorted(set(found) - set(files))


def write_files(files: dict[Path, str]) -> None:
    """Write the files, making their folders."""
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def run(folder: Path, readme: Path, solutions: Path, *, check: bool) -> int:
    """Build, or with `check` only compare; return the exit code."""
    lessons = read_lessons(folder / "source")
    files = {**build_notebooks(lessons, folder), solutions: solutions_text(lessons)}
    strays = orphans(files, folder)
    for path in strays:
        print(f"no source: {path.relative_to(folder)} (delete it, or write its source)")
    stale = _bring_up_to_date(files, check=check)
    text = readme_with_table(_text_of(readme) or "", table_of_notebooks(lessons))
    stale += _bring_up_to_date({readme: text}, check=check)
    return 1 if strays or (check and stale) else 0


def _bring_up_to_date(files: dict[Path, str], *, check: bool) -> int:
    stale = stale_files(files)
    if not check:
        write_files({path: files[path] for path in stale})
    for path in stale:
        print(f"{'stale' if check else 'wrote'}: {path.parent.name}/{path.name}")
    return len(stale)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Make the notebooks from their sources.")
    parser.add_argument("--check", action="store_true", help="write nothing, name stale files")
    options = parser.parse_args(arguments)
    try:
        return run(NOTEBOOKS, README, SOLUTIONS, check=options.check)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
