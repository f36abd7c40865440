"""What the pages mention exists: links, functions, commands, options and notebooks."""

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import tracing_lab as tl
from tracing_lab.cli.parser import make_parser
from tracing_lab.config import VARIABLES
from tracing_lab.stack.outputs import Outputs

ROOT = Path(__file__).parents[1]
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
GUIDES = [page for page in PAGES if page.name != "ARCHITECTURE.md"]  # it names modules instead
NOTEBOOKS = {path.name[:2] for path in (ROOT / "notebooks" / "source").glob("[0-9][0-9]_*.py")}

# In both copies, because those in solutions/ are a folder deeper.
NOTEBOOK_PAGES = sorted((ROOT / "notebooks").glob("**/[0-9][0-9]_*.ipynb"))
DECISIONS = sorted((ROOT / "docs" / "adr").glob("*.md"))
LINKING = [*PAGES, ROOT / "CHANGELOG.md", *DECISIONS, *NOTEBOOK_PAGES]


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


each_page = pytest.mark.parametrize("page", PAGES, ids=name_of)
each_page_or_notebook = pytest.mark.parametrize("page", [*PAGES, *NOTEBOOK_PAGES], ids=name_of)


def prose(page: Path) -> str:
    """Return a page's text, or the text cells of a notebook."""
    if page.suffix != ".ipynb":
        return page.read_text("utf-8")
    cells = json.loads(page.read_text("utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}


@pytest.mark.parametrize("page", LINKING, ids=name_of)
def test_links_lead_to_a_file_and_a_heading(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)]+))?\)", prose(page))
    for target, anchor in links:
        linked = page.parent / target if target else page
        assert linked.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(linked), f"{page.name}: {target}#{anchor}"


@each_page_or_notebook
def test_functions_exist(page: Path) -> None:
    for dotted in re.findall(r"\btl((?:\.[A-Za-z_]\w*)+)", prose(page)):
        found: Any = tl
        for name in dotted.split(".")[1:]:
            assert hasattr(found, name), f"{page.name}: tl{dotted}"
            found = getattr(found, name)


def commands(text: str) -> set[tuple[str, ...]]:
    """Return the verbs after ``tracing-lab`` and its options; of ``embedded``, also the next."""
    options = r"(?:--[a-z-]+ [a-z]+ )*"
    found = re.findall(rf"\btracing-lab {options}(embedded [a-z]+|[a-z]+)", text)
    return {tuple(words.split()) for words in found}


@each_page_or_notebook
def test_commands_exist(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in commands(prose(page)):
        with pytest.raises(SystemExit) as exit_:
            make_parser().parse_args([*words, "--help"])
        assert exit_.value.code == 0, capsys.readouterr().err


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_options_exist(page: Path) -> None:
    prefixes = r"lambda|enable|api|usage_plan|event|x_ray|waf|log_kms|alarm"
    named = re.findall(rf"`((?:{prefixes})_[a-z0-9_]+)(?:=[^`]*)?`", page.read_text("utf-8"))
    assert set(named) <= {*VARIABLES, *(field.name for field in fields(Outputs))}


@each_page_or_notebook
def test_notebooks_exist(page: Path) -> None:
    numbers = re.findall(r"[Nn]otebooks? (\d\d)\b", prose(page))
    assert set(numbers) <= NOTEBOOKS


def test_messages_in_the_instructors_kit_are_those_of_the_library() -> None:
    page = (ROOT / "docs" / "instructor.md").read_text("utf-8")
    section = page.partition("word for word\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (.*?) \|", section, re.MULTILINE)
    quoted = [text for cell in cells for text in re.findall(r"`([^`]+)`", cell)]
    python = ("NameError", "No module named", "TracesNotReadyError", "test", "tracing-lab")
    ours = [text for text in quoted if not text.startswith(python)]
    pieces = [piece.strip(" ,") for text in ours for piece in text.split("...")]
    source = "".join(path.read_text("utf-8") for path in (ROOT / "tracing_lab").rglob("*.py"))
    assert len(ours) > 5
    assert [piece for piece in pieces if piece not in source] == []


def test_files_that_the_recipes_name_are_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    named = re.findall(r"`((?:tracing_lab|tests|docs|notebooks)/[^`]+)`", text)
    assert len(named) >= 40
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_what_the_map_of_the_house_names_is_there() -> None:
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text("utf-8")
    section = text.partition("## Where do I change ...")[2].partition("\n## ")[0]
    named = re.findall(r"`((?:tracing_lab|lambda_src)/[^`]+)`", section)
    assert len(named) >= 20
    assert [path for path in named if not (ROOT / path).exists()] == []
