"""Which errors of a call are transient, and how long to retry.

One table covers every operation. Waits grow exponentially with full jitter: each is drawn between
zero and a ceiling that doubles (AWS Builders' Library, "Timeouts, retries, and backoff with
jitter"), so that calls which collided once do not collide again.
"""

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from tracing_lab.errors import AwsError, EndpointUnreachableError

_FIRST_CEILING_S = 0.2
_LAST_CEILING_S = 5.0
_SERVER_ERROR = 500  # the first HTTP status of an error on the server's side


@dataclass(frozen=True)
class TransientError:
    """A kind of error that goes away without a change of the request.

    Parameters
    ----------
    operations
        Shell pattern of the operations that it occurs with.
    codes
        Its error codes; any if empty.
    text
        A part of its message, in lower case.
    budget_s
        The sum of the waits' ceilings after which to give up, in seconds; about twice the time that
        is actually waited.
    """

    operations: str
    codes: frozenset[str]
    text: str = ""
    budget_s: float = 90.0

    def covers(self, error: AwsError) -> bool:
        """Return whether an error is of this kind."""
        return (
            fnmatchcase(error.operation, self.operations)
            and (not self.codes or error.code in self.codes)
            and self.text in str(error).lower()
        )


def _codes(*names: str) -> frozenset[str]:
    return frozenset(names)


_THROTTLES = _codes(
    "BandwidthLimitExceeded",
    "PriorRequestNotComplete",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
)
_CONFLICT = _codes("ResourceConflictException")
_INVALID = _codes("InvalidParameterValueException", "ValidationException", "BadRequestException")

TRANSIENT_ERRORS = (
    # Throttled: AWS has not acted on the request.
    TransientError("*", _THROTTLES),
    # Concurrent changes of one resource.
    TransientError("*", _codes("ConcurrentModification", "ConcurrentModificationException")),
    TransientError("apigateway:*", _codes("ConflictException"), "concurrent modification"),
    TransientError("lambda:*", _CONFLICT, "in progress for resource"),
    TransientError("lambda:*", _CONFLICT, "in the following state: pending"),
    TransientError("lambda:*", _CONFLICT, "concurrent update"),
    TransientError("logs:*", _codes("OperationAbortedException")),
    # A new role, or a new policy of it, takes some seconds to propagate.
    TransientError("*", _INVALID, "cannot be assumed by"),
    TransientError("lambda:*", _INVALID, "execution role does not have permissions"),
    TransientError("apigateway:UpdateAccount", _INVALID, "does not have required permissions"),
    TransientError("apigateway:*Stage", _INVALID, "logs role arn must be set"),
    TransientError("iam:PutRolePolicy", _codes("NoSuchEntity")),
    TransientError("iam:*", _codes("EntityTemporarilyUnmodifiable")),
    # Eventual consistency: a new resource is not visible yet, or a deleted one still is.
    TransientError("iam:DeleteRole", _codes("DeleteConflict"), "policies first"),
    TransientError("events:DeleteRule", _INVALID, "has targets"),
    TransientError("events:DeleteEventBus", _INVALID, "has rules"),
    TransientError("logs:PutRetentionPolicy", _codes("ResourceNotFoundException")),
    TransientError("wafv2:AssociateWebACL", _codes("WAFUnavailableEntityException")),
    TransientError(
        "sqs:CreateQueue", _codes("AWS.SimpleQueueService.QueueDeletedRecently"), "", 180.0
    ),
)
"""Errors after which the same call may succeed a little later; each means that nothing was done.
From the services' API references, "Errors", and from their users' reports."""

_OUTCOME_UNKNOWN_BUDGET_S = 20.0
_UNREACHABLE_BUDGET_S = 1.0

NOT_IDEMPOTENT = frozenset(
    {
        "apigateway:CreateApiKey",
        "apigateway:CreateDeployment",
        "apigateway:CreateRequestValidator",
        "apigateway:CreateRestApi",
        "apigateway:CreateUsagePlan",
        "events:PutEvents",
        "lambda:Invoke",
        "lambda:PublishVersion",
        "sns:Publish",
        "sqs:SendMessage",
    }
)
"""Operations that would take effect twice if retried. After a lost response, observe first."""


def retry_budget_s(error: AwsError) -> float:
    """Return how long to retry a call that failed with an error.

    Returns
    -------
    float
        The sum of the waits' ceilings, in seconds; 0 if the error is permanent, or if its outcome
        is unknown and the operation is not idempotent.

    Examples
    --------
    >>> retry_budget_s(AwsError("x", operation="iam:TagRole", code="ConcurrentModification"))
    90.0
    >>> retry_budget_s(AwsError("exists", operation="iam:CreateRole", code="EntityAlreadyExists"))
    0.0
    >>> lost = AwsError("x", operation="apigateway:CreateRestApi", outcome_unknown=True)
    >>> retry_budget_s(lost)
    0.0
    """
    for kind in TRANSIENT_ERRORS:
        if kind.covers(error):
            return kind.budget_s
    if error.outcome_unknown:
        return 0.0 if error.operation in NOT_IDEMPOTENT else _OUTCOME_UNKNOWN_BUDGET_S
    return _UNREACHABLE_BUDGET_S if isinstance(error, EndpointUnreachableError) else 0.0


def is_throttle(error: AwsError) -> bool:
    """Return whether a call failed because there were too many.

    Examples
    --------
    >>> is_throttle(AwsError("x", operation="xray:BatchGetTraces", code="ThrottledException"))
    True
    """
    return error.code in _THROTTLES


def waits_s(
    budget_s: float, *, uniform: Callable[[float, float], float] = random.uniform
) -> Iterator[float]:
    """Yield the random waits between attempts.

    Parameters
    ----------
    budget_s
        The sum of the waits' ceilings after which to give up, in seconds.
    uniform
        Returns a random number between two others.

    Yields
    ------
    float
        Seconds to wait; ends when the budget is used up.

    Examples
    --------
    >>> list(waits_s(3, uniform=max))
    [0.2, 0.4, 0.8, 1.6]
    """
    used_s = 0.0
    for attempt in itertools.count():
        if used_s >= budget_s:
            return
        ceiling_s = min(_FIRST_CEILING_S * 2**attempt, _LAST_CEILING_S)
        used_s += ceiling_s
        yield uniform(0.0, ceiling_s)


def is_server_error(status: int) -> bool:
    """Return whether an HTTP status leaves the outcome of a request unknown.

    Examples
    --------
    >>> is_server_error(503), is_server_error(429)
    (True, False)
    """
    return status >= _SERVER_ERROR
