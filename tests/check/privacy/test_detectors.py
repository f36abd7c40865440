"""Personal data and secrets in texts."""

import json
from ipaddress import IPv6Address
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, strategies as st
from private_texts import SECRET_TEXTS, is_covered, samples

from tracing_lab.check.privacy.detectors import matches
from tracing_lab.check.privacy.numbers import has_check_digit
from tracing_lab.check.privacy.secret_names import named_secret


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
        ("4111 1111 1111 1111 12/27", "card", "4111 1111 1111 1111"),
        ("4242 4242 4242 4242 123", "card", "4242 4242 4242 4242"),
        ("qty 3 5500-0000-0000-0004", "card", "5500-0000-0000-0004"),
        ("card=4111%201111%201111%201111&n=1", "card", "4111%201111%201111%201111"),
        ("?phone=%2B4930123456", "phone", "%2B4930123456"),
        ("?phone=%2B49%2030%20123456", "phone", "%2B49%2030%20123456"),
        ("q=to%3Aada%40example.org", "email", "ada%40example.org"),
        ("q=to%253Aada%2540example.org", "email", "ada%2540example.org"),
        ("ip%3D203.0.113.9", "ip", "203.0.113.9"),
        ("ip%203.0.113.9", "ip", "3.0.113.9"),
        ("ip%3D2001%3Adb8%3A%3A1", "ip", "2001%3Adb8%3A%3A1"),
        ("card%3D4111111111111111", "card", "4111111111111111"),
        ("tel%3A%2B49%2030%20123456", "phone", "%2B49%2030%20123456"),
        ("%22password%22%3A%22abcd1234%22", "token", "abcd1234"),
        ("?next=%2F%3Ftoken%3Dabcd1234%26n%3D1", "token", "abcd1234"),
        ("?token=abcd%261234&n=1", "token", "abcd%261234"),
        ("id%3DAKIAIOSFODNN7EXAMPLE", "key", "AKIAIOSFODNN7EXAMPLE"),
        (r"{\"to\":\"Ada \u003cada@example.org\"}", "email", "ada@example.org"),
        (r"{\"note\":\"call\n+49 151 2345678\"}", "phone", "+49 151 2345678"),
        (r"{\u0022password\u0022:\u0022abcd1234\u0022}", "token", "abcd1234"),
        (r'"redis:\/\/:s3cretpw1@cache"', "token", "s3cretpw1"),
        ("arn:aws:sns:eu-west-1:123456789012:t&password=abcd1234", "token", "abcd1234"),
        ("(arn:aws:sns:eu-west-1:123456789012:t) password:abcd1234", "token", "abcd1234"),
        ("sessionId=abcd1234", "token", "abcd1234"),
        ("SESSION_ID=abcd1234", "token", "abcd1234"),
        ("client 2001:db8::1.", "ip", "2001:db8::1"),
        ("ip:2001:db8::1", "ip", "2001:db8::1"),
        ("2001:db8::1: refused", "ip", "2001:db8::1"),
        ("from 2001:db8::5-2001", "ip", "2001:db8::5"),
        ("on fe80::1%eth0", "ip", "fe80::1"),
        ("ad:fd12::9", "ip", "fd12::9"),
        ("to 64:ff9b::cb00:7109", "ip", "64:ff9b::cb00:7109"),
        ("2001:db8:1:2:3:4:5:6:443", "ip", "2001:db8:1:2:3:4:5:6"),
        ('"password": "10.0.0.1-hunter22"', "token", "10.0.0.1-hunter22"),
        ('"password": "correct horse battery"', "token", "correct horse battery"),
        (r"{\"password\":\"hunter22\"}", "token", "hunter22"),
        (r"{\"password\":\"hun\\\"ter\",\"id\":\"12345\"}", "token", r"hun\\\"ter"),
        ('{"password": "correct hor', "token", "correct hor"),
        ('{"password": "cut off\nnext line', "token", "cut off"),
        ("redis://:s3cretpw1@cache", "token", "s3cretpw1"),
        ("https://ada:pw@mail.example.org/", "token", "pw"),
        ("postgres://ada:a/b@db", "token", "a/b"),
        ('{"X-Api-Key": ["0123abcdXYZ99"]}', "token", "0123abcdXYZ99"),
        ('{"credentials": {"n": 1, "value": "a b c"}}', "token", "a b c"),
        ("Authorization: Bearer hunter22", "token", "hunter22"),
        ("api_key=AKIAIOSFODNN7EXAMPLE", "key", "AKIAIOSFODNN7EXAMPLE"),
        ("-----BEGIN PRIVATE KEY-----\nMII+", "key", "-----BEGIN PRIVATE KEY-----\nMII+"),
        ("secret=-----BEGIN PRIVATE KEY-----\nMII", "key", "-----BEGIN PRIVATE KEY-----\nMII"),
    ],
)
def test_each_kind_is_found_where_it_lies(text: str, kind: str, part: str) -> None:
    (match,) = matches(text)
    assert (match.kind, text[match.start : match.end]) == (kind, part)


