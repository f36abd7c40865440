"""Filter patterns of CloudWatch Logs, on messages that can be judged by eye.

Most are the examples of
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html.
"""

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.cloudwatch.log_patterns import (
    LogPatternError,
    compile_log_pattern,
)

TERMS = ("ERROR WARN message", "ERROR message", "WARN message")
TRAIL = (
    '{"eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111",'
    ' "arrayKey": ["value", "another value"],'
    ' "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],'
    ' "SomeObject": null, "ThisFlag": true, "other.name": 7, "latency": 50, "rate": 1.5e3}'
)
USERS = (
    '{"user": {"id": 1, "email": "John.Stiles@example.com"},'
    ' "users": [{"id": 2, "email": "John.Doe@example.com"}],'
    ' "actions": ["GET", "PUT", "DELETE"], "coordinates": [[0, 1, 2], [4, 5, 6]]}'
)
ACCESS = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'


def matching(pattern: str, messages: tuple[str, ...] = TERMS) -> list[int]:
    """Return the numbers of the messages that match, counted from 1."""
    matches = compile_log_pattern(pattern).matches
    return [number for number, message in enumerate(messages, start=1) if matches(message)]


@pytest.mark.parametrize(
    "pattern, expected",
    [
        ("", [1, 2, 3]),
        ("  ", [1, 2, 3]),
        ("ERROR", [1, 2]),
        ("error", []),
        ("ERR", [1, 2]),
        ("ERROR WARN", [1]),
        ("WARN ERROR", [1]),
        ("?ERROR ?WARN", [1, 2, 3]),
        ("?NONE ?WARN", [1, 3]),
        ("ERROR -WARN", [2]),
        ("-ERROR", [3]),
        ('- "ERROR"', [3]),
        ('"ERROR message"', [2]),
        ('-"ERROR message"', [1, 3]),
        ('?"ERROR W" ?NONE', [1]),
        ("?NONE message", [1, 2, 3]),  # ? terms are ignored beside others
        ("?ERROR -WARN", [2]),
        ("%ERROR|WARN%", [1, 2, 3]),
        ("%^W[A-Z]+ message$%", [3]),
        (r"%ERROR\smess%", [2]),
        (r"%\x45RR%", [1, 2]),
    ],
)
def test_terms(pattern: str, expected: list[int]) -> None:
    assert matching(pattern) == expected


def test_quoted_terms_may_contain_quotes_and_anything_else() -> None:
    messages = ('say "hi" to a@b.c', "say hi")
    assert matching(r'"\"hi\""', messages) == [1]
    assert matching('"a@b.c" say', messages) == [1]
    assert matching('"é"', ("né",)) == [1]


@pytest.mark.parametrize(
    "pattern, expected",
    [
        ('$.eventType = "UpdateTrail"', True),
        ('$.eventType = "updateTrail"', False),
        ("$.eventType = UpdateTrail", True),
        ('$.eventType = "Update*"', True),
        ("$.eventType = *Trail", True),
        ("$.eventType = *dateT*", True),
        ("$.eventType = Up*Trail", False),  # asterisks are wildcards at either end only
        ("$.eventType = *", True),
        ("$.gone = *", False),
        ("$.sourceIPAddress != 123.123.*", True),
        ("$.sourceIPAddress != 111.*", False),
        ('$.arrayKey[0] = "value"', True),
        ('$.arrayKey[1] = "value"', False),
        ('$.arrayKey[*] = "another value"', True),
        ("$.objectList[1].id = 2", True),
        ("$.objectList[*].name = c", False),
        ("$.objectList[2].id = 2", False),
        ("$.eventType[0] = U", False),
        ("$.arrayKey = value", False),
        ("$.arrayKey != value", False),
        ("$.SomeObject IS NULL", True),
        ("$.eventType IS NULL", False),
        ("$.gone IS NULL", False),
        ("$.gone NOT EXISTS", True),
        ("$.SomeObject NOT EXISTS", False),
        ("$.ThisFlag IS TRUE", True),
        ("$.ThisFlag IS FALSE", False),
        ("$.['other.name'] = 7", True),
        ('$["other.name"] > 6.5', True),
        ("$.latency >= 50", True),
        ("$.latency > +50", False),
        ("$.latency < 10e3", True),
        ("$.latency < 5e-1", False),
        ("$.latency = 50.0", True),
        ("$.latency != 50", False),
        ("$.latency = 5*", True),
        ("$.rate = 1500", True),
        ("$.eventType > 1", False),
        ("$.eventType = %Trail|Log%", True),
        (r"$.sourceIPAddress = %111\.111\.1[0-9]{2}%", True),
        ("$.eventType != %Trail%", False),
    ],
)
def test_json_comparisons(pattern: str, *, expected: bool) -> None:
    assert compile_log_pattern(f"{{ {pattern} }}").matches(TRAIL) is expected


@pytest.mark.parametrize(
    "pattern, expected",
    [
        ('($.user.id = 1) && ($.users[0].email = "John.Doe@example.com")', True),
        ('($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET"', False),
        (
            '$.user.email = "John*" || $.coordinates[0][1] = nonmatch && $.actions[2] = nomatch',
            True,
        ),
        (
            '($.user.email = "John*" || $.coordinates[0][1] = nonmatch) && $.actions[2] = nomatch',
            False,
        ),
        ("$.user.*=1&&$.coordinates[1][2]=6", True),
    ],
)
def test_json_conditions_combine(pattern: str, *, expected: bool) -> None:
    assert compile_log_pattern("{" + pattern + "}").matches(USERS) is expected


