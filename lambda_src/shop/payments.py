"""Simulated payments; there is no card and no account behind them."""

import hashlib
from collections.abc import Mapping
from typing import Any

PROCESSORS = ("alpha-pay", "beta-pay")


def payment_for(order: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payment of an order: the same on every attempt, so that repeating is harmless.

    Parameters
    ----------
    order
        ``orderId``, ``customerId`` and ``amount``.

    Returns
    -------
    dict
        The detail of ``Payment Processed``.

    Examples
    --------
    >>> payment_for({"orderId": "o-1", "customerId": "c-1", "amount": 9.5})["paymentId"]
    'pay-36c86b51f3764d24'
    """
    digest = hashlib.sha256(f"payment|{order['orderId']}".encode()).hexdigest()
    return {
        "orderId": order["orderId"],
        "customerId": order["customerId"],
        "paymentId": f"pay-{digest[:16]}",
        "processor": PROCESSORS[int(digest[-8:], 16) % len(PROCESSORS)],
        "amount": order["amount"],
        "status": "APPROVED",
    }
