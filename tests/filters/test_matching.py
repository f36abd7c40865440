"""Filter expressions: what can be read, what it means as a tree, and what is said of mistakes."""

import json
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tracing_lab.errors import FilterSyntaxError
from tracing_lab.filters import Expression, parse, render
from tracing_lab.filters.keywords import CAUSE_KINDS, CAUSE_SCOPES, KEYWORDS, OPERATORS, Scope, Type
from tracing_lab.filters.syntax import (
    And,
    Annotation,
    Edge,
    NodePattern,
    Not,
    Or,
    RootCause,
    RootCauseShape,
    Service,
    Test as Word,
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
        ("annotation.k", Annotation("k")),
        ("annotation.k = 5", Annotation("k", "=", 5.0)),
        ("annotation.K = true", Annotation("K", "=", value=True)),
        ("annotation [ aws:x.y ] != abc", Annotation("aws:x.y", "!=", "abc")),
        ('annotation["a ] b"]', Annotation("a ] b")),
        ("service()", Service()),
        ('id(type: "AWS::Lambda")', Service(NodePattern(type="AWS::Lambda"))),
        ('SERVICE("a") { Fault }', Service(NodePattern("a"), Word("fault"))),
        ('edge("a", id(account.id: "1"))', Edge(NodePattern("a"), NodePattern(account_id="1"))),
        ("rootcause.json = #[{}]", RootCauseShape("=", "[{}]")),
        (
            "rootcause.fault.service { inferred and name = traces }",
            RootCause("fault", "service", And((Word("inferred"), Word("name", "=", "traces")))),
        ),
    ],
)
def test_an_expression_becomes_a_tree(text: str, tree: Expression) -> None:
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
VALUES = {Type.FLAG: st.booleans(), Type.NUMBER: numbers, Type.TEXT: texts, Type.GROUP: texts}


def comparisons(scope: Scope) -> st.SearchStrategy[Expression]:
    choices: list[st.SearchStrategy[Expression]] = []
    for name, keyword in KEYWORDS.items():
        if scope in keyword.scopes:
            operators = st.sampled_from(OPERATORS[keyword.type])
            choices.append(st.builds(Word, st.just(name), operators, VALUES[keyword.type]))
            if keyword.type in {Type.FLAG, Type.TEXT}:
                choices.append(st.just(Word(name)))
    return st.one_of(choices)


def joined(leaves: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    def more(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
        return st.builds(And, parts) | st.builds(Or, parts) | st.builds(Not, inner)

    return st.recursive(leaves, more, max_leaves=4)


maybe = st.none() | texts
nodes = st.builds(NodePattern, maybe, maybe, maybe)
annotations = st.one_of(
    st.builds(Annotation, texts.filter(bool)),
    st.builds(
        Annotation, texts.filter(bool), st.sampled_from(["=", "!="]), st.one_of(VALUES.values())
    ),
    st.builds(Annotation, texts.filter(bool), st.just("<="), numbers),
    st.builds(Annotation, texts.filter(bool), st.just("ENDSWITH"), texts),
)
causes = st.sampled_from(sorted(CAUSE_SCOPES)).flatmap(
    lambda level: st.builds(
        RootCause,
        st.sampled_from(CAUSE_KINDS),
        st.just(level),
        joined(comparisons(CAUSE_SCOPES[level])),
    )
)
shapes = st.builds(
    RootCauseShape,
    st.sampled_from(["=", "!="]),
    st.lists(st.dictionaries(texts, texts | st.booleans()), max_size=2).map(
        lambda value: json.dumps(value, sort_keys=True)
    ),
)
expressions = joined(
    st.one_of(
        comparisons(Scope.TRACE),
        annotations,
        st.builds(Service, nodes, st.none() | joined(comparisons(Scope.SERVICE))),
        st.builds(Edge, nodes, nodes, st.none() | joined(comparisons(Scope.EDGE))),
        causes,
        shapes,
    )
)


@given(expressions)
def test_what_is_written_down_is_read_back_the_same(expression: Expression) -> None:
    assert parse(render(expression)) == expression


def test_walking_gives_every_part() -> None:
    expression = parse('ok OR service("a") { fault error } OR !rootcause.fault.entity { last }')
    words = [part.keyword for part in walk(expression) if isinstance(part, Word)]
    assert words == ["ok", "fault", "error", "last"]
