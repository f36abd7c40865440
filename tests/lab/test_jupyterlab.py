"""Notebooks as a learner meets them: run in JupyterLab, in a browser, in both themes.

The pictures are kept where ``TRACING_LAB_PICTURES`` says, for people to look at.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from chromium import CHROMIUM, NO_CHROMIUM
from nbformat import NotebookNode, v4
from private_environment import private_environment

from tracing_lab.cli.learner_copies import copy_notebooks
from tracing_lab.embedded import lifecycle
from tracing_lab.spans import save_traces

pytest.importorskip("playwright", reason="Playwright is not installed; make test installs it")
pytest.importorskip("jupyterlab", reason="JupyterLab is not installed; make lab installs it")

from lab_server import serving
from lab_window import THEMES, LabWindow, browsing

LEAST_CONTRAST = 4.5
"""WCAG 2's level AA, for text of any size."""
LEAST_SCALE = 0.7
"""A figure that is shown smaller than this has letters that are hard to read."""
PICTURES = "TRACING_LAB_PICTURES"
USUAL = ("00_start_here", "09_service_map", "12_logs_and_metrics")
FOR_PICTURES = ("02_first_trace", "03_instrument", "05_fetch_and_query", "10_find_the_fault")
"""They show nothing of another kind, and are run when pictures are to be looked at."""
NAMES = sorted((*USUAL, *FOR_PICTURES) if PICTURES in os.environ else USUAL)
ALL_DONE = re.compile(r"(?<![\d,])([\d,]+) of \1(?!\d)")

# What learners must be able to read, dollar signs included.
SHOWN = {
    "00_start_here": ["POST /orders/{customerId}", "process_order"],
    "02_first_trace": ["AWS::Lambda::Function", "customer_id"],
    "03_instrument": ["check_limit"],
    "05_fetch_and_query": ["annotation.payment_amount > 500"],
    "09_service_map": ["Events [AWS::Events]"],
    "10_find_the_fault": ["CardDeclined"],
    "12_logs_and_metrics": ["cost $0.005 per GB", '{ $.level = "ERROR" }', "costs $0.10 a month"],
}
NAME = "opened_again.ipynb"
CELLS = (
    """import tracing_lab as tl
traces = tl.spans.load_traces('traces.json')
bar = tl.progress.progress_bar('orders')
for done in range(4):
    bar(done, 3)""",
    "tl.widgets.trace_explorer(traces)",
    "tl.widgets.service_map(traces)",
)
FIGURES = {"12_logs_and_metrics": 0}
"""How many figures there are at least, if not one."""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)


@dataclass(frozen=True)
class Lab:
    """A learner's folder, and the window in which it is open."""

    folder: Path
    window: LabWindow


@pytest.fixture(scope="module")
def lab(
    tmp_path_factory: pytest.TempPathFactory, shop_traces: Callable[..., list[dict[str, Any]]]
) -> Iterator[Lab]:
    home = tmp_path_factory.mktemp("lab")
    folder = home / "workshop"
    copy_notebooks(folder)
    save_traces(shop_traces(12, seed=3), folder / "traces.json")
    nbformat.write(small_notebook(), folder / NAME)
    environment = private_environment(home)
    assert CHROMIUM is not None
    try:
        with serving(folder, environment) as address, browsing(CHROMIUM) as page:
            yield Lab(folder, LabWindow(page, address))
    finally:
        lifecycle.stop(state_dir=Path(environment["TRACING_LAB_EMBEDDED_STATE_DIR"]))


def small_notebook() -> NotebookNode:
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    return v4.new_notebook(cells=[*map(v4.new_code_cell, CELLS)], metadata=metadata)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(os.environ.get(PICTURES) or tmp_path_factory.mktemp("pictures"))


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_and_can_be_read_in_both_themes(
    name: str, lab: Lab, pictures: Path
) -> None:
    with lab.window.opened(f"{name}.ipynb"):
        lab.window.run_all()
        lab.window.save()
        assert problems(lab.folder / f"{name}.ipynb") == []
        for theme in THEMES:
            lab.window.set_theme(theme)
            with lab.window.stretched():
                lab.window.photograph(pictures / f"{name}-{theme}.png")
                view = lab.window.look(VIEW)
            assert unreadable(view) == [], theme
            assert [text for text in SHOWN[name] if text not in view["text"]] == []
            assert len(view["figures"]) >= FIGURES.get(name, 1)


