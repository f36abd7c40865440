"""Selecting traces of a span frame means what the same filter expression means on X-Ray."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from tracing_lab.embedded.xray.derive.facts import facts_of
from tracing_lab.embedded.xray.derive.graph import observe
from tracing_lab.embedded.xray.derive.processing import process
from tracing_lab.embedded.xray.derive.summaries import summarise
from tracing_lab.errors import FilterSyntaxError, TraceDataError
from tracing_lab.filters import matcher, parse
from tracing_lab.spans import select, spans_from_traces, validate_spans

EXAMPLE = json.loads((Path(__file__).parents[1] / "data" / "xray_worked_example.json").read_text())
Make = Callable[..., dict[str, Any]]

TRUE = [
    "ok !partial inferred",
    "responsetime > 0.4 AND duration > 0.9",
    "http.status = 201",
    'service("order-fn") service("orders") !service("DynamoDB")',
    'service("orders-api/prod") { root }',
    'edge("orders-api/prod", "order-fn") AND !edge("order-fn", "ship-fn")',
    'annotation[aws:api_stage] = "prod"',
    'service(id(name: "order-fn", type: "AWS::Lambda::Function")) { responsetime < 0.2 }',
]
FALSE = [
    "fault OR error OR throttle",
    "duration > 1",
    'service("ship-fn") { root = true }',
    'edge("order-fn", "ship-fn")',
    "service() { fault OR error OR partial }",
    "annotation.aws",
    "http.status != 201",
]


@pytest.mark.parametrize("expression", TRUE)
def test_all_rows_of_a_trace_that_fits_are_kept(
    worked_spans: pd.DataFrame, expression: str
) -> None:
    pd.testing.assert_frame_equal(select(worked_spans, expression), worked_spans)


@pytest.mark.parametrize("expression", FALSE)
def test_a_trace_that_does_not_fit_is_left_out(worked_spans: pd.DataFrame, expression: str) -> None:
    selected = select(worked_spans, expression)
    assert selected.empty
    validate_spans(selected)


def test_only_the_traces_that_fit_stay_in_their_order(make_trace: Make) -> None:
    traces = [
        make_trace(("a", None, 0, 1), ("b", "a", 0, 1, {"fault": bad}), trace_id=f"1-0000000{n}-1")
        for n, bad in [(3, True), (1, False), (2, True)]
    ]
    selected = select(spans_from_traces(traces), 'service("b") { fault }')
    found = selected.index.get_level_values("trace_id").unique().tolist()
    assert found == ["1-00000003-1", "1-00000002-1"]


@pytest.mark.parametrize("flag", ["error", "fault"])
def test_an_invoked_function_shows_its_failure_at_the_root(make_trace: Make, flag: str) -> None:
    service, function = {"origin": "AWS::Lambda"}, {"origin": "AWS::Lambda::Function", flag: True}
    spans = spans_from_traces(
        [make_trace(("a", None, 0, 1, service), ("b", "a", 0, 1, function), ("c", "b", 0, 1))]
    )
    assert not select(spans, flag).empty
    assert select(spans, "ok").empty


def test_both_halves_of_a_choice_make_the_whole(shop_spans: pd.DataFrame) -> None:
    expression = "service() { fault } OR error"
    chosen, left = select(shop_spans, expression), select(shop_spans, f"!({expression})")
    assert 0 < len(chosen) < len(shop_spans)
    pd.testing.assert_frame_equal(pd.concat([chosen, left]).sort_index(), shop_spans.sort_index())


def test_an_empty_frame_has_nothing_to_select() -> None:
    assert select(spans_from_traces([]), "ok").empty


@pytest.mark.parametrize(
    "expression, missing",
    [
        ('ok AND http.url CONTAINS "/orders"', "http.url"),
        ('user = "alice" OR group.name = "slow"', "group.name, user"),
        ('edge(id(account.id: "1"), "b")', "account.id"),
        ("rootcause.fault.service { last }", "root causes"),
    ],
)
def test_what_a_frame_does_not_have_is_refused(
    worked_spans: pd.DataFrame, expression: str, missing: str
) -> None:
    with pytest.raises(TraceDataError, match=f"has no {missing}. Leave that out"):
        select(worked_spans, expression)


def test_a_mistake_is_named_with_its_column(worked_spans: pd.DataFrame) -> None:
    with pytest.raises(FilterSyntaxError, match="column 11: expected a number"):
        select(worked_spans, "duration >")


COMPARED = [
    *("ok", "error", "fault", "throttle", "partial", "duration > 0.9", "responsetime > 0.3"),
    *(f"service() {{ {flag} }}" for flag in ("ok", "error", "fault", "throttle", "partial")),
    *(f'service("ship-fn") {{ {flag} }}' for flag in ("ok", "root", "duration > 0.4")),
    *(f"edge() {{ {flag} }}" for flag in ("error", "fault", "throttle", "partial", "!ok")),
    'edge("Events", "ship-fn") { fault }',
    'edge("order-fn", "orders") { error }',
]


def change(document: dict[str, Any], member: str, *, deep: bool) -> None:
    inner = document.get("subsegments", [])
    for one in inner if deep else [document]:
        if member == "in_progress":
            one.pop("end_time", None)
        one[member] = True
        for part in one.get("subsegments", []) if deep else []:
            part[member] = True


changes = st.lists(
    st.tuples(
        st.integers(0, len(EXAMPLE["raw"]) - 1),
        st.sampled_from(["error", "fault", "throttle", "in_progress"]),
        st.booleans(),
    ),
    max_size=3,
)


@settings(max_examples=15)
@given(changes, st.sampled_from([0, 1]))
def test_a_frame_and_x_ray_select_the_same(
    changed: list[tuple[int, str, bool]], first: int
) -> None:
    documents = copy.deepcopy(EXAMPLE["raw"])
    for number, member, deep in changed:
        change(documents[number], member, deep=deep)
    trace = process(EXAMPLE["trace_id"], documents[first:])  # with or without the root
    observations = observe(trace)
    facts = facts_of(trace, summarise(trace, observations=observations), observations)
    segments = [{"Id": one["id"], "Document": one} for one in trace.segments]
    spans = spans_from_traces([{"Id": trace.id, "Segments": segments}])
    for expression in COMPARED:
        assert select(spans, expression).empty is not matcher(parse(expression))(facts), expression
