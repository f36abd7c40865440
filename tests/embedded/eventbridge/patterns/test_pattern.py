"""Event patterns: literal cases of AWS's documentation, errors, and a brute-force comparison."""

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.eventbridge.patterns.pattern import (
    MAX_DEPTH,
    InvalidEventPatternError,
    compile_pattern,
    flatten,
)

MIXED = (
    "Inside anything but list, either all values are number or string, mixed type is not supported"
)
EVENT: dict[str, Any] = {
    "version": "0",
    "source": "order.service",
    "detail-type": "Order Created",
    "account": "123456789012",
    "resources": ["arn:a", "arn:b"],
    "detail": {
        "state": "Running",
        "total": 250.5,
        "count": 0,
        "paid": True,
        "note": None,
        "ip": "10.0.0.33",
        "path": "/var/lib/app.PNG",
        "empty": [],
        "tags": ["red", "green"],
        "items": [{"sku": "a", "qty": 1}, {"sku": "b", "qty": 2}],
        "deep": {"down": {"here": "x"}},
    },
}


def matches(detail_pattern: Any) -> Any:
    return compile_pattern({"detail": detail_pattern}).matches(EVENT)


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["order.service"], "detail-type": ["Order Created", "Other"]},
        {"resources": ["arn:b"]},
        {"detail": {"deep": {"down": {"here": ["x"]}}}},
        {"detail": {"paid": [True]}},
        {"detail": {"note": [None]}},
        {"detail": {"count": [0]}},
        {"detail": {"total": [2.505e2]}},
        {"detail": {"deep.down": {"here": ["x"]}}},
        {"detail": {"items": {"sku": ["b"], "qty": [2]}}},
    ],
)
def test_equal_values_match(pattern: Any) -> None:
    assert compile_pattern(pattern).matches(EVENT)


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["order.service"], "detail-type": ["Other"]},
        {"source": ["Order.Service"]},
        {"detail": {"paid": [1]}},
        {"detail": {"count": [False]}},
        {"detail": {"count": ["0"]}},
        {"detail": {"note": ["null"]}},
        {"detail": {"missing": [None]}},
        {"detail": {"empty": [None]}},
        {"detail": {"state": {"x": ["Running"]}}},
        {"detail": {"items": {"sku": ["a"], "qty": [2]}}},
    ],
)
def test_other_values_and_other_types_do_not_match(pattern: Any) -> None:
    assert not compile_pattern(pattern).matches(EVENT)


@pytest.mark.parametrize(
    "field, expression, expected",
    [
        ("state", {"prefix": "Run"}, True),
        ("state", {"prefix": "run"}, False),
        ("state", {"prefix": {"equals-ignore-case": "rUN"}}, True),
        ("state", {"prefix": ""}, True),
        ("total", {"prefix": "2"}, False),
        ("path", {"suffix": ".PNG"}, True),
        ("path", {"suffix": {"equals-ignore-case": ".png"}}, True),
        ("path", {"suffix": ".png"}, False),
        ("state", {"equals-ignore-case": "RUNNING"}, True),
        ("state", {"exactly": "Running"}, True),
        ("path", {"wildcard": "*/lib/*"}, True),
        ("path", {"wildcard": "/var/*.PNG"}, True),
        ("path", {"wildcard": "/var*/var*"}, False),
        ("path", {"wildcard": "*"}, True),
        ("path", {"wildcard": "/var/lib/app.PNG*PNG"}, False),
        ("state", {"anything-but": "Running"}, False),
        ("state", {"anything-but": ["Stopped", "Running"]}, False),
        ("state", {"anything-but": 5}, True),
        ("total", {"anything-but": [250.5]}, False),
        ("total", {"anything-but": "250.5"}, True),
        ("note", {"anything-but": "x"}, True),
        ("missing", {"anything-but": "x"}, False),
        ("tags", {"anything-but": "red"}, True),
        ("tags", {"anything-but": ["red", "green"]}, False),
        ("state", {"anything-but": {"prefix": "Run"}}, False),
        ("state", {"anything-but": {"prefix": ["Sto", "Ini"]}}, True),
        ("path", {"anything-but": {"suffix": ".PNG"}}, False),
        ("state", {"anything-but": {"equals-ignore-case": ["RUNNING"]}}, False),
        ("path", {"anything-but": {"wildcard": "*/lib/*"}}, False),
        ("total", {"anything-but": {"wildcard": "*"}}, True),
        ("total", {"numeric": [">", 250, "<=", 250.5]}, True),
        ("total", {"numeric": ["<", 250.5]}, False),
        ("total", {"numeric": [">", 250.5]}, False),
        ("total", {"numeric": [">", 0, "<", 250.5]}, False),
        ("total", {"numeric": ["=", 250.5000001]}, True),
        ("count", {"numeric": [">=", 0]}, True),
        ("state", {"numeric": [">", 0]}, False),
        ("paid", {"numeric": ["=", 1]}, False),
        ("ip", {"cidr": "10.0.0.0/24"}, True),
        ("ip", {"cidr": "10.0.1.0/24"}, False),
        ("ip", {"cidr": "::/0"}, False),
        ("state", {"cidr": "10.0.0.0/8"}, False),
        ("state", {"exists": True}, True),
        ("state", {"exists": False}, False),
        ("missing", {"exists": True}, False),
        ("missing", {"exists": False}, True),
        ("deep", {"exists": True}, False),
        ("deep", {"exists": False}, True),
        ("empty", {"exists": False}, True),
    ],
)
def test_match_expressions_follow_the_operators_page(
    field: Any, expression: Any, expected: Any
) -> None:
    assert matches({field: [expression]}) is expected


