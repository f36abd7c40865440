"""Checks of the events that EventBridge delivers."""

import math
from collections.abc import Mapping
from typing import Any

MAX_TEXT_CHARS = 1000
"""The longest text that X-Ray indexes as the value of an annotation."""


class BadEventError(ValueError):
    """An event lacks a member or has one of the wrong type; its publisher needs correction."""


def detail_of(event: Mapping[str, Any], **members: type[str | int | float]) -> dict[str, Any]:
    """Return the members of an event's detail that a service uses.

    Parameters
    ----------
    event
        The event as EventBridge passes it to a Lambda function.
    members
        The type of each member: ``str`` for a string that is not empty, ``int`` for an integer,
        ``float`` for a finite number.

    Returns
    -------
    dict
        These members and no others.

    Raises
    ------
    BadEventError
        If it is no EventBridge event, or a member is missing or of the wrong type.

    Examples
    --------
    >>> event = {"source": "order.service", "detail-type": "Order Created",
    ...          "detail": {"orderId": "o-1", "amount": 5, "other": None}}
    >>> detail_of(event, orderId=str, amount=float)
    {'orderId': 'o-1', 'amount': 5.0}
    """
    detail = event.get("detail")
    if not all(_is_text(event.get(name)) for name in ("source", "detail-type")) or not isinstance(
        detail, Mapping
    ):
        msg = (
            "not an EventBridge event: source and detail-type must be strings, detail an object; "
            "invoke the function through a rule or with such an event"
        )
        raise BadEventError(msg)
    for name, kind in members.items():
        description, fits = _CHECKS[kind]
        if not fits(detail.get(name)):
            msg = (
                f"event {event['detail-type']!r} of {event['source']!r}: detail.{name} must be "
                f"{description}; correct what publishes it"
            )
            raise BadEventError(msg)
    return {name: kind(detail[name]) for name, kind in members.items()}


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_TEXT_CHARS


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_finite(value: Any) -> bool:
    try:
        return (isinstance(value, float) or _is_integer(value)) and math.isfinite(value)
    except OverflowError:  # an integer beyond the range of float
        return False


_CHECKS = {
    str: (f"a string of 1 to {MAX_TEXT_CHARS} characters", _is_text),
    int: ("an integer", _is_integer),
    float: ("a finite number", _is_finite),
}
