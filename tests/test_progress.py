"""The progress bar that callers may plug in."""

import pytest

from tracing_lab.progress import progress_bar


def test_bar_shows_description_and_counts(capsys: pytest.CaptureFixture[str]) -> None:
    show = progress_bar("orders")
    show(1, 2)
    show(2, 2)
    drawn = capsys.readouterr().err
    assert "orders: 100%" in drawn
    assert "2/2" in drawn


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
