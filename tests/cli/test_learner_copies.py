"""The notebooks are copied from the wheel or the repository, and never over a learner's work."""

import re
from pathlib import Path

import pytest

from tracing_lab.cli.learner_copies import copy_notebooks, default_notebook_dir
from tracing_lab.errors import FileError, WorkshopError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "package"
    (folder / "source").mkdir(parents=True)
    (folder / "solutions").mkdir()
    for name in ("00_a.ipynb", "01_b.ipynb", "build.py", "source/00_a.py", "solutions/00_a.ipynb"):
        (folder / name).write_text(name)
    pages = tmp_path / "docs"
    pages.mkdir()
    (pages / "glossary.md").write_text("terms")
    return folder


def test_learner_copies_come_alone(source: Path, tmp_path: Path) -> None:
    mine = tmp_path / "new" / "mine"
    assert set(copy_notebooks(mine, source=source).values()) == {"copied"}
    assert sorted(path.name for path in mine.iterdir()) == ["00_a.ipynb", "01_b.ipynb"]
    assert (mine / "01_b.ipynb").read_text() == "01_b.ipynb"


def test_copying_again_changes_nothing_and_brings_new_ones(source: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    copy_notebooks(mine, source=source)
    (source / "02_c.ipynb").write_text("new")
    states = copy_notebooks(mine, source=source)
    assert list(states.values()) == ["unchanged", "unchanged", "copied"]


def test_a_changed_notebook_is_not_overwritten(source: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    copy_notebooks(mine, source=source)
    (mine / "01_b.ipynb").write_text("my answers")
    (mine / "00_a.ipynb").unlink()
    with pytest.raises(WorkshopError, match=r"different 01_b\.ipynb.*--force"):
        copy_notebooks(mine, source=source)
    assert not (mine / "00_a.ipynb").exists()
    assert (mine / "01_b.ipynb").read_text() == "my answers"
    states = copy_notebooks(mine, source=source, force=True)
    assert list(states.values()) == ["copied", "overwritten"]
    assert (mine / "01_b.ipynb").read_text() == "01_b.ipynb"


def test_a_learner_goes_on_where_something_is_new(source: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    copy_notebooks(mine, source=source)
    (mine / "01_b.ipynb").write_text("my answers")
    (mine / "00_a.ipynb").unlink()
    assert list(copy_notebooks(mine, source=source, keep=True).values()) == ["copied", "kept"]
    assert (mine / "01_b.ipynb").read_text() == "my answers"


def test_links_to_pages_lead_to_the_copies(source: Path, tmp_path: Path) -> None:
    (source / "00_a.ipynb").write_text("a [span](../docs/glossary.md#span)")
    copy_notebooks(tmp_path / "mine", source=source)
    assert (tmp_path / "mine/00_a.ipynb").read_text() == "a [span](docs/glossary.md#span)"
    assert (tmp_path / "mine/docs/glossary.md").read_text() == "terms"
    (source / "docs").mkdir()  # where a wheel has them
    (source / "docs/glossary.md").write_text("bundled")
    copy_notebooks(tmp_path / "mine", source=source)
    assert (tmp_path / "mine/docs/glossary.md").read_text() == "bundled"


def test_pages_come_with_those_that_they_link_to_and_no_others(
    source: Path, tmp_path: Path
) -> None:
    pages = source / "docs"
    pages.mkdir()
    (source / "00_a.ipynb").write_text("[help](../docs/help.md#start), [not here](https://x/y.md)")
    (pages / "help.md").write_text("[safe](safe.md) and [a](../notebooks/00_a.ipynb)")
    (pages / "safe.md").write_text("[back](help.md)")
    (pages / "instructor.md").write_text("answers")
    copy_notebooks(tmp_path / "mine", source=source)
    copies = tmp_path / "mine/docs"
    assert sorted(path.name for path in copies.iterdir()) == ["help.md", "safe.md"]
    assert (copies / "help.md").read_text() == "[safe](safe.md) and [a](../00_a.ipynb)"


def test_a_place_that_is_no_folder_is_refused(source: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match="not a folder"):
        copy_notebooks(tmp_path / "file", source=source)


def test_a_package_without_notebooks_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WorkshopError, match="no notebooks"):
        copy_notebooks(tmp_path / "mine", source=tmp_path)
    assert not (tmp_path / "mine").exists()


def test_a_wheel_has_its_own_notebooks(tmp_path: Path) -> None:
    package = tmp_path / "tracing_lab"
    package.mkdir()
    assert default_notebook_dir(package) == tmp_path / "notebooks"
    (package / "_notebooks").mkdir()
    assert default_notebook_dir(package) == package / "_notebooks"
    assert default_notebook_dir() == ROOT / "notebooks"


def test_every_link_of_notebooks_and_pages_leads_somewhere(tmp_path: Path) -> None:
    copy_notebooks(tmp_path)
    copies = [path for path in tmp_path.rglob("*.*") if path.is_file()]
    texts = {path: path.read_text("utf-8") for path in copies}
    links = {
        (path.parent / page, anchor)
        for path, text in texts.items()
        for page, anchor in re.findall(r"\]\(([\w/.-]+\.(?:md|ipynb))(?:#([\w-]+))?\)", text)
    }
    assert links
    lost = [(page.name, anchor) for page, anchor in sorted(links) if not leads(page, anchor)]
    assert lost == []


def leads(page: Path, anchor: str) -> bool:
    """Return whether a page is there, with a heading that GitHub gives this anchor."""
    if not page.is_file():
        return False
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return not anchor or anchor in {
        re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings
    }
