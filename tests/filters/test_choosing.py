"""Choosing from columns means what matching each trace means, whatever the columns are made of."""

import json
from pathlib import Path

import pytest

from tracing_lab.filters import (
    EdgeFacts,
    FactColumns,
    NodeFacts,
    Request,
    TraceFacts,
    chooser,
    matcher,
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
    request = Request(*flags, time_s, time_s, number * 2, url)
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
    matches = matcher(expression, groups=groups.get)
    expected = {number for number, one in enumerate(TRACES) if matches(one)}
    assert chooser(expression, groups=groups.get)(COLUMNS) == expected


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
