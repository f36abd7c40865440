"""Expressions mean what a plain reading says, whatever the columns are made of."""

import json
from pathlib import Path
from typing import Any

import pytest
from filter_expressions import PlainReading, expressions, root_causes
from hypothesis import event, given, strategies as st

from tracing_lab.filters import (
    EdgeFacts,
    FactColumns,
    FilterExpression,
    KeywordCondition,
    NodeFacts,
    RequestFacts,
    TraceFacts,
    chooser,
    matcher,
    no_groups,
    parse,
)
from tracing_lab.filters.columns import CodedColumn, PlainColumn, column

GUIDE = Path(__file__).parents[1] / "data" / "documented_filter_expressions.json"
WORDS = {"AND", "CONTAINS", "BEGINSWITH", "ENDSWITH"}  # the guide's headings
DOCUMENTED = [one["expression"] for one in json.loads(GUIDE.read_text())]
EXPRESSIONS = [
    *(text for text in DOCUMENTED if text not in WORDS and "filter" not in text),
    "responsetime > 0.15 responsetime <= 0.2",
    "responsetime != 0.1",
    'http.url CONTAINS "/7" OR http.status = 500',
    'user BEGINSWITH "user-1" AND !(annotation.number >= 100)',
    'service("fn-1") { duration > 0.15 AND !fault }',
    'edge("api", id(type: "AWS::Lambda::Function")) { error OR responsetime < 0.02 }',
    'rootcause.fault.entity { name = "n-7" }',
    "!rootcause.fault.service { last }",
    'group.name = "busy"',
]
SIZE = 300  # more different values than a code can say


def trace(number: int) -> TraceFacts:
    """Make facts in which nearly everything depends on a number."""
    fault, closed = number % 7 == 0, number % 50 != 0
    time_s = number / 1000 if closed else None
    url = (f"http://api.example.com/{number}",)
    flags = not fault, number % 4 == 0, number % 6 == 0, fault, not closed
    request = RequestFacts(*flags, time_s, time_s, number * 2, url)
    node = ("api" if number % 2 else f"fn-{number % 3}", "AWS::Lambda::Function", None)
    cause = {"Services": [{"Name": "api", "EntityPath": [{"Name": f"n-{number}"}]}]}
    return TraceFacts(
        request,
        inferred=number % 3 == 0,
        nodes=(NodeFacts(node, root=True, inferred=False, request=request),) * (number % 4),
        edges=(EdgeFacts(("api", None, None), node, request),) * (number % 3),
        annotations={"age": (number, f"{number}"), "number": (number,)} if number % 5 else {},
        users=(f"user-{number}",),
        fault_causes=(cause,) if fault else (),
    )


TRACES = [trace(number) for number in range(SIZE)]
COLUMNS = FactColumns(TRACES)


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_columns_of_many_values_give_the_traces_that_match(text: str) -> None:
    groups = {"busy": parse("responsetime > 0.1"), "high_response_time": parse("duration > 0.2")}
    expression = parse(text)
    expected = {
        number
        for number, one in enumerate(TRACES)
        if PlainReading(one, groups.get).holds(expression)
    }
    assert chooser(expression, groups=groups.get)(COLUMNS) == expected


words, counts = st.sampled_from(["", "a", "ab", "b"]), st.sampled_from([0.0, 1.0, 2.0])
word_tuples = st.lists(words, max_size=2).map(tuple)
one_word = st.lists(words, max_size=1).map(tuple)
flags = [st.booleans()] * 5
times = [st.none() | counts] * 3
requests = st.builds(RequestFacts, *flags, *times, one_word, one_word, one_word, one_word)
ids = st.tuples(words, st.none() | words, st.none() | words)


def members(**required: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    optional = {"Name": words, "Type": words, "AccountId": words, "Message": words}
    more = {"Remote": st.booleans(), "Inferred": st.booleans(), "Coverage": counts}
    return st.fixed_dictionaries(required, optional=optional | more)


def some(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(strategy, max_size=2)


entities = members(Exceptions=some(members()))
causes = some(members(Services=some(members(EntityPath=some(entities))))).map(tuple)
facts = st.builds(
    TraceFacts,
    requests,
    inferred=st.booleans(),
    nodes=some(st.builds(NodeFacts, ids, st.booleans(), st.booleans(), requests)).map(tuple),
    edges=some(st.builds(EdgeFacts, ids, ids, requests)).map(tuple),
    annotations=st.dictionaries(words, some(words | counts | st.booleans()).map(tuple)),
    users=word_tuples,
    zones=word_tuples,
    instances=word_tuples,
    arns=word_tuples,
    fault_causes=causes,
    error_causes=causes,
    response_time_causes=causes,
)


@given(st.lists(facts, max_size=3), expressions(words, counts))
def test_any_expression_means_what_a_plain_reading_says(
    traces: list[TraceFacts], expression: FilterExpression
) -> None:
    def groups(name: str) -> FilterExpression:
        return KeywordCondition("ok" if name else "fault")

    expected = {
        number for number, one in enumerate(traces) if PlainReading(one, groups).holds(expression)
    }
    event(f"{type(expression).__name__} {bool(expected)}")
    assert chooser(expression, groups=groups)(FactColumns(traces)) == expected


def one_or_two(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(strategy, min_size=1, max_size=2)


full = one_or_two(members(Exceptions=one_or_two(members())))
full_causes = one_or_two(members(Services=one_or_two(members(EntityPath=full))))


@given(full_causes, root_causes(words, counts))
def test_any_condition_on_root_causes_means_what_a_plain_reading_says(
    found: list[Any], condition: FilterExpression
) -> None:
    trace = TRACES[0]._replace(
        fault_causes=tuple(found), error_causes=tuple(found[1:]), response_time_causes=()
    )
    expected = PlainReading(trace, no_groups).holds(condition)
    event(f"{expected}")
    assert matcher(condition)(trace) is expected


def test_a_matcher_is_for_one_trace() -> None:
    matches = matcher(parse("fault"))
    assert [number for number, one in enumerate(TRACES[:15]) if matches(one)] == [0, 7, 14]


def test_no_traces_make_columns_too() -> None:
    assert chooser(parse("!fault OR service()"))(FactColumns([])) == set()


@pytest.mark.parametrize(
    "values, kind",
    [
        ([1.5, None] * 200, CodedColumn),
        ([n / 7 for n in range(257)], PlainColumn),
        ([None, *(n / 7 for n in range(257))], PlainColumn),
        ([(f"u-{n}",) for n in range(257)], PlainColumn),
    ],
)
def test_a_column_gives_the_rows_of_a_value(values: list[object], kind: type) -> None:
    made = column(values)
    assert type(made) is kind
    assert made.chosen(range(len(values)), lambda one: one == values[1]) == {
        row for row, one in enumerate(values) if one == values[1]
    }