def test_all_that_an_escaped_body_holds_is_found() -> None:
    text = "body=" + quote('{"email":"ada@example.org","card":"4111111111111111"}')
    found = {match.kind: text[match.start : match.end] for match in matches(text)}
    assert found == {"email": "ada%40example.org", "card": "4111111111111111"}


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
        "the 'password:' field is empty",
        "at%3A2026-11-29T12%3A00%3A00Z",
        "tel%202-555-0143",
        '{"password": "", "order": "o-12345"}',
        "token_count: 1500, max_tokens=4096",
        '{"tokens": {"prompt": 1500}}',
        '{"token_usage": {"model": "large", "unit": "tokens"}}',
        '{"Key": {"order_id": {"S": "order-12345678"}}}',
        "Authorization: Bearer token missing",
        "http://host:8080/a@b",
        "redis://:****@cache",
        "arn:aws:s3:::cafe",
        "std::fade::be",
        "arn:aws:apigateway:us-east-1::/restapis/a1b2c3/stages/prod",
        "arn:aws:rds:eu-west-1::db:abc",
        "DB::Bad",
        "C::",
        "Face::B",
        "time 10::20",
        "not authorized to perform: secretsmanager:GetSecretValue",
        "on resource: arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf",
        "arn:aws:lambda:eu-west-1:123456789012:function:get-token:live",
        "token_type=bearer",
        "secret_name=prod/db",
        "password_changed_at=1795435200",
        '{"secretArn": "prod", "tokenType": "bearer", "SECRET_ID": "prod/db"}',
        "tokenizer=large-v2 tokenized: words",
        '{"password": null, "note": "x"}',
        '{"password":false}',
        '{"secrets": [true, "none"]}',
        "password=None&token=undefined",
        "(token: TRUE)",
        "in 2026::",
        "12:30:00: started",
        "4111 1111 1111 1112 12/27",
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


def test_of_generated_secrets_no_part_is_left() -> None:
    left = [
        sample
        for sample in samples(2_000, seed=8)
        if sample.kind and not is_covered(sample, matches(sample.text))
    ]
    assert left == []


CORE = "s3cretC0re"


def without_matches(text: str) -> str:
    for match in reversed(matches(text)):
        text = text[: match.start] + "*" + text[match.end :]
    return text


@given(
    st.sampled_from(["password", "X-Api-Key", "db_secret", "accessToken", "Authorization"]),
    st.text(max_size=30),
    st.text(max_size=30),
    st.integers(0, 3),
)
def test_of_a_quoted_value_nothing_is_left_however_often_it_is_json(
    name: str, before: str, after: str, depth: int
) -> None:
    value = f"{before.strip()}{CORE}{after}"
    held: list[dict[str, Any]] = [{name: one} for one in (value, [value], {"value": value})]
    for whole in (*held, {"name": name, "value": value}, {"Key": name, "Value": value}):
        text = json.dumps({**whole, "order": "o-1"})
        for _ in range(depth):
            text = json.dumps({"body": text})
        assert CORE not in without_matches(text)


@given(
    st.lists(st.integers(0, 999), max_size=3),
    st.lists(st.integers(0, 999), max_size=3),
    st.sampled_from(["4111 1111 1111 1111", "3782-822463-10005", "4242424242424242"]),
)
def test_a_card_is_found_among_numbers(before: list[int], after: list[int], card: str) -> None:
    text = " ".join([*map(str, before), card, *map(str, after), "12/27"])
    assert card not in without_matches(text)


@given(
    st.integers(0x2000 << 112 | 1, (0x4000 << 112) - 1).map(IPv6Address)  # all that is assigned
    | st.integers(0xFE80 << 112 | 1, (0xFEC0 << 112) - 1).map(IPv6Address)
    | st.just(IPv6Address(1)),
    st.sampled_from(["", "ip:", "from ", "(", '"', "host=["]),
)
def test_an_address_of_version_6_may_stand_anywhere(address: IPv6Address, before: str) -> None:
    for after in ("", ".", ",", ": refused", ")", "]:443", "%eth0"):
        found = matches(f"{before}{address}{after}")
        assert len(found) == (0 if address.is_loopback else 1)


@given(st.text(max_size=300))
def test_any_text_is_searched_and_matches_do_not_overlap(text: str) -> None:
    found = matches(text)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(0 <= match.start < match.end <= len(text) for match in found)


LONG = [
    "-",
    "_",
    "%25",
    "%41",
    "arn:aws:",
    "arn:aws",
    "a-",
    "password-",
    "a=",
    "a@a.",
    'password="',
    "password:[",
    "\\",
    "://a:b",
    "1 ",
    '"key":"a",',
    '"name":"password","value":"',
]


@pytest.mark.parametrize("part", LONG)
def test_a_long_text_takes_no_longer_for_each_of_its_characters(part: str) -> None:
    assert len(matches(part * (60_000 // len(part)))) < 2  # minutes, if it were tried at each place


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
