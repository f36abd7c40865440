"""The result of one order."""

from dataclasses import dataclass
from typing import Final

BAD_REQUEST: Final = 400


@dataclass(frozen=True)
class Answer:
    """The result of one order.

    Parameters
    ----------
    order_no
        Its place in the load.
    customer_id
        Who ordered.
    trace_id
        The trace that the request began.
    scheduled_s, sent_s, finished_s
        When it should have been sent, was sent, and was answered; epoch seconds.
    status
        HTTP status; None without an answer.
    order_id
        The id that the order got.
    error
        The error; empty if there was none.
    sampled
        Whether the trace is recorded, as the response's header or else the request's says; None
        when neither does.
    connected
        Whether a connection was established.
    bad
        What is wrong with the order, of `bad_orders.BAD_ORDERS`; empty if it is a good one.
    """

    order_no: int
    customer_id: str
    trace_id: str
    scheduled_s: float
    sent_s: float
    finished_s: float
    status: int | None = None
    order_id: str = ""
    error: str = ""
    sampled: bool | None = None
    connected: bool = True
    bad: str = ""

    @property
    def is_as_expected(self) -> bool:
        """Whether a good order was accepted, or a bad one rejected as such."""
        if self.status is None:
            return False
        return self.status == BAD_REQUEST if self.bad else self.status < BAD_REQUEST
