"""Orders: what a caller may send, and what an order costs."""

import hashlib
import math
import re
import uuid
from collections.abc import Mapping
from typing import Any

from .rest_api import InvalidRequestError, json_object_from_body, path_parameter

MAX_QUANTITY = 1000
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ID_RULE = "1 to 64 characters out of A-Z a-z 0-9 . _ -"


def order_from_request(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the order in ``POST /orders/{customerId}``, checked and complete.

    Members of the body: ``productId`` (required), ``quantity`` (default 1), ``amount`` (default:
    the price of the product times the quantity) and ``orderId`` (default: a random one; a caller
    that repeats a run sends its own, so that faults affect the same orders again). Others are
    ignored and go nowhere.

    Parameters
    ----------
    event
        The proxy event.

    Returns
    -------
    dict
        The detail of ``Order Created``.

    Raises
    ------
    InvalidRequestError
        If the path or the body breaks a rule; the message names the field.

    Examples
    --------
    >>> order_from_request({
    ...     "pathParameters": {"customerId": "c-1"},
    ...     "body": '{"orderId": "o-1", "productId": "12345", "quantity": 2, "amount": 9.5}',
    ... })
    {'orderId': 'o-1', 'customerId': 'c-1', 'productId': '12345', 'quantity': 2, 'amount': 9.5}
    """
    customer_id = _id(path_parameter(event, "customerId"), "customerId")
    body = json_object_from_body(event)
    product_id = _id(body.get("productId"), "productId")
    quantity = _quantity(body.get("quantity", 1))
    default = round(unit_price(product_id) * quantity, 2)
    return {
        "orderId": _id(body.get("orderId", uuid.uuid4().hex), "orderId"),
        "customerId": customer_id,
        "productId": product_id,
        "quantity": quantity,
        "amount": _amount(body.get("amount", default)),
    }


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