def test_a_notebook_that_is_opened_again_shows_what_it_has_shown(lab: Lab) -> None:
    with lab.window.opened(NAME):
        lab.window.run_all()
        alive = lab.window.look(STANDS_FOR_A_WIDGET)
        lab.window.save()
    with lab.window.opened(NAME):
        again = lab.window.look(STANDS_FOR_A_WIDGET)
    assert (alive["widgets"], alive["stills"]) == (2, 0)
    assert (again["widgets"], again["stills"]) == (0, 2)
    assert "3 of 3" in alive["text"]
    assert "3 of 3" in again["text"]
    assert "model not found" not in again["text"]


# It says that failed attempts will be repeated, which some notebooks are about.
EXPECTED_WARNING = "RetriesPendingWarning"

STANDS_FOR_A_WIDGET = """panel => {
  const seen = name => [...panel.querySelectorAll(name)].filter(node => node.checkVisibility());
  const text = seen('.jp-OutputArea-output').map(node => node.innerText).join('\\n');
  return { widgets: seen('.tl-widget').length, stills: seen('.tl-still').length, text };
}"""


def problems(path: Path) -> list[str]:
    """Return what a saved notebook has that it should not have, or lacks."""
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    outputs = [(cell, output) for cell in cells for output in cell.outputs]
    return [
        *(f"not run: {cell.source}" for cell in cells if cell.execution_count is None),
        *(
            f"{output.ename} in: {cell.source}"
            for cell, output in outputs
            if output.output_type == "error"
        ),
        *(
            f"warning: {output.text}"
            for _, output in outputs
            if output.output_type == "stream"
            and output.name == "stderr"
            and EXPECTED_WARNING not in output.text
        ),
    ]


def unreadable(view: dict[str, Any]) -> list[str]:
    """Return what is hard to read, hidden or unfinished in a notebook."""
    return [
        *(f"contrast {c['ratio']}: {c['text']}" for c in view["faint"]),
        *(f"wider than its cell: {text}" for text in view["wide"]),
        *(f"figure at {f['scale']}" for f in view["figures"] if f["scale"] < LEAST_SCALE),
        *(f"typeset as a formula: {text}" for text in view["formulas"]),
        *(f"bar at {text}" for text in view["bars"] if not ALL_DONE.search(text)),
    ]


VIEW = """panel => {
  const visible = node => node.checkVisibility() && node.getBoundingClientRect().width > 0;
  const outputs = [...panel.querySelectorAll('.jp-OutputArea-output')].filter(visible);
  const channels = colour => colour.match(/[0-9.]+/g).map(Number);
  const over = ([r, g, b, a = 1], below) =>
    [r, g, b].map((channel, i) => channel * a + below[i] * (1 - a));
  const background = node => {
    if (!node) return [255, 255, 255];
    const colour = channels(getComputedStyle(node).backgroundColor);
    return colour[3] === undefined || colour[3] === 1
      ? colour.slice(0, 3) : over(colour, background(node.parentElement));
  };
  const luminance = colour => colour
    .map(channel => channel / 255)
    .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = node => {
    const below = background(node);
    const [dark, light] = [over(channels(getComputedStyle(node).color), below), below]
      .map(luminance).sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const texts = root => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), nodes = [];
    while (walker.nextNode()) if (walker.currentNode.data.trim()) nodes.push(walker.currentNode);
    return nodes.map(node => node.parentElement).filter(visible);
  };
  const words = [...outputs, ...panel.querySelectorAll('.jp-MarkdownOutput')].flatMap(texts);
  const short = node => node.textContent.trim().slice(0, 60);
  return {
    faint: words.map(node => ({ ratio: Math.round(contrast(node) * 10) / 10, text: short(node) }))
      .filter(({ ratio }) => ratio < LEAST),
    wide: outputs.filter(node => node.scrollWidth > node.clientWidth + 1).map(short),
    figures: outputs.flatMap(node => [...node.querySelectorAll('img')]).filter(visible)
      .map(image => ({ scale: image.getBoundingClientRect().width / image.naturalWidth })),
    bars: [...panel.querySelectorAll('.tl-progress')].filter(visible)
      .map(node => node.textContent.trim()),
    formulas: [...panel.querySelectorAll('mjx-container')].map(node => node.textContent),
    text: panel.innerText,
  };
}""".replace("LEAST", str(LEAST_CONTRAST))
