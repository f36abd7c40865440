"""Access log lines."""

import json

from hypothesis import given, strategies as st

from tracing_lab.embedded.apigateway.access_log import fill_format


def test_variables_without_a_value_are_a_dash() -> None:
    line = fill_format("$context.requestId $context.authorizer.claims.sub", {"requestId": "r"})
    assert line == "r -"


def test_a_full_stop_after_a_variable_stays() -> None:
    assert fill_format("id $context.requestId.", {"requestId": "r"}) == "id r."


def test_the_longest_name_is_meant() -> None:
    values = {"integration.status": 200, "integration": "x"}
    assert fill_format("$context.integration.status", values) == "200"


def test_text_that_is_no_variable_stays() -> None:
    assert fill_format("$contextual $context $5", {}) == "$contextual $context $5"


@given(agent=st.text(min_size=1))
def test_a_client_cannot_forge_members_of_a_json_log(agent: str) -> None:
    line = fill_format('{"agent":"$context.identity.userAgent"}', {"identity.userAgent": agent})
    assert "\n" not in line
    assert json.loads(line) == {"agent": agent}
