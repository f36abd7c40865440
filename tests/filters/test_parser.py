"""Filter expressions: what can be read, what it means as a tree, and what is said of mistakes."""

import json
from pathlib import Path

import pytest
from filter_expressions import expressions
from hypothesis import given, strategies as st

from tracing_lab.errors import FilterSyntaxError
from tracing_lab.filters import FilterExpression, parse, render
from tracing_lab.filters.syntax import (
    And,
    AnnotationCondition,
    EdgeCondition,
    KeywordCondition as Word,
    NodePattern,
    Not,
    Or,
    RootCauseCondition,
    RootCauseShape,
    ServiceCondition,
    walk,
)

GUIDE = Path(__file__).parents[1] / "data" / "documented_filter_expressions.json"
DOCUMENTED = [one["expression"] for one in json.loads(GUIDE.read_text())]
OPERATOR_WORDS = {"AND", "CONTAINS", "BEGINSWITH", "ENDSWITH"}  # the guide's headings
EXAMPLES = [
    'responsetime > 5 AND http.method = "POST"',
    'http.useragent BEGINSWITH "curl/" http.clientip = "203.0.113.9"',
    '(service(id(name: "frontend"  ))) AND (Annotation[aws.local.environment] = "k8s:default")',
    'annotation[aws.local.operation]="GET /api/orders"',
    'service("api"){fault = true} AND annotation[aws.local.operation]="POST /visits"',
    "annotation[aws:responseLatency] > 300",
    'resource.arn ENDSWITH ":function:order-fn"',
    'service("x") {fault OR error}',
    '(fault OR throttle) AND http.url CONTAINS "/orders"',
    'groupname = "slow"',
    'annotation.name BEGINSWITH "Pet"',
    'annotation.aws:canary_run_id = "r1" and responsetime > 0',
    "Annotation.aws:api_id",
]


def fill_in(template: str) -> str:
    """Put a filter where the guide writes the word filter."""
    return template.replace("{ filter }", "{ fault }").replace("{filter}", "{fault}")


@pytest.mark.parametrize("text", [*DOCUMENTED, *EXAMPLES])
def test_every_documented_expression_is_read(text: str) -> None:
    if text in OPERATOR_WORDS:  # not an expression, so it must be what joins two
        text = f"ok {text} ok" if text == "AND" else f'user {text} "ok"'
    expression = parse(fill_in(text))
    assert parse(render(expression)) == expression


@pytest.mark.parametrize(
    "text, tree",
    [
        ("ok", Word("ok")),
        ("!ok", Not(Word("ok"))),
        ("NOT ok", Not(Word("ok"))),
        ("OK = False", Word("ok", "=", value=False)),
        ("responseTime>5", Word("responsetime", ">", 5.0)),
        ("duration <= -.5e1", Word("duration", "<=", -5.0)),
        ("user contains alice", Word("user", "CONTAINS", "alice")),
        (r'user = "a\"b\\c\d"', Word("user", "=", r'a"b\c\d')),
        ("groupName = g", Word("group.name", "=", "g")),
        ("annotation.k", AnnotationCondition("k")),
        ("annotation.k = 5", AnnotationCondition("k", "=", 5.0)),
        ("annotation.K = true", AnnotationCondition("K", "=", value=True)),
        ("annotation [ aws:x.y ] != abc", AnnotationCondition("aws:x.y", "!=", "abc")),
        ("annotation.aws:api_id = abc", AnnotationCondition("aws:api_id", "=", "abc")),
        ('annotation["a ] b"]', AnnotationCondition("a ] b")),
        ("service()", ServiceCondition()),
        ('id(type: "AWS::Lambda")', ServiceCondition(NodePattern(type="AWS::Lambda"))),
        ('SERVICE("a") { Fault }', ServiceCondition(NodePattern("a"), Word("fault"))),
        (
            'edge("a", id(account.id: "1"))',
            EdgeCondition(NodePattern("a"), NodePattern(account_id="1")),
        ),
        ("rootcause.json = #[{}]", RootCauseShape("=", "[{}]")),
        (
            "rootcause.fault.service { inferred and name = traces }",
            RootCauseCondition(
                "fault", "service", And((Word("inferred"), Word("name", "=", "traces")))
            ),
        ),
    ],
)
def test_an_expression_becomes_a_tree(text: str, tree: FilterExpression) -> None:
    assert parse(text) == tree


def test_and_binds_stronger_than_or_and_may_be_left_out() -> None:
    ok, error, fault = Word("ok"), Word("error"), Word("fault")
    assert parse("ok OR error fault") == Or((ok, And((error, fault))))
    assert parse("ok or error and fault") == Or((ok, And((error, fault))))
    assert parse("(ok OR error) !fault") == And((Or((ok, error)), Not(fault)))
    assert parse("ok !error fault") == And((ok, Not(error), fault))