def test_values_of_one_field_are_alternatives() -> None:
    assert matches({"missing": ["x", {"exists": False}]})
    assert matches({"state": [{"numeric": ["=", 1]}, {"prefix": "R"}]})


def test_an_ip_address_matches_its_other_spellings() -> None:
    pattern = compile_pattern({"ip": ["::1"]})
    assert pattern.matches({"ip": "0:0:0:0:0:0:0:1"})
    assert not pattern.matches({"ip": "::2"})


def test_a_number_too_large_to_compare_matches_only_itself() -> None:
    pattern = compile_pattern({"account": [123456789012]})
    assert pattern.matches({"account": 123456789012})
    assert not pattern.matches({"account": 123456789013})
    assert not pattern.matches({"account": "123456789012"})


def test_or_joins_alternatives_with_the_fields_beside_it() -> None:
    pattern = {"source": ["s"], "$or": [{"a": [1]}, {"b": [2], "$or": [{"c": [3]}, {"d": [4]}]}]}
    compiled = compile_pattern(pattern)
    assert compiled.matches({"source": "s", "a": 1})
    assert compiled.matches({"source": "s", "b": 2, "d": 4})
    assert not compiled.matches({"source": "s", "b": 2})
    assert not compiled.matches({"a": 1})


def test_two_ors_multiply() -> None:
    compiled = compile_pattern(
        {"$or": [{"a": [1]}, {"b": [1]}], "detail": {"$or": [{"c": [1]}, {"d": [1]}]}}
    )
    assert len(compiled.alternatives) == 4
    assert compiled.matches({"b": 1, "detail": {"c": 1}})
    assert not compiled.matches({"b": 1, "detail": {"x": 1}})


def test_fields_of_nested_arrays_must_come_from_the_same_elements() -> None:
    event = {"a": [{"x": 1, "b": [{"y": 1, "z": 1}, {"y": 2, "z": 2}]}, {"x": 2, "b": [{"y": 3}]}]}
    assert compile_pattern({"a": {"x": [1], "b": {"y": [2], "z": [2]}}}).matches(event)
    assert not compile_pattern({"a": {"x": [1], "b": {"y": [1], "z": [2]}}}).matches(event)
    assert not compile_pattern({"a": {"x": [2], "b": {"y": [1]}}}).matches(event)


def test_different_arrays_do_not_restrict_each_other() -> None:
    event = {"a": [{"x": 1}, {"x": 2}], "b": [{"y": 1}, {"y": 2}]}
    assert compile_pattern({"a": {"x": [1]}, "b": {"y": [2]}}).matches(event)