@pytest.mark.parametrize("message", ["", "plain", "7", '"$.a"', "{", "x {}", '[{"a": 2}]'])
def test_what_is_no_json_object_with_the_property_does_not_match(message: str) -> None:
    assert not compile_log_pattern("{ $.a != 1 }").matches(message)


@pytest.mark.parametrize(
    "pattern, expected",
    [
        ("[ip, user, username, timestamp, request, status_code, bytes]", True),
        ("[ip, user, username, timestamp, request, status_code]", False),
        ("[ip, user, username, timestamp, request, status_code, bytes, more]", False),
        ("[ip, user, ..., status_code = 4*, bytes > 1000]", True),
        ("[..., status_code = 4*, bytes > 2000]", False),
        ("[..., request=*.html*, status_code=4*,]", True),
        ("[ip, user, ...]", True),
        ("[...]", True),
        ('[ip = "127.0.0.1", ...]', True),
        ("[ip = 127.*, ..., status_code = 403 || status_code = 404, bytes]", True),
        ("[..., status_code = 4* && status_code != 404, bytes]", False),
        ("[ip, id, user = %fr.nk%, ...]", True),
    ],
)
def test_space_delimited_fields(pattern: str, *, expected: bool) -> None:
    assert compile_log_pattern(pattern).matches(ACCESS) is expected


def test_space_delimited_words() -> None:
    assert matching("[w1=ERROR, w2]") == [2]
    assert matching("[w1=ERROR || w1=WARN, w2]") == [2, 3]
    assert matching("[w1!=ERROR&&w1!=WARN, w2]") == []


def test_fields_are_extracted_by_name_or_number() -> None:
    extracted = compile_log_pattern("[..., request=*.html*, status_code=4*,]").extracted(ACCESS)
    assert extracted == {
        "$1": "127.0.0.1",
        "$2": "-",
        "$3": "frank",
        "$4": "10/Oct/2000:13:25:15 -0700",
        "$request": "GET /index.html HTTP/1.0",
        "$status_code": "404",
        "$7": "1534",
    }
    assert compile_log_pattern("[a]").extracted("two words") == {}


@pytest.mark.parametrize(
    "pattern, reason",
    [
        ("{ $.a = 1", "it must end with '}'"),
        ("[a, b", "it must end with ']'"),
        ("{", "it must end"),
        ("{}", "Invalid expression"),
        ("{ a = 1 }", "Invalid property selector 'a'"),
        ("{ $.a }", "Invalid expression"),
        ("{ $.a = }", "Invalid expression"),
        ("{ $.a == 1 }", "Invalid character"),
        ("{ $.a = 1 & $.b = 2 }", "Invalid character"),
        ("{ $.a = 1 $.b = 2 }", "Invalid expression"),
        ("{ ($.a = 1 }", "Invalid expression"),
        ("{ $.a = 1 && }", "Invalid expression"),
        ("{ $.a > x }", "needs a number"),
        ('{ $.a > "1" }', "needs a number"),
        ("{ $.a IS NOTHING }", "Invalid expression"),
        ("{ $.a EXISTS }", "Invalid expression"),
        ("{ $.a = é }", "Invalid character"),
        ('{ $.a = "open }', "Invalid character"),
        ("{ $.a = %(x)% }", "not supported"),
        ("{ $.a = %x% || $.a = %y% || $.a = %z% }", "at most 2"),
        ("{" + "(" * 60 + "$.a = 1" + ")" * 60 + "}", "nested deeper"),
        ("[a, a]", "Several fields"),
        ("[..., ...]", "one ellipsis"),
        ("[a b]", "Invalid expression"),
        ("[a = 1 && b = 2]", "several fields"),
        ("[1 = 1]", "Invalid field name"),
        ("a@b.c", "Invalid character"),
        ('""', "Invalid character"),
        ("-", "Invalid character"),
        ('"open', "Invalid character"),
        ('"a"b', "Invalid character"),
        ("%a", "only term"),
        ("%a% b", "only term"),
        ("%%", "it is empty"),
        ("%a!%", "not supported"),
        (r"%\bERR%", "not supported"),
        ("%[%", "Invalid regular expression"),
        ("%é%", "not supported"),
        ("x" * 1025, "1024"),
    ],
)
def test_malformed_patterns_are_rejected(pattern: str, reason: str) -> None:
    with pytest.raises(LogPatternError) as caught:
        compile_log_pattern(pattern)
    assert reason in str(caught.value)


@given(st.text(alphabet='{}[]()$.,ab01*"%=!<>&|?- ISNULL', max_size=30), st.text(max_size=20))
def test_any_pattern_compiles_or_is_rejected(pattern: str, message: str) -> None:
    try:
        compiled = compile_log_pattern(pattern)
    except LogPatternError:
        return
    assert isinstance(compiled.matches(message), bool)
    assert isinstance(compiled.matches('{"a": {"b": [0, null]}}'), bool)