@pytest.mark.parametrize(
    "text, column, expected",
    [
        ("", 1, "a keyword, ! or ("),
        ("ok AND", 7, "a keyword"),
        ("AND ok", 1, "a keyword"),
        ("ok )", 4, "AND, OR or the end"),
        ("(ok", 4, "AND, OR or )"),
        ("responetime > 5", 1, "a keyword of a filter expression (account.id, "),
        ("ok > true", 4, "one of = !="),
        ("responsetime", 13, "one of = != < <= > >="),
        ('responsetime = "5"', 16, "a number"),
        ("http.url < 3", 10, "one of = != CONTAINS BEGINSWITH ENDSWITH"),
        ("http.url = 3", 12, "a string in quotes"),
        ("fault = 1", 9, "true or false"),
        ('user = "alice', 8, 'a string that ends with "'),
        ("ok ? fault", 4, "a keyword, an operator or a value"),
        ("duration > 1e999", 12, "a number that a computer can hold"),
        ("annotation.a.b", 1, "annotation[key]"),
        ("annotation", 1, "annotation.key"),
        ("annotation[]", 12, "the key of an annotation and ]"),
        ("annotation.k < yes", 16, "a number"),
        ("annotation.k CONTAINS 5", 23, "a string in quotes"),
        ("service", 8, "("),
        ("service(3)", 9, "the name of a node"),
        ('service("a" { fault }', 13, ")"),
        ('service("a") { fault )', 22, "AND, OR or }"),
        ('service("a") { annotation.k }', 16, "a keyword of service() { }"),
        ('edge("a")', 9, ", and the called node"),
        ('edge("a", "b") { root }', 18, "a keyword of edge() { }"),
        ('service(id(colour: "red"))', 12, "name, type or account.id"),
        ('service(id(name: "a", name: "b"))', 23, "each once"),
        ('service(id(name "a"))', 17, ":"),
        ("rootcause.throttle.service { first }", 1, "rootcause.json"),
        ("rootcause.fault.service { coverage > 1 }", 27, "a keyword of rootcause.*.service"),
        ("rootcause.json = {}", 18, "# and a JSON array"),
        ("rootcause.json = #[1]", 18, "a JSON array of objects"),
        ("rootcause.json = #[{]", 21, "JSON after #"),
        ("rootcause.json = #[NaN]", 19, "JSON of usual"),
        ("rootcause.json = #[" + "[" * 60 + "]" * 61, 19, "JSON of usual depth"),
        ("!" * 60 + "ok", 52, "at most 50 nested"),
    ],
)
def test_a_mistake_is_named_with_its_column(text: str, column: int, expected: str) -> None:
    with pytest.raises(FilterSyntaxError) as raised:
        parse(text)
    assert raised.value.column == column
    assert expected in raised.value.expected
    assert f"column {column}: expected {raised.value.expected}" in str(raised.value)


@pytest.mark.parametrize(
    "text, found",
    [
        ('servis("a")', "servis, perhaps for service()"),
        ("responsetim > 5", "responsetim, perhaps for responsetime"),
        ('service("a") { servis("b") }', "servis"),
        ("payment { error }", "payment"),
    ],
)
def test_a_misspelled_keyword_is_recognised(text: str, found: str) -> None:
    with pytest.raises(FilterSyntaxError) as raised:
        parse(text)
    assert str(raised.value).endswith(f"found {found}.")


def test_what_may_begin_a_condition_is_listed() -> None:
    with pytest.raises(
        FilterSyntaxError, match=r"annotation\.key, .*duration, edge\(\), .*service\(\)"
    ):
        parse("payment")


def test_a_last_brace_may_be_missing_as_in_the_guide() -> None:
    assert parse('service("a") { root') == parse('service("a") { root }')


def error_column(text: str) -> int | None:
    try:
        parse(text)
    except FilterSyntaxError as error:
        return error.column
    return None


@given(st.text(st.sampled_from('ok!("){}=<>#[],: annotation.service\\1e-AND'), max_size=40))
def test_any_text_is_read_or_refused_with_a_column_in_it(text: str) -> None:
    column = error_column(text)
    assert column is None or 1 <= column <= len(text) + 1


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(expressions(texts, numbers))
def test_what_is_written_down_is_read_back_the_same(expression: FilterExpression) -> None:
    assert parse(render(expression)) == expression


def test_walking_gives_every_part() -> None:
    expression = parse('ok OR service("a") { fault error } OR !rootcause.fault.entity { last }')
    words = [part.keyword for part in walk(expression) if isinstance(part, Word)]
    assert words == ["ok", "fault", "error", "last"]
