"""The progress bar that callers may plug in."""

import pytest

from tracing_lab.progress import progress_bar
from tracing_lab.progress.in_notebook import NotebookBar


def test_bar_shows_description_and_counts(capsys: pytest.CaptureFixture[str]) -> None:
    show = progress_bar("orders")
    show(1, 2)
    show(2, 2)
    drawn = capsys.readouterr().err
    assert "orders: 100%" in drawn
    assert "2/2" in drawn


def test_a_note_stands_beside_the_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    show = progress_bar("orders")
    show.note("9.5 orders/s, 0 errors, p95 43 ms")
    show(1, 1)
    assert "9.5 orders/s, 0 errors, p95 43 ms" in capsys.readouterr().err


def test_nothing_is_drawn_before_the_first_call(capsys: pytest.CaptureFixture[str]) -> None:
    progress_bar("orders")
    assert capsys.readouterr().err == ""


def test_a_bar_that_is_left_early_is_closed(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("orders") as show:
        show(1, 2)
    assert capsys.readouterr().err.endswith("\n")
    with progress_bar("orders"):
        pass
    assert capsys.readouterr().err == ""


class Notebook:
    """What a cell shows, and a clock that is moved by hand."""

    def __init__(self) -> None:
        self.shown: list[dict[str, str]] = []
        self.now_s = 0.0
        self.bar = NotebookBar(
            "<orders>", begun_s=0.0, publish=self._publish, now=lambda: self.now_s
        )

    def _publish(self, data: dict[str, str], replaces: bool) -> None:  # noqa: FBT001 - a callback
        assert replaces is bool(self.shown)
        self.shown.append(data)

    def show_at(self, now_s: float, done: int, total: int) -> None:
        self.now_s = now_s
        self.bar.show(done, total)


def test_a_note_in_a_notebook_is_escaped() -> None:
    notebook = Notebook()
    notebook.now_s = 2.0
    notebook.bar.show(1, 2, "p95 < 5 ms")
    (shown,) = notebook.shown
    assert shown["text/plain"] == "<orders>: 1 of 2, 2.0 s, about 2 s left; p95 < 5 ms"
    assert "p95 &lt; 5 ms</span>" in shown["text/html"]


def test_a_bar_of_a_notebook_is_text_and_html_and_not_a_widget() -> None:
    notebook = Notebook()
    notebook.show_at(2.0, 1_000, 3_000)
    (shown,) = notebook.shown
    assert set(shown) == {"text/plain", "text/html"}
    assert shown["text/plain"] == "<orders>: 1,000 of 3,000, 2.0 s, about 4 s left"
    assert "<span>&lt;orders&gt;</span>" in shown["text/html"]
    assert 'value="1000" max="3000"' in shown["text/html"]


def test_a_bar_of_a_notebook_is_drawn_ten_times_a_second_and_at_its_end() -> None:
    notebook = Notebook()
    for done in range(100):
        notebook.show_at(done / 100, done, 99)
    assert len(notebook.shown) == 10
    notebook.bar.close()
    notebook.bar.close()
    assert len(notebook.shown) == 11
    assert notebook.shown[-1]["text/plain"] == "<orders>: 99 of 99, 1.0 s"


def test_a_bar_of_nothing_is_full() -> None:
    notebook = Notebook()
    notebook.show_at(0.0, 0, 0)
    assert notebook.shown[0]["text/plain"] == "<orders>: 0 of 0, 0.0 s"
