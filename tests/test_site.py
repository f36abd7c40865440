"""The documentation's site: its navigation, and the tools that write and check its pages."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from site_tools.executed import fingerprint, with_outputs
from site_tools.foreign import foreign_in_page, foreign_in_site
from site_tools.pages import linked, notebook_page, write_pages
from site_tools.reference import reference_pages
from site_tools.running import kernel_environment

from tracing_lab import _MODULES

ROOT = Path(__file__).parents[1]
SITE: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "mkdocs.yml").read_text("utf-8"))
WIDGET = "application/vnd.jupyter.widget-view+json"
PIXEL = base64.b64encode(b"\x89PNG").decode()


def pages_in(navigation: list[Any] | dict[str, Any] | str) -> Iterator[str]:
    if isinstance(navigation, str):
        yield navigation
    else:
        inner = navigation.values() if isinstance(navigation, dict) else navigation
        for entry in inner:
            yield from pages_in(entry)


def test_the_navigation_names_every_page_once() -> None:
    docs = [f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")]
    notebooks = [f"notebooks/{path.stem}.md" for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")]
    reference = list(reference_pages(_MODULES))
    others = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/adr/README.md"]
    assert sorted(pages_in(SITE["nav"])) == sorted(docs + notebooks + reference + others)


def test_notebooks_are_named_by_their_numbers_in_the_navigation() -> None:
    (notebooks,) = [entry["Notebooks"] for entry in SITE["nav"] if "Notebooks" in entry]
    entries = [item for entry in notebooks for item in entry.items()]
    numbers = sorted(path.name[:2] for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
    assert [(title[:3], path[:13]) for title, path in entries] == [
        (f"{number} ", f"notebooks/{number}_") for number in numbers
    ]


def test_each_decision_is_in_the_list_of_decisions() -> None:
    listed = (ROOT / "docs" / "adr" / "README.md").read_text("utf-8")
    decisions = (ROOT / "docs" / "adr").glob("[0-9]*.md")
    assert [path.name for path in decisions if f"({path.name})" not in listed] == []


def test_the_site_is_strict_and_asks_no_other_host_for_anything() -> None:
    assert SITE["strict"]
    assert SITE["theme"]["font"] is False
    assert not [path for path in SITE["extra_css"] if "//" in path]
    assert not {"extra_javascript", "repo_url", "copyright"} & SITE.keys()


@pytest.mark.parametrize(
    "element",
    [
        '<script src="https://cdn.example.org/math.js"></script>',
        '<link rel="stylesheet" href="//fonts.example.org/css">',
        '<link rel="preconnect" href="https://fonts.example.org">',
        '<img src="https://example.org/badge.svg">',
        '<img srcset="https://example.org/badge.svg 2x">',
        '<iframe src="http://example.org/"></iframe>',
        "<style>@import 'https://example.org/a.css';</style>",
        "<style>body { background: url(https://example.org/a.png) }</style>",
        '<p style="background: url(//example.org/a.png)">text</p>',
    ],
)
def test_what_a_browser_would_load_from_elsewhere_is_reported(element: str) -> None:
    (address,) = foreign_in_page(f"<html>{element}<p>text</p></html>")
    assert "example.org" in address


@pytest.mark.parametrize(
    "element",
    [
        '<a href="https://docs.aws.amazon.com/xray/">AWS</a>',
        '<link rel="canonical" href="https://example.org/page">',
        '<script src="../assets/bundle.js"></script>',
        '<img src="data:image/png;base64,iVBORw0KGgo//example.org/AAA">',
        "<code>url(https://example.org/)</code>",
        "<style>a { background: url('data:image/svg+xml;utf8,<svg/>') }</style>",
    ],
)
def test_links_and_local_files_are_no_foreign_loads(element: str) -> None:
    assert foreign_in_page(element) == []


def test_foreign_loads_are_reported_by_file(tmp_path: Path) -> None:
    pages = {"a/b.html": b'<img src="https://example.org/x.png">', "good.html": b"<p>text</p>"}
    write_pages(pages | {"c.css": b'@import "https://example.org/c.css";'}, tmp_path)
    expected = {"a/b.html": ["https://example.org/x.png"], "c.css": ["https://example.org/c.css"]}
    found = foreign_in_site(tmp_path)
    assert {name.replace("\\", "/"): addresses for name, addresses in found.items()} == expected


def test_only_links_to_our_notebooks_lead_to_pages() -> None:
    text = "[a](01_b.ipynb) [c](../notebooks/02_d.ipynb#recap) [e](https://example.org/f.ipynb)"
    text += " `g.ipynb`"
    assert linked(text) == (
        "[a](01_b.md) [c](../notebooks/02_d.md#recap) [e](https://example.org/f.ipynb) `g.ipynb`"
    )


def shown(*outputs: dict[str, Any], about: dict[str, Any] | None = None) -> dict[str, bytes]:
    """Return the files of a page whose only code cell has these outputs, with this metadata."""
    cells = [new_markdown_cell("# Title\n\n[next](01_b.ipynb)"), new_code_cell("x = 1")]
    cells[1].outputs = [
        new_output("display_data", data=data, metadata=about or {}) for data in outputs
    ]
    metadata = {"language_info": {"name": "python"}}
    return notebook_page(new_notebook(cells=cells, metadata=metadata), "00_a")


def test_a_page_has_text_code_and_working_links() -> None:
    page = shown()["00_a.md"].decode()
    assert page.startswith("# Title\n\n[next](01_b.md)")
    assert "```python\nx = 1\n```" in page


def test_pictures_are_files_beside_the_page() -> None:
    files = shown({"image/png": PIXEL, "text/plain": "<Figure>"})
    (name,) = set(files) - {"00_a.md"}
    assert files[name] == b"\x89PNG"
    assert f"]({name})" in files["00_a.md"].decode()
    assert "<Figure>" not in files["00_a.md"].decode()


def test_tables_are_html_in_a_box_of_their_own() -> None:
    page = shown({"text/html": "<table>\n\n</table>", "text/plain": "plain"})["00_a.md"].decode()
    assert '<div class="output">\n<table>\n\n</table>\n</div>' in page
    assert "plain" not in page


def test_widgets_and_bars_are_left_out() -> None:
    widget = {WIDGET: {"model_id": "1"}, "text/plain": "TraceExplorer(3 traces)"}
    assert "TraceExplorer" not in shown(widget)["00_a.md"].decode()
    bar = {"text/html": '<div class="tl-progress">3 of 3</div>', "text/plain": "apply: 3 of 3"}
    assert "3 of 3" not in shown(bar)["00_a.md"].decode()


def test_a_picture_has_the_text_that_stands_for_it() -> None:
    page = shown({"image/png": PIXEL}, about={"image/png": {"alt": "Latency [ms]"}})
    assert "![Latency (ms)](" in page["00_a.md"].decode()


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    path = tmp_path / "00_a.ipynb"
    nbformat.write(new_notebook(cells=[new_markdown_cell("one")]), path)
    return path


class Runs:
    """Stands for running a notebook; counts."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, path: Path) -> nbformat.NotebookNode:
        self.count += 1
        return nbformat.read(path, as_version=4)


