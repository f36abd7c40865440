"""Conditions of policies."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.iam.conditions import conditions_hold, fits_expanded

RULE = "arn:aws:events:us-east-1:123456789012:rule/shop/all"
CONTEXT = {
    "aws:SourceArn": RULE,
    "aws:SourceIp": "203.0.113.9",
    "aws:SecureTransport": "false",
    "aws:CurrentTime": "2026-11-26T12:00:00Z",
    "aws:username": "ann",
    "n": "7",
    "tags": ["red", "green"],
}


@pytest.mark.parametrize(
    "operator, key, wanted, expected",
    [
        ("StringEquals", "N", "7", True),
        ("StringEquals", "n", ["6", "7"], True),
        ("StringNotEquals", "n", ["6", "7"], False),
        ("StringNotEquals", "missing", "6", True),
        ("StringEquals", "missing", "6", False),
        ("StringEqualsIfExists", "missing", "6", True),
        ("StringEqualsIfExists", "n", "6", False),
        ("StringEquals", "n", "${aws:username}", False),
        ("StringEquals", "aws:username", "${AWS:UserName}", True),
        ("StringEquals", "aws:username", "${nobody, 'ann'}", True),
        ("ArnLike", "aws:SourceArn", "arn:aws:events:*:123456789012:rule/shop/*", True),
        ("ArnLike", "aws:SourceArn", "arn:*", False),  # no wildcard crosses a colon
        ("StringLike", "aws:SourceArn", "arn:*", True),
        ("ArnNotEquals", "aws:SourceArn", RULE, False),
        ("Bool", "aws:SecureTransport", False, True),
        ("Bool", "aws:SecureTransport", "true", False),
        ("NumericEquals", "n", 7.0, True),
        ("NumericGreaterThanEquals", "n", "7", True),
        ("NumericLessThan", "n", "7", False),
        ("NumericEquals", "n", "seven", False),
        ("NumericNotEquals", "n", "7", False),
        ("DateGreaterThan", "aws:CurrentTime", "2026-11-26T11:59:59Z", True),
        ("DateLessThan", "aws:CurrentTime", "2026-11-26", False),
        ("DateGreaterThan", "aws:CurrentTime", "0", True),
        ("IpAddress", "aws:SourceIp", ["198.51.100.7", "203.0.113.0/24"], True),
        ("NotIpAddress", "aws:SourceIp", "203.0.113.0/24", False),
        ("Null", "missing", "true", True),
        ("Null", "n", "true", False),
        ("Null", "n", False, True),
        ("ForAllValues:StringEquals", "tags", ["red", "green", "blue"], True),
        ("ForAllValues:StringEquals", "tags", "red", False),
        ("ForAllValues:StringEquals", "missing", "red", True),
        ("ForAnyValue:StringEquals", "tags", "red", True),
        ("ForAnyValue:StringEquals", "tags", "blue", False),
        ("ForAnyValue:StringEquals", "missing", "red", False),
        ("ForAnyValue:StringNotEquals", "tags", "red", True),
        ("ForAllValues:StringNotLike", "tags", "r*", False),
        ("StringAlmostEquals", "n", "7", False),
    ],
)
def test_operators(operator: str, key: str, wanted: Any, *, expected: bool) -> None:
    assert conditions_hold({operator: {key: wanted}}, CONTEXT) is expected


def test_all_operators_and_keys_must_hold() -> None:
    one, other = {"StringEquals": {"n": "7"}}, {"StringLike": {"aws:username": "b*"}}
    assert conditions_hold(one, CONTEXT)
    assert not conditions_hold({**one, **other}, CONTEXT)
    assert not conditions_hold({"StringEquals": {"n": "7", "aws:username": "bob"}}, CONTEXT)
    assert conditions_hold({}, {})


def test_several_variables_in_a_resource() -> None:
    pattern = "arn:${aws:username}/[1]/${n}"
    assert fits_expanded("arn:ann/[1]/7", pattern, CONTEXT)
    assert not fits_expanded("arn:ann/1/7", pattern, CONTEXT)
    assert not fits_expanded("arn:ann", "arn:${tags}", CONTEXT)  # more than one value


@given(value=st.text(max_size=8), wanted=st.lists(st.text(max_size=8), min_size=1, max_size=3))
def test_a_negated_operator_is_the_opposite(value: str, wanted: list[str]) -> None:
    context = {"k": value}
    plain = [one for one in wanted if "$" not in one] or ["x"]
    equal = conditions_hold({"StringEquals": {"k": plain}}, context)
    assert conditions_hold({"StringNotEquals": {"k": plain}}, context) is not equal
