"""Where personal data and secrets are, in traces, frames and log lines."""

import json
import re
from functools import partial
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import quote, unquote

import pandas as pd
import pytest
from hypothesis import given, strategies as st

import tracing_lab as tl
from tracing_lab.check import redact, scan_privacy
from tracing_lab.errors import TraceDataError
from tracing_lab.spans import spans_from_traces

START_S = 1795435200.0
TRACE_ID = "1-6b042ac0-5d09aa705e56bbd015254801"
CALL = {
    "id": "b" * 16,
    "name": "mail.example.org",
    "start_time": START_S,
    "end_time": START_S + 0.1,
    "namespace": "remote",
    "http": {"request": {"url": "https://mail.example.org/?to=ada@example.org"}},
    "cause": {"exceptions": [{"id": "c" * 16, "message": "no route to 203.0.113.9"}]},
}
SEGMENT = {
    "id": "a" * 16,
    "name": "shop",
    "trace_id": TRACE_ID,
    "start_time": START_S,
    "end_time": START_S + 0.5,
    "user": "ada@example.org",
    "annotations": {"card": 4111111111111111, "order_id": "o-1"},
    "metadata": {"default": {"login": {"password": "hunter22"}, "tries": 4}},
    "subsegments": [CALL],
}


def traces() -> list[dict[str, Any]]:
    segments = [{"Id": SEGMENT["id"], "Document": json.dumps(SEGMENT)}]
    return [{"Id": TRACE_ID, "Duration": 0.5, "LimitExceeded": False, "Segments": segments}]


def test_all_texts_of_documents_are_looked_at() -> None:
    found = scan_privacy(traces())
    assert found[["kind", "path", "name"]].to_numpy().tolist() == [
        ["email", "user", "shop"],
        ["card", "annotations.card", "shop"],
        ["token", "metadata.default.login.password", "shop"],
        ["email", "http.request.url", "mail.example.org"],
        ["ip", "cause.exceptions.0.message", "mail.example.org"],
    ]
    assert set(found["service"]) == {"shop"}
    assert found["span_id"].tolist() == ["a" * 16] * 3 + ["b" * 16] * 2
    assert not found["shown"].str.contains("hunter22|ada@example", regex=True).any()


def test_a_span_frame_has_names_and_annotations() -> None:
    found = scan_privacy(spans_from_traces(traces()))
    assert found["path"].tolist() == ["annotations.card"]


def test_log_lines_are_looked_at() -> None:
    rows = {"service": ["order", "order"], "message": ["hello", "from ada@example.org"]}
    found = scan_privacy(pd.DataFrame(rows))
    assert found[["kind", "service", "path"]].to_numpy().tolist() == [["email", "order", "message"]]


@pytest.mark.parametrize("source", [None, "text", {"Id": "1"}, 7])
def test_something_else_is_refused(source: Any) -> None:
    with pytest.raises(TraceDataError, match="scan traces, a span frame"):
        scan_privacy(source)
    with pytest.raises(TraceDataError, match="spans_from_traces"):
        scan_privacy(pd.DataFrame({"a": [1]}))


BROKEN: list[Any] = [
    7,
    {"Id": "1"},
    {"Id": "1", "Segments": [{}]},
    {"Id": "1", "Segments": [{"Document": "{"}]},
    {"Id": "1", "Segments": [{"Document": "[1]"}]},
]


@pytest.mark.parametrize("trace", BROKEN)
@pytest.mark.parametrize("use", [scan_privacy, redact])
def test_a_trace_that_cannot_be_read_is_named(trace: Any, use: Any) -> None:
    with pytest.raises(TraceDataError, match="cannot be read"):
        use([trace])


def test_most_addresses_stay_apart() -> None:
    calls = [{"id": f"{n:016x}", "name": "c", "user": f"203.0.113.{n}"} for n in range(1, 200)]
    document = json.dumps({**SEGMENT, "subsegments": calls})
    (trace,) = redact([{"Id": TRACE_ID, "Segments": [{"Document": document}]}], secret=b"1")
    parts = json.loads(trace["Segments"][0]["Document"])["subsegments"]
    assert len({part["user"] for part in parts}) > 160


