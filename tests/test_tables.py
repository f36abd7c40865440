"""Tables fold in a notebook, are whole in a terminal, and show the units of the plots."""

import pandas as pd

from tracing_lab.tables import folded, in_milliseconds


def test_html_shows_the_title_and_keeps_the_table_for_a_click() -> None:
    html = folded(pd.DataFrame({"cost": [5]}), "Prices < 10")._repr_html_()
    assert html.startswith("<details><summary>Prices &lt; 10</summary>")
    assert "<table" in html
    assert html.endswith("</details>")


def test_what_has_no_html_is_shown_as_escaped_text() -> None:
    assert "<pre>a &lt; b</pre>" in folded("a < b", "Text")._repr_html_()


def test_html_that_declines_is_replaced_by_text() -> None:
    class Declines:
        def _repr_html_(self) -> None:
            return None

        def __str__(self) -> str:
            return "plain"

    assert "<pre>plain</pre>" in folded(Declines(), "Text")._repr_html_()


def test_dollar_signs_are_no_formulas() -> None:
    html = folded("$(date +%s) and $5", "From $1 to $2")._repr_html_()
    assert "$" not in html
    assert html.count("&#36;") == 4


def test_a_terminal_prints_everything() -> None:
    assert repr(folded("26 rows", "All")) == "All\n26 rows"


def test_seconds_become_milliseconds_and_the_rest_stays() -> None:
    table = pd.DataFrame({"count": [2], "p50_s": [0.01234], "share": [0.5]}, index=["api"])
    shown = in_milliseconds(table)
    assert shown.to_dict() == {"count": {"api": 2}, "p50_ms": {"api": 12.3}, "share": {"api": 0.5}}
    assert list(table.columns) == ["count", "p50_s", "share"]


def test_a_table_without_seconds_is_the_same_table() -> None:
    table = pd.DataFrame({"requests": [1], "is_partial": [True]})
    pd.testing.assert_frame_equal(in_milliseconds(table), table)
