"""The notebook production line, on sources small enough to read."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BUILD = Path(__file__).parents[1] / "notebooks" / "build.py"
README = "# Readme\n<!-- notebooks -->\nold\n<!-- /notebooks -->\nend\n"
SOURCE = """# %% [markdown]
# # Read a trace
#
# **What you'll do.** Read
# one.
#
# **What you'll need.** 15 minutes.

# %%
import json

# %% [markdown]
# The same words.

# %%
answer = ...
# solution
answer = 42

# %% tags=["solution"]
print("only in the solution")

# %% [markdown]
# The same words.
"""


def load_build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("notebooks_build", BUILD)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


build = load_build()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    source = tmp_path / "notebooks" / "source"
    source.mkdir(parents=True)
    (source / "00_first.py").write_text(SOURCE, encoding="utf-8")
    (source / "01_second.py").write_text(SOURCE.replace("Read a", "Draw a"), encoding="utf-8")
    (tmp_path / "README.md").write_text(README, encoding="utf-8")
    return tmp_path


def run(project: Path, *, check: bool = False) -> int:
    files = (project / "notebooks", project / "README.md", project / "solutions.json")
    return int(build.run(*files, check=check))


def cells_of(path: Path) -> list[dict[str, Any]]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [{**cell, "source": "".join(cell["source"])} for cell in cells]


def sources_of(path: Path) -> list[str]:
    return [cell["source"] for cell in cells_of(path)]


def test_links_out_of_the_folder_hold_in_both_copies(project: Path) -> None:
    source = project / "notebooks" / "source" / "00_first.py"
    linked = SOURCE.replace("# The same words.", "# A [span](../docs/glossary.md#span).", 1)
    source.write_text(linked, encoding="utf-8")
    run(project)
    notebooks = project / "notebooks"
    assert "A [span](../docs/glossary.md#span)." in sources_of(notebooks / "00_first.ipynb")
    solution = sources_of(notebooks / "solutions" / "00_first.ipynb")
    assert "A [span](../../docs/glossary.md#span)." in solution


def test_learners_get_the_code_above_the_solution_line(project: Path) -> None:
    run(project)
    sources = sources_of(project / "notebooks" / "00_first.ipynb")
    assert f"answer = ...\n{build.PLACEHOLDER}" in sources
    assert not any("42" in source for source in sources)


def test_cells_tagged_solution_vanish_from_the_learner_copy_only(project: Path) -> None:
    run(project)
    learner = sources_of(project / "notebooks" / "00_first.ipynb")
    solution = sources_of(project / "notebooks" / "solutions" / "00_first.ipynb")
    assert 'print("only in the solution")' not in learner
    assert 'print("only in the solution")' in solution


def test_solution_copies_keep_the_answer(project: Path) -> None:
    run(project)
    solution = sources_of(project / "notebooks" / "solutions" / "00_first.ipynb")
    assert "answer = ...\n# solution\nanswer = 42" in solution


def test_the_word_solution_inside_a_line_is_no_marker() -> None:
    cell = build.new_markdown_cell("x = 1  # solution of the equation")
    cell.cell_type = "code"
    assert build.learner_cells([cell]) == [cell]


def test_cell_ids_are_unique_and_the_same_in_every_build(project: Path) -> None:
    path = project / "notebooks" / "00_first.ipynb"
    run(project)
    first = [cell["id"] for cell in cells_of(path)]
    path.unlink()
    run(project)
    assert [cell["id"] for cell in cells_of(path)] == first
    assert len(set(first)) == len(first)


def test_a_changed_cell_leaves_the_other_ids_alone(project: Path) -> None:
    run(project)
    path = project / "notebooks" / "00_first.ipynb"
    before = [cell["id"] for cell in cells_of(path)]
    source = project / "notebooks" / "source" / "00_first.py"
    source.write_text(SOURCE.replace("import json", "import csv"), encoding="utf-8")
    run(project)
    after = [cell["id"] for cell in cells_of(path)]
    assert [old == new for old, new in zip(before, after, strict=True)].count(False) == 1


def test_notebooks_have_no_outputs_and_a_plain_kernel(project: Path) -> None:
    run(project)
    path = project / "notebooks" / "solutions" / "00_first.ipynb"
    code = [cell for cell in cells_of(path) if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    metadata = json.loads(path.read_text(encoding="utf-8"))["metadata"]
    assert metadata == build.METADATA


def test_neighbours_are_linked(project: Path) -> None:
    run(project)
    first = sources_of(project / "notebooks" / "00_first.ipynb")[-1]
    second = sources_of(project / "notebooks" / "01_second.ipynb")[-1]
    assert first == "---\n**Next:** [Draw a trace](01_second.ipynb) →"
    assert second == "---\n← [Read a trace](00_first.ipynb)"


def test_the_readme_lists_the_notebooks_and_keeps_the_rest(project: Path) -> None:
    run(project)
    readme = (project / "README.md").read_text(encoding="utf-8")
    assert "| [00_first](notebooks/00_first.ipynb) | Read one. | 15 |" in readme
    assert readme.startswith("# Readme\n<!-- notebooks -->\n|")
    assert readme.endswith("|\n<!-- /notebooks -->\nend\n")
    assert "old" not in readme


def test_a_second_build_writes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(project)
    capsys.readouterr()
    assert run(project) == 0
    assert capsys.readouterr().out == ""


def test_check_names_stale_files_and_writes_nothing(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(project)
    source = project / "notebooks" / "source" / "01_second.py"
    source.write_text(SOURCE, encoding="utf-8")
    capsys.readouterr()
    assert run(project, check=True) == 1
    assert "stale: notebooks/01_second.ipynb" in capsys.readouterr().out
    assert run(project, check=True) == 1


def test_a_notebook_that_was_saved_with_outputs_is_stale(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(project)
    path = project / "notebooks" / "00_first.ipynb"
    saved = json.loads(path.read_text(encoding="utf-8"))
    code = next(cell for cell in saved["cells"] if cell["cell_type"] == "code")
    code["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "ran"}]
    path.write_text(json.dumps(saved), encoding="utf-8")
    capsys.readouterr()
    assert run(project, check=True) == 1
    assert "stale: notebooks/00_first.ipynb" in capsys.readouterr().out


def test_check_is_content_after_a_build(project: Path) -> None:
    assert run(project, check=True) == 1
    run(project)
    assert run(project, check=True) == 0


def test_a_notebook_without_a_source_is_reported(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(project)
    (project / "notebooks" / "source" / "01_second.py").unlink()
    assert run(project) == 1
    assert "no source: 01_second.ipynb" in capsys.readouterr().out


def test_a_readme_without_markers_is_an_error_that_names_them(project: Path) -> None:
    (project / "README.md").write_text("# Readme\n", encoding="utf-8")
    with pytest.raises(build.BuildError, match="<!-- notebooks -->"):
        run(project, check=True)


@pytest.mark.parametrize("missing", ["# Read a trace", "**What you'll do.**", "15 minutes"])
def test_a_source_without_its_opening_is_refused(project: Path, missing: str) -> None:
    source = project / "notebooks" / "source" / "00_first.py"
    source.write_text(SOURCE.replace(missing, ""), encoding="utf-8")
    with pytest.raises(build.BuildError, match=r"00_first\.py"):
        run(project)


def test_a_folder_without_sources_is_refused(tmp_path: Path) -> None:
    with pytest.raises(build.BuildError, match="no source"):
        build.run(tmp_path, tmp_path / "README.md", tmp_path / "solutions.json", check=True)


CHECKED = """
# %%
answer = ...
# solution
double = 42
answer = double / 2

