"""What a document says that its request asked for."""

from typing import Any

import pytest

from tracing_lab.xray_model.operations import operation_of


def http(**request: Any) -> dict[str, Any]:
    return {"http": {"request": request}}


@pytest.mark.parametrize(
    "document,expected",
    [
        ({"aws": {"operation": "PutItem"}} | http(method="POST", url="/"), "PutItem"),
        (
            http(method="GET", url="https://a.test/v1/users/u-17/cart?x=1"),
            "GET /v1/users/{id}/cart",
        ),
        (http(method="GET", url="/orders"), "GET /orders"),
        (http(method="DELETE"), "DELETE"),
        (http(url="https://a.test/health"), "/health"),
        (http(url="https://[::1"), ""),
        ({"sql": {"sanitized_query": " select * from t where n = ?"}}, "SELECT"),
        ({"sql": {"url": "jdbc:postgresql://db"}}, ""),
        ({}, ""),
    ],
)
def test_the_operation_of_a_document(document: dict[str, Any], expected: str) -> None:
    assert operation_of(document) == expected


@pytest.mark.parametrize("value", [None, 5, "x", [], {"operation": 5}, {"request": "GET"}])
@pytest.mark.parametrize("member", ["aws", "http", "sql"])
def test_values_of_another_type_are_ignored(member: str, value: Any) -> None:
    assert operation_of({member: value}) == ""