def test_people_of_the_same_name_at_different_hosts_stay_apart() -> None:
    held = {"a": "info@alpha.org", "b": "info@beta.org", "url": "?to=info%40alpha.org"}
    (text,) = redacted_metadata(held)
    found = json.loads(text)
    assert all(re.fullmatch(r"[a-z]{4}@example\.com", found[name]) for name in "ab")
    assert found["a"] != found["b"]
    assert found["url"] == "?to=" + found["a"].replace("@", "%40")


def test_an_address_keeps_its_version() -> None:
    document = json.dumps({**SEGMENT, "annotations": {"a": "2001:db8:1::7", "b": "203.0.113.9"}})
    (trace,) = redact([{"Id": TRACE_ID, "Segments": [{"Document": document}]}])
    found = json.loads(trace["Segments"][0]["Document"])["annotations"]
    assert ip_address(found["a"]) in ip_network("2001:db8::/96")
    nets = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
    assert any(ip_address(found["b"]) in ip_network(net) for net in nets)


def test_redacted_traces_have_nothing_left_and_the_same_shape() -> None:
    before = traces()
    after = redact(before, secret=b"1")
    left = scan_privacy(after)
    assert set(left["kind"]) <= {"email", "ip", "token"}  # of examples only
    text = after[0]["Segments"][0]["Document"]
    for secret in ("ada@", "hunter22", "4111111111111111", "203.0.113.9"):
        assert secret not in text
    assert before == traces()  # nothing was changed in place
    same = ["parent_id", "service", "name", "kind", "start", "duration_s", "self_s", "status"]
    pd.testing.assert_frame_equal(spans_from_traces(before)[same], spans_from_traces(after)[same])
    assert shape(json.loads(text)) == shape(SEGMENT)