@pytest.mark.parametrize(
    "pattern, reason",
    [
        ("[]", "Filter is not an object"),
        ({}, "Empty objects are not allowed"),
        ({"a": {}}, "Empty objects are not allowed"),
        ({"a": []}, "Empty arrays are not allowed"),
        ({"a": "x"}, '"a" must be an object or an array'),
        ({"a": [["x"]]}, "Match value must be String, number, true, false, or null"),
        ({"a": [{}]}, "Match expression name not found"),
        ({"a": [{"pre": "x"}]}, "Unrecognized match type pre"),
        ({"a": [{"prefix": "x", "suffix": "y"}]}, "Only one key allowed in match expression"),
        ({"a": [{"prefix": 1}]}, "prefix match pattern must be a string"),
        ({"a": [{"suffix": None}]}, "suffix match pattern must be a string"),
        ({"a": [{"prefix": {"wildcard": "x"}}]}, "Unsupported prefix pattern: wildcard"),
        (
            {"a": [{"suffix": {"equals-ignore-case": "x", "y": 1}}]},
            "Only one key allowed in match expression",
        ),
        ({"a": [{"prefix": {}}]}, "Prefix expression name not found"),
        (
            {"a": [{"prefix": {"equals-ignore-case": 1}}]},
            "equals-ignore-case match pattern must be a string",
        ),
        (
            {"a": [{"equals-ignore-case": ["x"]}]},
            "equals-ignore-case match pattern must be a string",
        ),
        ({"a": [{"exactly": 1}]}, "exact match pattern must be a string"),
        ({"a": [{"exists": "yes"}]}, "exists match pattern must be either true or false."),
        ({"a": [{"exists": 0}]}, "exists match pattern must be either true or false."),
        ({"a": [{"wildcard": 1}]}, "wildcard match pattern must be a string"),
        ({"a": [{"wildcard": "abc**d"}]}, "Consecutive wildcard characters at pos 4"),
        ({"a": [{"wildcard": "a\\b"}]}, "Invalid escape character at pos 2"),
        ({"a": [{"wildcard": "a\\"}]}, "Invalid escape character at pos 2"),
        (
            {"a": [{"anything-but": True}]},
            "Value of anything-but must be an array or single string/number value.",
        ),
        (
            {"a": [{"anything-but": [None]}]},
            "Inside anything but list, start|null|boolean is not supported.",
        ),
        (
            {"a": [{"anything-but": [1, "x"]}]},
            MIXED,
        ),
        (
            {"a": [{"anything-but": []}]},
            MIXED,
        ),
        ({"a": [{"anything-but": {}}]}, "Anything-But expression name not found"),
        (
            {"a": [{"anything-but": {"numeric": ["=", 1]}}]},
            "Unsupported anything-but pattern: numeric",
        ),
        ({"a": [{"anything-but": {"prefix": ""}}]}, "Null prefix/suffix not allowed"),
        ({"a": [{"anything-but": {"suffix": 1}}]}, "prefix/suffix match pattern must be a string"),
        ({"a": [{"anything-but": {"prefix": []}}]}, "Empty arrays are not allowed"),
        (
            {"a": [{"anything-but": {"prefix": "a", "suffix": "b"}}]},
            "Only one key allowed in match expression",
        ),
        ({"a": [{"anything-but": 6e9}]}, "Value must be between -5.0E9 and 5.0E9, inclusive"),
        ({"a": [{"numeric": ">"}]}, "Value of numeric must be an array."),
        ({"a": [{"numeric": []}]}, "Invalid member in numeric match: ]"),
        ({"a": [{"numeric": [1, 2]}]}, "Invalid member in numeric match: 1"),
        ({"a": [{"numeric": ["!=", 2]}]}, "Unrecognized numeric range operator: !="),
        ({"a": [{"numeric": ["=", "2"]}]}, "Value of equals must be numeric"),
        ({"a": [{"numeric": [">"]}]}, "Value of > must be numeric"),
        ({"a": [{"numeric": ["<", 2, ">", 1]}]}, "Too many elements in numeric expression"),
        ({"a": [{"numeric": [">", 2, ">", 3]}]}, "Bad numeric range operator: >"),
        ({"a": [{"numeric": [">", 5, "<", 5]}]}, "Bottom must be less than top"),
        (
            {"a": [{"numeric": [">", 1, "<", 5, "<", 6]}]},
            "Too many terms in numeric range expression",
        ),
        ({"a": [{"cidr": 1}]}, "prefix match pattern must be a string"),
        ({"a": [{"cidr": "10.0.0.0"}]}, "Malformed CIDR, one '/' required"),
        (
            {"a": [{"cidr": "10.0.0.0/255.0.0.0"}]},
            "Malformed CIDR, mask bits must be an integer",
        ),
        ({"a": [{"cidr": "10.0.0.999/8"}]}, "Nonstandard IP address: 10.0.0.999"),
        ({"a": [{"cidr": "10.0.0.0/33"}]}, "IPv4 mask bits must be < 32"),
        ({"a": [{"cidr": "::/999999999"}]}, "IPv6 mask bits must be < 128"),
        ({"$or": {"a": [1]}}, "It must be an Array followed with $or."),
        ({"$or": [{"a": [1]}]}, "There must have at least 2 Objects in $or relationship."),
        (
            {"$or": [{"a": [1]}, 5]},
            "Only JSON object is allowed in array of $or relationship.",
        ),
        (
            {"$or": [{"prefix": [1]}, {"a": [1]}]},
            "prefix is Ruler reserved fieldName which cannot be used inside $or.",
        ),
    ],
)
def test_bad_patterns_say_what_is_wrong(pattern: Any, reason: Any) -> None:
    with pytest.raises(InvalidEventPatternError) as caught:
        compile_pattern(pattern)
    assert str(caught.value) == f"Event pattern is not valid. Reason: {reason}"