# %%
tl.check.check("00.answer", answer)

# %%
again = ...
# solution
again = 1

# %% tags=["solution"]
again += 1

# %%
tl.check.check(
    "00.again", again, data=data
)
"""


def test_solutions_are_kept_by_the_id_of_the_check_that_follows(project: Path) -> None:
    source = SOURCE.replace("# solution", "# no marker").partition("# %% tags")[0]
    (project / "notebooks" / "source" / "00_first.py").write_text(source + CHECKED, "utf-8")
    run(project)
    solutions = json.loads((project / "solutions.json").read_text(encoding="utf-8"))
    assert solutions == {
        "00.answer": "double = 42\nanswer = double / 2",
        "00.again": "again = 1\nagain += 1",
    }


def test_a_check_without_a_solution_is_an_error(project: Path) -> None:
    source = project / "notebooks" / "source" / "00_first.py"
    source.write_text(f"{SOURCE}\n# %%\ntl.check.check('00.a', 1)\n", "utf-8")
    run(project)
    twice = source.read_text("utf-8") + "\n# %%\ntl.check.check('00.b', 1)\n"
    source.write_text(twice, "utf-8")
    with pytest.raises(build.BuildError, match=r"00_first\.py.*'00\.b'"):
        run(project)


def test_a_stale_file_of_solutions_is_reported(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(project)
    (project / "solutions.json").write_text("{}", encoding="utf-8")
    capsys.readouterr()
    assert run(project, check=True) == 1
    assert "solutions.json" in capsys.readouterr().out
