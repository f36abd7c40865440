"""The errors of loads that did not come to their end."""

from collections.abc import Sequence
from typing import Protocol
from urllib.parse import urlsplit

from tracing_lab.errors import EndpointLostError, EndpointUnreachableError

from .answer import Answer
from .log import frame_of


class Endpoint(Protocol):
    """What a load was sent to."""

    @property
    def api_endpoint(self) -> str:
        """Base URL of the API's stage."""

    @property
    def endpoint_url(self) -> str | None:
        """The emulator; None on a real account."""


def unreachable(outputs: Endpoint, first: Answer) -> EndpointUnreachableError:
    """Return the error of a load that no response came to."""
    host = urlsplit(outputs.api_endpoint).netloc
    remedy = "Run deploy.apply again" if outputs.endpoint_url else "Check the network"
    msg = f"No order was answered by {host}: {first.error}. {remedy} and take its new outputs."
    return EndpointUnreachableError(msg, operation="POST /orders")


def how_far(answers: Sequence[Answer], orders: int) -> str:
    """Return how far an interrupted load got, and what to do next."""
    answered = sum(answer.status is not None for answer in answers)
    return (
        f"Interrupted: {len(answers)} of {orders} orders were sent, {answered} of them answered. "
        "The error's .log has them; fire again for a whole load."
    )


def lost(outputs: Endpoint, answers: Sequence[Answer], orders: int) -> EndpointLostError:
    """Return the error of a load whose endpoint was lost on the way."""
    host = urlsplit(outputs.api_endpoint).netloc
    answered = sum(answer.status is not None for answer in answers)
    start_it = "Start it again (tracing-lab embedded start)"
    remedy = start_it if outputs.endpoint_url else "Check the network"
    msg = (
        f"{host} has stopped answering ({answers[-1].error}), so that only {len(answers)} of "
        f"{orders} orders were sent and {answered} answered; the error's .log has them. {remedy} "
        "and fire again."
    )
    return EndpointLostError(msg, log=frame_of(answers))
