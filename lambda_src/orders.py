"""Orders: what a caller may send, what an order costs, and what is told about it."""

import hashlib
import math
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rest_api import InvalidRequestError, json_object_from_body, path_parameter

MAX_QUANTITY = 1000
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ID_RULE = "1 to 64 characters out of A-Z a-z 0-9 . _ -"


@dataclass(frozen=True, kw_only=True)
class Order:
    """An accepted order.

    Parameters
    ----------
    order_id
        The order.
    customer_id
        Who ordered: an id, never a name or an address.
    product_id
        What was ordered.
    quantity
        How many.
    amount
        What it costs altogether.
    """

    order_id: str
    customer_id: str
    product_id: str
    quantity: int
    amount: float

    def to_detail(self) -> dict[str, Any]:
        """Return the order as the detail of an event.

        Returns
        -------
        dict
            A JSON object.
        """
        return {
            "orderId": self.order_id,
            "customerId": self.customer_id,
            "productId": self.product_id,
            "quantity": self.quantity,
            "amount": self.amount,
        }


def order_from_request(event: Mapping[str, Any]) -> Order:
    """Read and check ``POST /orders/{customerId}``.

    Members of the body: ``productId`` (required), ``quantity`` (default 1), ``amount`` (default:
    the price of the product times the quantity) and ``orderId`` (default: a random one; a caller
    that repeats a run gives its own, so that faults strike the same orders again). Others are
    ignored and go nowhere.

    Parameters
    ----------
    event
        The proxy event.

    Returns
    -------
    Order
        The order, complete.

    Raises
    ------
    InvalidRequestError
        If the path or the body breaks a rule; the message names the field.

    Examples
    --------
    >>> order_from_request({
    ...     "pathParameters": {"customerId": "c-1"},
    ...     "body": '{"orderId": "o-1", "productId": "12345", "quantity": 2, "amount": 149.99}',
    ... })
    Order(order_id='o-1', customer_id='c-1', product_id='12345', quantity=2, amount=149.99)
    """
    customer_id = _id(path_parameter(event, "customerId"), "customerId")
    body = json_object_from_body(event)
    product_id = _id(body.get("productId"), "productId")
    quantity = _quantity(body.get("quantity", 1))
    default = round(unit_price(product_id) * quantity, 2)
    return Order(
        order_id=_id(body.get("orderId", uuid.uuid4().hex), "orderId"),
        customer_id=customer_id,
        product_id=product_id,
        quantity=quantity,
        amount=_amount(body.get("amount", default)),
    )


def unit_price(product_id: str) -> float:
    """Return what one piece costs: made up, but always the same for a product.

    Parameters
    ----------
    product_id
        The product.

    Returns
    -------
    float
        From 5.00 to 500.00, with two decimals.

    Examples
    --------
    >>> unit_price("12345") == unit_price("12345")
    True
    """
    digest = hashlib.sha256(product_id.encode()).digest()
    return (500 + int.from_bytes(digest[:4], "big") % 49_501) / 100


def _id(value: Any, field: str) -> str:
    if not isinstance(value, str) or _ID.fullmatch(value) is None:
        msg = f"{field} must be {_ID_RULE}"
        raise InvalidRequestError(msg)
    return value


def _quantity(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MAX_QUANTITY:
        msg = f"quantity must be an integer from 1 to {MAX_QUANTITY}"
        raise InvalidRequestError(msg)
    return value


def _amount(value: Any) -> float:
    msg = "amount must be a positive finite number"
    if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
        raise InvalidRequestError(msg)
    try:
        amount = float(value)
    except OverflowError as error:
        raise InvalidRequestError(msg) from error
    if not math.isfinite(amount):
        raise InvalidRequestError(msg)
    return amount
