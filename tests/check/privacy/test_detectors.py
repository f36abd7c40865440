"""Personal data and secrets in texts."""

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st
from private_texts import SECRET_TEXTS, samples

from tracing_lab.check.privacy.detectors import has_check_digit, matches, named_secret


@pytest.mark.parametrize(
    "text, kind, part",
    [
        ("mail ada@example.org now", "email", "ada@example.org"),
        ("to=ada%2Bx%40example.org", "email", "ada%2Bx%40example.org"),
        ("paid with 4111 1111 1111 1111.", "card", "4111 1111 1111 1111"),
        ("3782-822463-10005", "card", "3782-822463-10005"),
        ("call +49 151 2345678", "phone", "+49 151 2345678"),
        ("(202) 555-0143", "phone", "(202) 555-0143"),
        ("Authorization: Bearer abcdef123456.x", "token", "abcdef123456.x"),
        ("https://x/?api_key=s3cr3t&b=1", "token", "s3cr3t"),
        ('{"password": "hunter22"}', "token", "hunter22"),
        ("key AKIAIOSFODNN7EXAMPLE", "key", "AKIAIOSFODNN7EXAMPLE"),
        ("aws_secret_access_key=wJalrXUtnFEMI/K7", "key", "wJalrXUtnFEMI/K7"),
        ("from 203.0.113.9:443", "ip", "203.0.113.9"),
        ("peer 2001:db8::7", "ip", "2001:db8::7"),
    ],
)
def test_each_kind_is_found_where_it_lies(text: str, kind: str, part: str) -> None:
    (match,) = matches(text)
    assert (match.kind, text[match.start : match.end]) == (kind, part)


@pytest.mark.parametrize(
    "text",
    [
        "1-6b042ac0-5d09aa705e56bbd015254801",
        "4111111111111112",  # a wrong check digit
        "0000000000000000",
        "127.0.0.1",
        "::1",
        "999.1.2.3",
        "1.2.3.4.5",
        "2026-11-29T12:00:00Z",
        "arn:aws:lambda:us-east-1:123456789012:function:f",
        "user@localhost",
        "the password was wrong",
        "",
    ],
)
def test_what_is_none_of_them_is_not_found(text: str) -> None:
    assert matches(text) == []


@pytest.mark.parametrize("kind", SECRET_TEXTS)
def test_nearly_all_generated_texts_are_told_apart(kind: str) -> None:
    pairs = [
        (one.kind, {match.kind for match in matches(one.text)}) for one in samples(2_000, seed=7)
    ]
    there = [found for expected, found in pairs if expected == kind]
    said = [expected for expected, found in pairs if kind in found]
    assert sum(kind in found for found in there) >= 0.95 * len(there)
    assert said.count(kind) >= 0.95 * len(said)


@given(st.text(max_size=300))
def test_any_text_is_searched_and_matches_do_not_overlap(text: str) -> None:
    found = matches(text)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(0 <= match.start < match.end <= len(text) for match in found)


@pytest.mark.parametrize("part", ["-", "_", "a-", "password-", "a=", "a@a."])
def test_a_long_text_takes_no_longer_for_each_of_its_characters(part: str) -> None:
    assert matches(part * (60_000 // len(part))) == []  # minutes, if it were tried at each place


@pytest.mark.parametrize("text", ["url=https://x?password=hunter22", "x-y_api-key = 'hunter22'"])
def test_a_value_may_be_an_assignment_itself(text: str) -> None:
    (match,) = matches(text)
    assert text[match.start : match.end] == "hunter22"


@given(st.integers(10**11, 10**18))
def test_one_of_ten_last_digits_is_a_check_digit(number: int) -> None:
    assert [has_check_digit(f"{number}{digit}") for digit in range(10)].count(True) == 1


def test_names_of_members_say_that_they_hold_a_secret() -> None:
    names = ["X-Api-Key", "accessToken", "secretKey", "orderId", "keys"]
    assert [named_secret(name) for name in names] == ["token", "token", "key", None, None]
