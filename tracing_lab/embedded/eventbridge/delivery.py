"""The delivery of one event to one target, and its dead letter. Pure.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property

from tracing_lab.embedded.model import QueueMessage, RuleSpec, TargetSpec

from .entries import AcceptedEvent
from .input_transformer import target_payload

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


class UndeliverableError(Exception):
    """A delivery that failed and is not retried.

    Parameters
    ----------
    code
        EventBridge's error code in dead letters, for example ``NO_PERMISSIONS``.
    message
        What is wrong, with which target, and what to do.
    exhausted
        Which limit of the retry policy was reached; None if retries are pointless.
    retries
        Number of retries.
    """

    def __init__(
        self, code: str, message: str, *, exhausted: str | None = None, retries: int = 0
    ) -> None:
        super().__init__(message)
        self.code = code
        self.exhausted = exhausted
        self.retries = retries


@dataclass(frozen=True)
class Delivery:
    """The delivery of one event to one target."""

    event: AcceptedEvent
    rule: RuleSpec
    target: TargetSpec

    @cached_property
    def payload(self) -> bytes:
        """Return what the target receives; UndeliverableError if its settings are invalid."""
        try:
            return target_payload(self.event.event, target=self.target, rule=self.rule)
        except ValueError as error:
            raise UndeliverableError(INVALID_PARAMETER, str(error)) from error


SendToTarget = Callable[[Delivery], Awaitable[None]]


def dead_letter(delivery: Delivery, error: UndeliverableError) -> QueueMessage:
    """Return the message to a target's dead-letter queue: the event and the reason.

    Parameters
    ----------
    delivery
        The failed delivery; the event is sent untransformed, which is unconfirmed for targets with
        an input.
    error
        The reason.
    """
    event, rule, target = delivery.event, delivery.rule, delivery.target
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
