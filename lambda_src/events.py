"""The events that the services exchange, and how to read one that EventBridge delivers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ORDER_CREATED = "Order Created"
PAYMENT_PROCESSED = "Payment Processed"
INVENTORY_UPDATED = "Inventory Updated"

ORDER_SOURCE = "order.service"
PAYMENT_SOURCE = "payment.service"
INVENTORY_SOURCE = "inventory.service"


class BadEventError(ValueError):
    """An event lacks a member or has one of the wrong type; its publisher needs correction."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """An event as EventBridge hands it to its target, reduced to what the services use.

    Parameters
    ----------
    source
        Who published it.
    detail_type
        What happened.
    detail
        The particulars.
    """

    source: str
    detail_type: str
    detail: Mapping[str, Any]

    def text(self, name: str) -> str:
        """Return a text of the detail.

        Parameters
        ----------
        name
            The member's name.

        Returns
        -------
        str
            The text, never empty.

        Raises
        ------
        BadEventError
            If the member is missing or no text.

        Examples
        --------
        >>> Event(source="s", detail_type="t", detail={"orderId": "o-1"}).text("orderId")
        'o-1'
        """
        value = self.detail.get(name)
        if not isinstance(value, str) or not value:
            raise self._bad(name, "a text")
        return value

    def integer(self, name: str) -> int:
        """Return an integer of the detail.

        Parameters
        ----------
        name
            The member's name.

        Returns
        -------
        int
            The number.

        Raises
        ------
        BadEventError
            If the member is missing or no integer.
        """
        value = self.detail.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._bad(name, "an integer")
        return value

    def number(self, name: str) -> float:
        """Return a number of the detail.

        Parameters
        ----------
        name
            The member's name.

        Returns
        -------
        float
            The number, finite.

        Raises
        ------
        BadEventError
            If the member is missing or no finite number.
        """
        value = self.detail.get(name)
        if not isinstance(value, int | float) or isinstance(value, bool) or not _finite(value):
            raise self._bad(name, "a finite number")
        return float(value)

    def _bad(self, name: str, wanted: str) -> BadEventError:
        return BadEventError(
            f"event {self.detail_type!r} of {self.source!r}: detail.{name} must be {wanted}; "
            "correct what publishes it"
        )


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond the range of float
        return False


def event_from_envelope(envelope: Mapping[str, Any]) -> Event:
    """Read what EventBridge passes to a Lambda function.

    Parameters
    ----------
    envelope
        The event with ``source``, ``detail-type`` and ``detail``.

    Returns
    -------
    Event
        The parts in use.

    Raises
    ------
    BadEventError
        If one of the three is missing or of the wrong type.

    Examples
    --------
    >>> event_from_envelope({"source": "order.service", "detail-type": "Order Created",
    ...                      "detail": {"orderId": "o-1"}}).detail_type
    'Order Created'
    """
    source, detail_type = envelope.get("source"), envelope.get("detail-type")
    detail = envelope.get("detail")
    complete = isinstance(source, str) and isinstance(detail_type, str)
    if not complete or not isinstance(detail, Mapping):
        msg = (
            "not an EventBridge event: source and detail-type must be texts and detail an object; "
            "invoke the function through a rule or with such an event"
        )
        raise BadEventError(msg)
    return Event(source=str(source), detail_type=str(detail_type), detail=detail)
