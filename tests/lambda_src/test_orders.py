"""What callers may send to ``POST /orders/{customerId}``."""

import base64
import json
import math
from typing import Any

import pytest
from hypothesis import given, strategies as st

from shop.orders import order_from_request, unit_price
from shop.rest_api import InvalidRequestError, bad_request, json_object_from_body, response


def request(body: str | None, *, customer: str | None = "c-1", encoded: bool = False) -> Any:
    parameters = None if customer is None else {"customerId": customer}
    return {"pathParameters": parameters, "body": body, "isBase64Encoded": encoded}


def order(**members: Any) -> dict[str, Any]:
    return order_from_request(request(json.dumps({"productId": "p-1", **members})))


def refusal(event: Any) -> str:
    with pytest.raises(InvalidRequestError) as caught:
        order_from_request(event)
    return str(caught.value)


def test_a_full_body_is_taken_as_it_is() -> None:
    body = '{"productId": "12345", "quantity": 2, "amount": 149.99, "orderId": "o-7"}'
    assert order_from_request(request(body)) == {
        "orderId": "o-7",
        "customerId": "c-1",
        "productId": "12345",
        "quantity": 2,
        "amount": 149.99,
    }


def test_quantity_is_one_and_amount_the_price_when_left_out() -> None:
    got = order()
    assert (got["quantity"], got["amount"]) == (1, unit_price("p-1"))


def test_the_default_amount_grows_with_the_quantity() -> None:
    assert order(quantity=3)["amount"] == round(3 * unit_price("p-1"), 2)


def test_orders_without_an_id_get_different_ones() -> None:
    assert order()["orderId"] != order()["orderId"]


def test_prices_have_two_decimals_and_stay_in_their_range() -> None:
    prices = [unit_price(f"p-{n}") for n in range(200)]
    assert all(5 <= price <= 500 and price == round(price, 2) for price in prices)


def test_the_price_of_a_product_never_changes() -> None:
    assert unit_price("12345") == 398.94


def test_a_base64_body_is_decoded() -> None:
    body = base64.b64encode(b'{"productId": "p-1"}').decode()
    assert order_from_request(request(body, encoded=True))["productId"] == "p-1"


@pytest.mark.parametrize(
    "member, value",
    [
        ("productId", None),
        ("productId", ""),
        ("productId", 5),
        ("productId", "x" * 65),
        ("productId", "a b"),
        ("productId", "p-1\n"),
        ("productId", "é"),
        ("quantity", 0),
        ("quantity", 1001),
        ("quantity", 1.0),
        ("quantity", True),
        ("quantity", "2"),
        ("quantity", None),
        ("amount", 0),
        ("amount", -1),
        ("amount", "9"),
        ("amount", True),
        ("amount", None),
        ("amount", 10**400),
        ("orderId", "someone@example.com"),
        ("orderId", None),
    ],
)
def test_a_bad_member_is_named(member: str, value: Any) -> None:
    body = json.dumps({"productId": "p-1", member: value})
    assert refusal(request(body)).startswith(f"{member} must be ")


@pytest.mark.parametrize("customer", [None, "", "a/b", "someone@example.com", "x" * 65])
def test_a_bad_customer_is_named(customer: str | None) -> None:
    assert "customerId" in refusal(request('{"productId": "p-1"}', customer=customer))


@pytest.mark.parametrize(
    "body", [None, "", "  ", "{", "[]", "null", '"text"', "{'a': 1}", "[" * 9999]
)
def test_a_body_that_is_no_json_object_is_refused(body: str | None) -> None:
    assert refusal(request(body)).startswith("body ")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000])
def test_numbers_that_are_not_finite_are_refused(number: str) -> None:
    assert refusal(request('{"productId": "p-1", "amount": ' + number + "}"))


@pytest.mark.parametrize("body", ["%%%", "é", base64.b64encode(b"\xff\xfe").decode()])
def test_a_broken_base64_body_is_refused(body: str) -> None:
    assert refusal(request(body, encoded=True)) == "body is not base64 of UTF-8 text"


def test_a_refusal_never_repeats_the_value() -> None:
    assert "4111" not in refusal(request('{"productId": "4111 1111 1111 1111"}'))


def test_members_that_nobody_asked_for_go_nowhere() -> None:
    assert "email" not in order(email="someone@example.com")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
members = st.sampled_from(["productId", "quantity", "amount", "orderId", "other"])
bodies = (
    st.none()
    | st.text()
    | json_values.map(json.dumps)
    | st.dictionaries(members, json_values).map(json.dumps)
    | st.fixed_dictionaries(
        {"productId": st.just("p-1")},
        optional={"quantity": st.integers(), "amount": st.floats() | st.integers()},
    ).map(json.dumps)
)


@given(body=bodies, encoded=st.booleans())
def test_any_body_makes_a_sound_order_or_a_refusal(body: str | None, *, encoded: bool) -> None:
    try:
        got = order_from_request(request(body, encoded=encoded))
    except InvalidRequestError:
        return
    assert 1 <= got["quantity"] <= 1000
    assert got["amount"] > 0
    assert math.isfinite(got["amount"])
    assert json.loads(json.dumps(got, allow_nan=False)) == got


@given(document=st.dictionaries(st.text(), st.integers() | st.text(), max_size=4))
def test_a_body_means_the_same_in_plain_and_in_base64(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    encoded = base64.b64encode(text.encode()).decode()
    plain = json_object_from_body({"body": text, "isBase64Encoded": False})
    assert json_object_from_body({"body": encoded, "isBase64Encoded": True}) == plain == document


def test_answers_allow_other_origins() -> None:
    assert response(201, {})["headers"]["Access-Control-Allow-Origin"] == "*"


def test_errors_have_a_code_and_a_message() -> None:
    got = bad_request(InvalidRequestError("body is missing"))
    assert got["statusCode"] == 400
    assert json.loads(got["body"]) == {
        "error": {"code": "InvalidRequest", "message": "body is missing"}
    }