@pytest.mark.parametrize(
    "pattern, matching, others",
    [
        # by Event Ruler's default, which compiles "with overriding": the later rule counts
        ({"a": ["x"], "$or": [{"a": ["y"]}, {"b": [1]}]}, [{"a": "y"}, {"a": "x", "b": 1}], ["x"]),
        ({"$or": [{"a": ["y"]}, {"b": [1]}], "a": ["x"]}, [{"a": "x"}], ["y"]),
        ({"a": {"b": [1]}, "a.b": [2]}, [{"a": {"b": 2}}], [{"b": 1}]),
    ],
)
def test_a_path_that_is_given_again_replaces_the_first(
    pattern: Any, matching: list[Any], others: list[Any]
) -> None:
    matcher = compile_pattern(pattern)
    assert all(matcher.matches(event) for event in matching)
    assert not any(matcher.matches({"a": value}) for value in others)


def test_text_that_is_not_json_is_an_invalid_pattern() -> None:
    with pytest.raises(InvalidEventPatternError, match="unexpected"):
        compile_pattern("{nope")


def test_exploding_ors_are_refused() -> None:
    pairs = {
        f"k{n}": {"$or": [{f"a{i}": [i]} for i in range(10)]} for n in range(4)
    }  # 10 ** 4 combinations
    with pytest.raises(InvalidEventPatternError, match="too complex"):
        compile_pattern(pairs)


def test_bottomless_patterns_and_events_are_refused() -> None:
    pattern: Any = ["x"]
    event: Any = "x"
    for _ in range(MAX_DEPTH + 2):
        pattern, event = {"a": pattern}, {"a": event}
    with pytest.raises(InvalidEventPatternError, match="nested deeper"):
        compile_pattern(pattern)
    with pytest.raises(ValueError, match="nested deeper"):
        flatten(event)


def test_a_hostile_wildcard_is_matched_in_linear_time() -> None:
    pattern = compile_pattern({"a": [{"wildcard": "*a" * 50 + "b"}]})
    assert not pattern.matches({"a": "a" * 100_000})


def test_big_arrays_are_matched_without_trying_all_pairs() -> None:
    event = {"a": [{"x": n, "y": n + 1} for n in range(20_000)]}
    exists = [{"exists": True}]
    assert compile_pattern({"a": {"x": exists, "y": exists}}).matches(event)
    assert not compile_pattern({"a": {"x": [7], "y": [7]}}).matches(event)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["a", "$or", "prefix", "numeric", "anything-but", "cidr", "exists"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=10,
)


@given(pattern=JSON)
def test_any_json_compiles_or_is_refused_with_a_reason(pattern: Any) -> None:
    text = json.dumps(pattern)
    try:
        compile_pattern(text).matches({"a": 1})
    except InvalidEventPatternError as error:
        assert error.reason  # noqa: PT017 - refusing is one of the two allowed outcomes
