"""One event on its way to one target, and what is written when it does not arrive. Pure.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tracing_lab.embedded.model import QueueMessage, RuleSpec, TargetSpec

from .entries import AcceptedEvent

PRINCIPAL = "events.amazonaws.com"

NO_PERMISSIONS = "NO_PERMISSIONS"
NO_RESOURCE = "NO_RESOURCE"
INVALID_PARAMETER = "INVALID_PARAMETER"
THIRD_BUS = "THIRD_ACCOUNT_HOP_DETECTED"
THROTTLING = "THROTTLING"
INTERNAL_ERROR = "INTERNAL_ERROR"
"""Values of ERROR_CODE; which of them AWS picks for a third bus in one account is unconfirmed."""

ATTEMPTS_EXHAUSTED = "MaximumRetryAttempts"
AGE_EXHAUSTED = "MaximumEventAgeInSeconds"
"""Values of EXHAUSTED_RETRY_CONDITION."""

_MAX_ERROR_MESSAGE_CHARS = 1024


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one target."""

    event: AcceptedEvent
    rule: RuleSpec
    target: TargetSpec
    payload: bytes


SendToTarget = Callable[[Delivery], Awaitable[None]]


class UndeliverableError(Exception):
    """A delivery that no further try can help.

    Parameters
    ----------
    code
        As EventBridge writes it to dead-letter queues, for example ``NO_PERMISSIONS``.
    message
        What is wrong, with which target, and what to do.
    exhausted
        Which limit of the retry policy was reached; None when no retry would have helped.
    retries
        How often the delivery was tried again.
    """

    def __init__(
        self, code: str, message: str, *, exhausted: str | None = None, retries: int = 0
    ) -> None:
        super().__init__(message)
        self.code = code
        self.exhausted = exhausted
        self.retries = retries


def dead_letter(
    event: AcceptedEvent, rule: RuleSpec, target: TargetSpec, error: UndeliverableError
) -> QueueMessage:
    """Make what a target's dead-letter queue gets: the event itself, and why it is there.

    Parameters
    ----------
    event
        The event; its body is sent untransformed, which is unconfirmed for targets with an input.
    rule
        The rule that matched.
    target
        The target that did not get it; it names the queue.
    error
        Why.
    """
    attributes: dict[str, str | int] = {
        "RULE_ARN": rule.arn,
        "TARGET_ARN": target.arn,
        "ERROR_CODE": error.code,
        "ERROR_MESSAGE": str(error)[:_MAX_ERROR_MESSAGE_CHARS],
        "RETRY_ATTEMPTS": str(error.retries),
    }
    if error.exhausted is not None:
        attributes["EXHAUSTED_RETRY_CONDITION"] = error.exhausted
    return QueueMessage(
        queue_arn=target.dead_letter_arn or "",
        body=event.event.raw.decode(),
        attributes=attributes,
        trace_header=event.trace_header,
        principal=PRINCIPAL,
        source_arn=rule.arn,
    )
