"""Widgets without a browser: what they hold after a filter, a choice, or hostile names."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import pytest
from nbformat import NotebookNode
from site_tools.foreign import foreign_in_page

import tracing_lab as tl
from tracing_lab.errors import FilterSyntaxError, TraceDataError
from tracing_lab.graph import requests_behind, service_graph_from_spans
from tracing_lab.spans import select

pytest.importorskip("anywidget", reason="pip install 'tracing-lab[lab]'")
HTMLExporter = pytest.importorskip(
    "nbconvert", reason="pip install 'tracing-lab[lab]'"
).HTMLExporter

STATIC = Path(tl.__file__).parent / "plot" / "widgets" / "static"
EPOCH = 1795435200.0  # 2026-11-23T12:00:00Z
HOSTILE = "<img src=x onerror=alert(1)>$x$"


@pytest.fixture(autouse=True)
def no_screen() -> Iterator[None]:
    """Draw without a screen, and leave no figure behind."""
    with mpl.rc_context():
        plt.switch_backend("Agg")
        yield
        assert plt.get_fignums() == []


def trace(number: int, *documents: dict[str, Any]) -> dict[str, Any]:
    segments = [{"Id": document["id"], "Document": json.dumps(document)} for document in documents]
    return {"Id": f"1-0000000{number}-1", "Segments": segments}


def segment(span_id: str, name: str, start_s: float, end_s: float, **more: Any) -> dict[str, Any]:
    times = {"start_time": EPOCH + start_s, "end_time": EPOCH + end_s}
    return {"id": span_id, "name": name, **times, **more}


FAILED = segment(
    "b",
    "pay",
    0.25,
    0.75,
    parent_id="a",
    fault=True,
    annotations={"order_id": "o-1"},
    metadata={"default": {"card": {"kind": "debit"}}},
    cause={
        "exceptions": [
            {
                "id": "e1",
                "type": "CardDeclined",
                "message": "no money",
                "stack": [{"path": "pay.py", "line": 7, "label": "charge"}],
            }
        ]
    },
)
TRACES = [
    trace(1, segment("a", "shop", 0, 1), FAILED),
    trace(2, segment("c", "shop", 2, 2.5, error=True)),
    trace(3, segment("d", "shop", 3, 3.25)),
]
ONE, TWO, THREE = ("1-00000001-1", "1-00000002-1", "1-00000003-1")


def listed(widget: Any) -> list[str]:
    return [row["id"] for row in widget.listing["rows"]]


def test_the_list_has_a_row_per_trace() -> None:
    explorer = tl.widgets.trace_explorer(TRACES)
    assert explorer.listing["caption"] == "3 traces"
    assert [row["cells"] for row in explorer.listing["rows"]] == [
        ["2026-11-23 12:00:00.000", "1,000.0", "1,000.0", "ok, a part failed", "shop"],
        ["2026-11-23 12:00:02.000", "500.0", "500.0", "error", "shop"],
        ["2026-11-23 12:00:03.000", "250.0", "250.0", "ok", "shop"],
    ]


def test_a_filter_chooses_rows() -> None:
    explorer = tl.widgets.trace_explorer(TRACES)
    explorer.expression = 'service("pay") { fault }'
    assert (listed(explorer), explorer.trace_ids) == ([ONE], [ONE])
    explorer.expression = "duration > 9"
    assert explorer.listing["caption"] == "no traces"
    explorer.expression = " "
    assert listed(explorer) == [ONE, TWO, THREE]


@pytest.mark.parametrize(
    "expression, column, message",
    [("error AND", 10, "column 10: expected"), ('user = "x"', 0, "A span frame has no user")],
)
def test_a_bad_filter_leaves_the_list_and_says_where(
    expression: str, column: int, message: str
) -> None:
    explorer = tl.widgets.trace_explorer(TRACES, expression="error")
    before = explorer.listing
    explorer.expression = expression
    assert explorer.listing == before
    assert (explorer.answer["expression"], explorer.answer["column"]) == (expression, column)
    assert message in explorer.answer["message"]
    explorer.expression = "error"
    assert (explorer.answer["message"], listed(explorer)) == ("", [TWO])


def test_a_bad_first_filter_is_refused() -> None:
    with pytest.raises(FilterSyntaxError, match="column 1"):
        tl.widgets.trace_explorer(TRACES, expression="nonsense")


def test_widget_and_select_choose_the_same(
    shop_traces: Callable[..., list[dict[str, Any]]],
) -> None:
    traces = shop_traces(60, seed=2)
    explorer = tl.widgets.trace_explorer(traces)
    spans = tl.spans.spans_from_traces(traces)
    for expression in ("ok", 'edge("api", "order")', "responsetime > 0.05", "!fault"):
        explorer.expression = expression
        chosen = select(spans, expression).index.get_level_values("trace_id").unique()
        assert explorer.trace_ids == chosen.tolist()


def test_a_long_list_is_cut_after_it_is_sorted() -> None:
    many = [trace(n, segment(f"{n}", "shop", n, n + 1 / (10 - n))) for n in range(9)]
    explorer = tl.widgets.trace_explorer(many, limit=2)
    assert explorer.listing["caption"] == "first 2 of 9 traces"
    explorer.sort = "-duration_s"
    assert listed(explorer) == ["1-00000008-1", "1-00000007-1"]
    explorer.sort = "duration_s"
    assert listed(explorer) == ["1-00000000-1", "1-00000001-1"]
    assert len(explorer.trace_ids) == 9


def test_a_trace_opens_as_a_waterfall() -> None:
    explorer = tl.widgets.trace_explorer(TRACES)
    assert explorer.waterfall == {}
    explorer.selected = ONE
    shop, pay = explorer.waterfall["bars"]
    assert (shop["name"], shop["left"], shop["width"], shop["status"]) == ("shop", 0, 100, "ok")
    assert (pay["name"], pay["left"], pay["width"], pay["status"]) == ("pay", 25, 50, "fault")
    assert (shop["path"], pay["path"]) == (((0, 25), (75, 25)), ((25, 50),))
    explorer.selected = ""
    assert explorer.waterfall == {}


def test_a_span_has_annotations_metadata_and_exceptions() -> None:
    explorer = tl.widgets.trace_explorer(TRACES)
    explorer.selected = ONE
    explorer.span = "b"
    shown = explorer.details
    assert ["duration (ms)", "500.0"] in shown["facts"]
    assert shown["annotations"] == [["order_id", "o-1"]]
    assert json.loads(shown["metadata"]) == {"default": {"card": {"kind": "debit"}}}
    assert [(item["type"], item["message"]) for item in shown["exceptions"]] == [
        ("CardDeclined", "no money")
    ]
    assert shown["exceptions"][0]["stack"] == ["pay.py:7 in charge"]
    explorer.selected = TWO
    assert (explorer.span, explorer.details) == ("", {})


def test_an_exception_of_another_span_is_looked_up() -> None:
    outer = segment("a", "shop", 0, 1, fault=True, cause="e1")
    explorer = tl.widgets.trace_explorer([trace(1, outer, FAILED)])
    explorer.selected, explorer.span = ONE, "a"
    (exception,) = explorer.details["exceptions"]
    assert (exception["type"], exception["raised_in"]) == ("CardDeclined", "pay")


def test_spans_alone_say_what_they_lack() -> None:
    explorer = tl.widgets.trace_explorer(tl.spans.spans_from_traces(TRACES))
    explorer.selected, explorer.span = ONE, "b"
    assert explorer.details["annotations"] == [["order_id", "o-1"]]
    assert "pass traces" in explorer.details["note"]


@pytest.mark.parametrize(
    "name, value", [("selected", "1-0-0"), ("span", "nowhere"), ("sort", "-colour")]
)
def test_what_does_not_exist_is_refused_and_changes_nothing(name: str, value: str) -> None:
    explorer = tl.widgets.trace_explorer(TRACES)
    before = explorer.listing, explorer.waterfall, explorer.details
    with pytest.raises(TraceDataError, match=re.escape(value.removeprefix("-"))):
        setattr(explorer, name, value)
    assert (explorer.listing, explorer.waterfall, explorer.details) == before
    assert getattr(explorer, name) == ""


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="limit is 0"):
        tl.widgets.trace_explorer(TRACES, limit=0)
    with pytest.raises(TraceDataError, match="summary frame"):
        tl.widgets.trace_explorer(tl.summaries.frame_from_summaries([]))
    with pytest.raises(TraceDataError, match="neither a summary frame nor a span frame"):
        tl.widgets.service_map(pd.DataFrame({"a": [1]}))
    with pytest.raises(ValueError, match="only for a service graph"):
        tl.widgets.service_map(TRACES, traces=TRACES)


def test_no_traces_at_all_are_an_empty_list() -> None:
    explorer = tl.widgets.trace_explorer([])
    assert explorer.listing == {"caption": "no traces", "columns": [], "rows": []}
    bundle = explorer._repr_mimebundle_()
    assert bundle is not None
    assert "No traces" in bundle[0]["text/html"]
    assert tl.widgets.service_map([]).picture["shapes"] == []


def test_the_map_has_numbers_for_every_node_and_edge() -> None:
    service_map = tl.widgets.service_map(TRACES)
    numbers = {
        tuple(shape["key"]): dict(shape["numbers"]) for shape in service_map.picture["shapes"]
    }
    assert set(numbers) == {
        ("shop [client]",),
        ("shop",),
        ("pay",),
        ("shop [client]", "shop"),
        ("shop", "pay"),
    }
    assert numbers["shop",] == {
        "requests": "3",
        "faults": "0%",
        "errors": "33%",
        "of these throttles": "0%",
        "p50 (ms)": "500.0",
        "p95 (ms)": "unknown (needs 72)",
    }
    assert numbers["shop [client]",]["p50 (ms)"] == "unknown"


def test_a_place_of_the_map_lists_the_traces_behind_it() -> None:
    service_map = tl.widgets.service_map(TRACES)
    assert service_map.listing == {}
    service_map.place = ["shop", "pay"]
    assert [row["cells"][1:] for row in service_map.listing["rows"]] == [
        ["1", "1,000.0", "ok", "1,000.0"]
    ]
    service_map.place = ["pay"]
    assert listed(service_map) == [ONE]
    service_map.place = ["shop [client]"]
    assert listed(service_map) == [ONE, TWO, THREE]
    service_map.selected = TWO
    assert len(service_map.waterfall["bars"]) == 1
    service_map.place = []
    assert service_map.trace_ids == []
    with pytest.raises(TraceDataError, match="no pay -> shop"):
        service_map.place = ["pay", "shop"]


def test_behind_each_place_are_the_requests_that_the_graph_counts(
    shop_spans: pd.DataFrame,
) -> None:
    graph = service_graph_from_spans(shop_spans)
    served, calls = requests_behind(shop_spans)
    counted = {key: data["requests"] for key, data in graph.nodes(data=True)}
    clients = {key for key, data in graph.nodes(data=True) if data["kind"] == "client"}
    behind = served.groupby("node").size().to_dict()
    assert behind == {key: count for key, count in counted.items() if key not in clients}
    edges = {edge: graph.edges[edge]["requests"] for edge in graph.edges}
    assert calls.groupby(["source", "target"]).size().to_dict() == edges


def test_a_graph_of_x_ray_can_have_traces_or_none() -> None:
    graph = service_graph_from_spans(tl.spans.spans_from_traces(TRACES))
    alone, both = tl.widgets.service_map(graph), tl.widgets.service_map(graph, traces=TRACES)
    assert (alone.picture["has_traces"], both.picture["has_traces"]) == (False, True)
    for service_map in (alone, both):
        service_map.place = ["pay"]
    assert (alone.trace_ids, both.trace_ids) == ([], [ONE])


@pytest.mark.parametrize("make", [tl.widgets.trace_explorer, tl.widgets.service_map])
def test_a_page_without_a_kernel_shows_a_picture_and_a_table(make: Callable[..., Any]) -> None:
    data, _ = make(TRACES)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    html = data["text/html"]
    assert re.search(r'<img alt="[^"]+" src="data:image/png;base64,[A-Za-z0-9+/=]{1000,}">', html)
    assert "<td>shop" in html
    assert "<script" not in html


@pytest.fixture
def notebook() -> NotebookNode:
    """Return a notebook whose cell has shown a widget."""
    outputs = [
        nbformat.v4.new_output("display_data", data=data, metadata=metadata)
        for data, metadata in tl.widgets.trace_explorer(TRACES)._outputs()
    ]
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=outputs)])


def test_a_notebook_keeps_the_picture_as_an_output_of_its_own(notebook: NotebookNode) -> None:
    picture, widget = (output.data for output in notebook.cells[0].outputs)
    assert set(picture) == {"text/plain", "text/html"}
    assert 'class="tl-still"' in picture["text/html"]
    assert widget["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert widget["text/html"] == ""


@pytest.mark.parametrize("with_state", [False, True])
def test_a_page_made_by_nbconvert_shows_the_picture(
    notebook: NotebookNode, *, with_state: bool
) -> None:
    if with_state:  # as `jupyter nbconvert --execute` puts it into the page
        state = {"version_major": 2, "version_minor": 0, "state": {}}
        notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": state}
    page, _ = HTMLExporter().from_notebook_node(notebook)
    assert 'alt="Waterfall of trace 1-00000001-1" src="data:image/png;base64,' in page


def test_a_page_made_as_the_documentation_says_loads_nothing(notebook: NotebookNode) -> None:
    exporter = HTMLExporter(require_js_url="", mathjax_url="")
    page, _ = exporter.from_notebook_node(notebook)
    assert foreign_in_page(page) == []
    assert foreign_in_page(HTMLExporter().from_notebook_node(notebook)[0]) != []


def test_a_still_picture_of_very_many_spans_is_left_out() -> None:
    parts = [segment(f"{n}", "part", n, n + 1) for n in range(1, 151)]
    explorer = tl.widgets.trace_explorer([trace(1, segment("a", "shop", 0, 151), *parts)])
    assert "<img" not in explorer._still()
    explorer.selected = ONE
    assert len(explorer.waterfall["bars"]) == 151


@pytest.mark.parametrize("make", [tl.widgets.trace_explorer, tl.widgets.service_map])
def test_hostile_names_stay_text(make: Callable[..., Any]) -> None:
    widget = make([trace(1, segment("a", HOSTILE, 0, 1, annotations={HOSTILE: HOSTILE}))])
    widget.selected = ONE
    html = widget._repr_mimebundle_()[0]["text/html"]
    assert "&lt;img src=x onerror=alert(1)&gt;<span>$</span>x<span>$</span>" in html
    assert html.count("<img ") == 1  # our own picture
    if make is tl.widgets.service_map:
        assert widget.picture["source"].startswith("data:image/svg+xml;base64,")


def test_the_script_makes_text_of_strings_and_loads_nothing() -> None:
    for path in STATIC.iterdir():
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        forbidden = (
            r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|https?:|@import|url\("
        )
        assert not re.search(forbidden, text), path.name
        assert len(text) < 20_000


def test_a_missing_extra_is_said_with_the_command_that_helps() -> None:
    code = (
        "import sys; sys.modules['anywidget'] = None\n"
        "import tracing_lab as tl\n"
        "try: tl.widgets.trace_explorer([])\n"
        "except tl.errors.MissingExtraError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "package anywidget, which is not installed" in done.stdout
    assert "pip install 'tracing-lab[lab]'" in done.stdout
