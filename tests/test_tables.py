"""Tables fold in a notebook and are whole in a terminal."""

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
    assert html.count("$") == html.count("<span>$</span>") == 4


def test_entities_of_dollar_signs_are_no_formulas_either() -> None:
    class Entities:
        def _repr_html_(self) -> str:
            return "<b title='$'>&#36;(a) and &#36;(b)</b>"

    html = folded(Entities(), "Commands")._repr_html_()
    assert "<b title='$'><span>&#36;</span>(a) and <span>&#36;</span>(b)</b>" in html


def test_a_terminal_prints_everything() -> None:
    assert repr(folded("26 rows", "All")) == "All\n26 rows"


def test_seconds_become_milliseconds_and_everything_else_stays() -> None:
    frame = pd.DataFrame(
        {"status": [201], "latency_s": [0.5951427], "self_s": [float("nan")]}, index=["a"]
    )
    shown = in_milliseconds(frame)
    assert shown.columns.to_list() == ["status", "latency_ms", "self_ms"]
    assert shown.loc["a", "latency_ms"] == 595.1
    assert shown["self_ms"].isna().all()
    assert frame["latency_s"].to_list() == [0.5951427]
