"""Amazon Resource Names."""

import pytest
from hypothesis import given, strategies as st

from tracing_lab.arns import Arn, function_name_in, parse_arn, parse_function_arn, service_in

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:pay"
part = st.text("abc-1*", max_size=4)
some = st.text("abc-1*", min_size=1, max_size=4)
arns = st.builds(Arn, some, part, part, st.text("ab:/*$-", min_size=1, max_size=9), partition=some)


@given(arns)
def test_what_is_written_is_parsed_again(arn: Arn) -> None:
    assert parse_arn(str(arn)) == arn


@pytest.mark.parametrize(
    "text", ["", "letters", "arn:", "arn:aws:sqs:us-east-1:1", "arn:aws:sqs:us-east-1:1:", "x" * 99]
)
def test_other_texts_are_refused_with_the_form(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an ARN; write arn:PARTITION:SERVICE"):
        parse_arn(text)
    assert service_in(text) == ""


@pytest.mark.parametrize(
    "text, name",
    [
        ("arn:aws:sqs:us-east-1:1:letters", "letters"),
        ("arn:aws:events:us-east-1:1:rule/shop/paid", "paid"),
        ("arn:aws:logs:us-east-1:1:log-group:g", "g"),
    ],
)
def test_the_name_comes_last(text: str, name: str) -> None:
    assert parse_arn(text).name == name


@pytest.mark.parametrize(
    "text",
    [
        "pay",
        "arn:aws:sqs:us-east-1:123456789012:pay",
        "arn:aws:lambda:us-east-1:123456789012:layer:pay",
        f"{FUNCTION}:live:more",
    ],
)
def test_other_arns_are_no_functions(text: str) -> None:
    with pytest.raises(ValueError, match="not the ARN of a Lambda function"):
        parse_function_arn(text)


def test_a_function_has_a_name_with_or_without_a_qualifier() -> None:
    assert parse_function_arn(FUNCTION) == (FUNCTION, "pay", None)
    assert parse_function_arn(f"{FUNCTION}:7") == (FUNCTION, "pay", "7")


@pytest.mark.parametrize("text", ["pay", "pay:live", FUNCTION, f"{FUNCTION}:7", "1:function:pay"])
def test_a_function_s_name_is_found_in_all_its_forms(text: str) -> None:
    assert function_name_in(text) == "pay"