def shape(value: Any) -> Any:
    """Return the structure of a JSON value: members, lengths of lists, types."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return [shape(inner) for inner in value] if isinstance(value, list) else type(value).__name__


def test_the_same_text_becomes_the_same_other_text() -> None:
    (first, again, other) = (
        json.loads(redact(traces(), secret=key)[0]["Segments"][0]["Document"])
        for key in (b"1", b"1", b"2")
    )
    assert first == again
    assert first["user"] != other["user"]
    assert first["user"] in first["subsegments"][0]["http"]["request"]["url"]


CORE = "s3cretC0re"
HOLDERS = ["X-Api-Key", "Authorization", "credentials", "db_passwords", "accessToken", "secrets"]
NESTED = st.recursive(
    st.just(f"10.0.0.1-{CORE}"),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(st.text("abcd.", min_size=1, max_size=4), inner, min_size=1, max_size=3)
    ),
    max_leaves=6,
)


@given(st.sampled_from(HOLDERS), NESTED)
def test_all_that_lies_below_a_secret_name_is_replaced(name: str, value: Any) -> None:
    held = {"login": {"headers": {name: value}}}
    (found,) = redacted_metadata(held)
    assert CORE not in found
    assert shape(json.loads(found)) == shape(held)


@given(st.sampled_from(HOLDERS), st.sampled_from([("name", "value"), ("Key", "Values")]), NESTED)
def test_the_value_of_a_pair_has_the_pairs_name(
    name: str, members: tuple[str, str], value: Any
) -> None:
    held = {"headers": [{members[0]: name, members[1]: value}]}
    (found,) = redacted_metadata(held)
    assert CORE not in found
    assert shape(json.loads(found)) == shape(held)
    assert name in found


def test_a_pair_without_a_secret_stays() -> None:
    held = {"tags": [{"name": "colour", "value": "deep blue"}, {"name": 7, "value": "deep blue"}]}
    assert redacted_metadata(held) == [json.dumps(held)]


COUNTS = ["token_count", "tokens", "max_tokens", "token_usage", "tokenLimit"]


@given(st.sampled_from(COUNTS), st.integers(1000, 10**6))
def test_numbers_of_tokens_stay(name: str, number: int) -> None:
    for value in ({name: number}, {name: {"prompt": number}}, {name: [number]}):
        assert redacted_metadata(value) == [json.dumps(value)]


@pytest.mark.parametrize("name", ["key", "Key", "keys", "token_usage", "password_policy"])
def test_what_lies_below_a_name_that_only_sounds_like_a_secret_stays(name: str) -> None:
    value = {name: {"order_id": {"S": "order-1"}}}
    assert redacted_metadata(value) == [json.dumps(value)]


def redacted_metadata(value: Any) -> list[str]:
    document = json.dumps({**SEGMENT, "metadata": {"default": value}})
    after = redact([{"Id": TRACE_ID, "Segments": [{"Document": document}]}], secret=b"1")
    return [
        json.dumps(json.loads(segment["Document"])["metadata"]["default"])
        for segment in after[0]["Segments"]
    ]


def test_plus_signs_and_blanks_of_urls_stay() -> None:
    (text,) = redacted_metadata({"url": "?phone=%2B49%2030%20123456&mail=a%2Bb%40example.org"})
    assert re.fullmatch(r'.*phone=%2B\d\d%20\d\d%20\d{6}&mail=[a-z]%2B[a-z]%40example.com"}', text)


@given(
    st.sampled_from(["password", "X-Api-Key", "Authorization", "note"]),
    st.text() | st.text('ab\\\\/"\n\u00e9%2F'),
    st.sampled_from(["", "\nada@example.org", "<ada+x@example.org>", "\t4111111111111111"]),
    st.integers(1, 3),
    st.sampled_from([json.dumps, partial(json.dumps, ensure_ascii=False)]),
)
def test_redacted_json_in_json_can_still_be_parsed(
    name: str, value: str, private: str, depth: int, write: Any
) -> None:
    text: Any = {name: value + private, "list": [value]}
    for _ in range(depth):
        text = write(text)
        text = text.replace("<", r"\u003c").replace("+", r"\u002b")  # as Go and .NET do
    assert private.strip("\n\t<>") in (plain := unpacked(text, depth)[name])
    (found,) = redacted_metadata({"body": text})
    after = unpacked(json.loads(found)["body"], depth)
    assert len(after[name]) >= len(plain) - len(private)
    assert not private or private.strip("\n\t<>") not in after[name]


def unpacked(text: Any, depth: int) -> Any:
    for _ in range(depth):
        text = json.loads(text)
    return text


@given(st.text(min_size=4), st.sampled_from(["", "ada@example.org", "tel:+49 30 123456"]))
def test_a_redacted_urls_escapes_stay_valid(secret: str, private: str) -> None:
    url = f"/?token={quote(secret + ' x')}&q={quote(private)}&next={quote(quote(private))}"
    (found,) = redacted_metadata({"url": url})
    assert re.search("%(?![0-9A-Fa-f]{2})", found) is None
    assert not private or private not in unquote(unquote(found, errors="strict"))


@pytest.mark.parametrize("literal", ["null", "true", "false", "[null]", '"undefined"'])
def test_literals_under_secret_names_stay(literal: str) -> None:
    text = f'{{"password": {literal}, "note": "x"}}'
    for held in ({"body": text}, {"secret": "null"}):
        assert redacted_metadata(held) == [json.dumps(held)]


def test_what_an_escape_stands_for_is_replaced_unless_it_is_a_sign() -> None:
    text = r"?token=%61%62%2Fcd%3D&password=\u00e9\u002fxy\n"
    (found,) = redacted_metadata({"url": text})
    after = json.loads(found)["url"]
    assert re.fullmatch(
        r"\?token=%[67][\dA-F]%[67][\dA-F]%2F[a-z]{2}%3D&password=\\u0078\\u002f[a-z]{2}\\n", after
    )


def test_the_demos_traces_hold_nothing_but_the_clients_address(shop_traces: Any) -> None:
    found = tl.check.scan_privacy(shop_traces(20))
    assert set(found["path"]) <= {"http.request.client_ip"}
    assert len(spans_from_traces(redact(shop_traces(20)))) == len(
        spans_from_traces(shop_traces(20))
    )


def test_recorded_traces_hold_nothing_though_they_have_arns() -> None:
    found = tl.check.scan_privacy(tl.samples.recorded().traces)
    assert found["path"].tolist() == []
