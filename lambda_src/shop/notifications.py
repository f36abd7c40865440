"""Simulated notifications: channels and texts."""

from .event_details import BadEventError

CHANNELS = ("email", "sms", "push")
"""A real sender would look the address up by customer id; no address passes here."""

TEMPLATES = {"Payment Processed": "payment-received", "Inventory Updated": "order-reserved"}


def template_for(detail_type: str) -> str:
    """Return the name of the text for an event.

    Parameters
    ----------
    detail_type
        What happened.

    Returns
    -------
    str
        The name of a template.

    Raises
    ------
    BadEventError
        If there is no text for such an event.

    Examples
    --------
    >>> template_for("Payment Processed")
    'payment-received'
    """
    if detail_type not in TEMPLATES:
        msg = f"no notification for {detail_type!r}; correct the rule that sends it here"
        raise BadEventError(msg)
    return TEMPLATES[detail_type]
