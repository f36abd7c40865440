"""Parts of functions' results as parts of HTTP responses."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.protocol.function_results import (
    FINAL_STATUSES,
    MalformedResponseError,
    header_in,
    status_in,
    text_of,
)

JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists)


@pytest.mark.parametrize("value", [True, "٣٣٣", "2_0", 99, 100, 199, 600, "", [], 2.5])
def test_what_is_no_final_status_is_rejected(value: Any) -> None:
    with pytest.raises(MalformedResponseError, match="statusCode"):
        status_in(value)


@pytest.mark.parametrize(
    "name, value", [("X", "a\r\nb"), ("X Y", "a"), ("", "a"), ("X", []), ("X", {"a": 1})]
)
def test_headers_that_cannot_be_sent_are_rejected(name: str, value: Any) -> None:
    with pytest.raises(MalformedResponseError, match="header"):
        header_in(name, value)


@given(JSON)
def test_any_value_has_a_status_and_a_text_or_is_rejected(value: Any) -> None:
    assert isinstance(text_of(value).encode(), bytes)
    try:
        assert status_in(value) in FINAL_STATUSES
    except MalformedResponseError:
        assert value is not None
