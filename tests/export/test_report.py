"""The HTML report."""

import base64
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from tracing_lab.errors import TraceDataError
from tracing_lab.export import (
    report_html,
)
from tracing_lab.graph import service_graph_from_spans
from tracing_lab.spans import spans_from_traces

Make = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def no_screen() -> None:
    """Draw without a screen."""
    plt.switch_backend("Agg")


class Page(HTMLParser):
    """Collects what a page holds, and asserts that its tags match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.images: list[str] = []
        self.words: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag == "img":
            self.images.append(dict(attrs)["src"] or "")
        elif tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def page(
    shop_spans: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Page, pd.DataFrame]:
    plt.switch_backend("Agg")
    path = tmp_path_factory.mktemp("report") / "new" / "report.html"
    report_html(shop_spans, service_graph_from_spans(shop_spans), path, title="A <b>title</b>")
    return Page(path.read_text(encoding="utf-8")), shop_spans


def test_a_report_loads_nothing_from_elsewhere(page: tuple[Page, pd.DataFrame]) -> None:
    assert all(link.startswith("data:image/svg+xml;base64,") for link in page[0].links)


def test_a_report_has_five_figures(page: tuple[Page, pd.DataFrame]) -> None:
    figures = [base64.b64decode(image.partition(",")[2]) for image in page[0].images]
    assert len(figures) == 5
    assert all(figure.startswith(b"<svg") for figure in figures)


def test_a_report_says_what_matters(page: tuple[Page, pd.DataFrame]) -> None:
    assert "A <b>title</b>" in page[0].words  # as text, not as markup
    assert {"120", "traces", "100%", "of them complete"} <= {*page[0].words}
    assert "Traces from 2026-11-23 12:00:00 to 2026-11-23 12:00:06 UTC" in page[0].words


def test_a_report_names_the_slowest_trace(page: tuple[Page, pd.DataFrame]) -> None:
    segments = page[1][page[1]["kind"] == "segment"].groupby("trace_id")
    durations = segments["end"].max() - segments["start"].min()
    assert durations.idxmax() in page[0].words


def test_a_report_closes_its_figures(worked_spans: pd.DataFrame, tmp_path: Path) -> None:
    graph = service_graph_from_spans(worked_spans)
    report_html(worked_spans, graph, tmp_path / "report.html")
    assert not plt.get_fignums()


def test_a_report_of_one_unfinished_trace_is_possible(make_trace: Make, tmp_path: Path) -> None:
    spans = spans_from_traces([make_trace(("a", None, 0, None))])
    path = report_html(spans, service_graph_from_spans(spans), tmp_path / "report.html")
    assert "unknown" in Page(path.read_text(encoding="utf-8")).words


def test_a_report_needs_spans(tmp_path: Path) -> None:
    spans = spans_from_traces([])
    with pytest.raises(TraceDataError, match="no spans to report on"):
        report_html(spans, service_graph_from_spans(spans), tmp_path / "report.html")
    assert not list(tmp_path.iterdir())