def test_a_notebook_runs_again_only_after_a_change(notebook: Path, tmp_path: Path) -> None:
    run, cache = Runs(), tmp_path / "cache"
    for depends_on in ("library", "library", "changed library", "changed library"):
        with_outputs(notebook, cache, depends_on=depends_on, run=run)
    assert run.count == 2
    nbformat.write(new_notebook(cells=[new_markdown_cell("two")]), notebook)
    again = with_outputs(notebook, cache, depends_on="changed library", run=run)
    assert (run.count, again.cells[0].source) == (3, "two")
    assert len(list(cache.iterdir())) == 1


def test_a_failed_run_leaves_nothing_in_the_cache(notebook: Path, tmp_path: Path) -> None:
    def fail(path: Path) -> nbformat.NotebookNode:
        raise RuntimeError(path.name)

    with pytest.raises(RuntimeError, match=r"00_a\.ipynb"):
        with_outputs(notebook, tmp_path / "cache", depends_on="library", run=fail)
    assert not (tmp_path / "cache").exists()


def test_a_fingerprint_depends_on_names_and_contents_but_not_on_order(tmp_path: Path) -> None:
    write_pages({"a": b"1", "b": b"2", "c": b"1"}, tmp_path)
    first, second, third = (tmp_path / name for name in "abc")
    assert fingerprint([first, second]) == fingerprint([second, first])
    assert len({fingerprint([path]) for path in (first, second, third)}) == 3


def test_a_kernel_gets_no_other_aws_from_around(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("TRACING_LAB_TARGET", "aws")
    environment = kernel_environment(tmp_path)
    assert not {"AWS_PROFILE", "TRACING_LAB_TARGET"} & environment.keys()
    assert environment["TRACING_LAB_EMBEDDED_STATE_DIR"] == str(tmp_path)
