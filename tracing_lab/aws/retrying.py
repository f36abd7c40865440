"""Which failures of a call pass by themselves, and how long to wait for that.

One table says it for every operation. Waits grow exponentially with full jitter: each is drawn
between nothing and a ceiling that doubles (AWS Builders' Library, "Timeouts, retries, and backoff
with jitter"), so that calls which collided once do not collide again.
"""

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from tracing_lab.errors import AwsError, EndpointUnreachableError

_FIRST_CEILING_S = 0.2
_LAST_CEILING_S = 5.0
_SERVER_ERROR = 500  # the first HTTP status that means "our fault"

LONGEST_POLL_S = _LAST_CEILING_S
"""The longest single wait between two attempts, in seconds."""


@dataclass(frozen=True)
class Passing:
    """A kind of failure that passes by itself.

    Parameters
    ----------
    operations
        Shell pattern of the operations that it is known of.
    codes
        The error codes that it comes with; any if there are none.
    text
        A part of its message, in small letters.
    patience_s
        The sum of the waits' ceilings after which to give up, in seconds; about twice the time
        that is really waited.
    """

    operations: str
    codes: frozenset[str]
    text: str = ""
    patience_s: float = 90.0

    def covers(self, error: AwsError) -> bool:
        """Tell whether an error is of this kind."""
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

PASSING = (
    # Quotas of calls: AWS answers without having done anything.
    Passing("*", _THROTTLES),
    # Two changes of one resource at the same time.
    Passing("*", _codes("ConcurrentModification", "ConcurrentModificationException")),
    Passing("apigateway:*", _codes("ConflictException"), "concurrent modification"),
    Passing("lambda:*", _CONFLICT, "in progress for resource"),
    Passing("lambda:*", _CONFLICT, "in the following state: pending"),
    Passing("lambda:*", _CONFLICT, "concurrent update"),
    Passing("logs:*", _codes("OperationAbortedException")),
    # A new role, or a new policy of it, is not known everywhere for some seconds.
    Passing("*", _INVALID, "cannot be assumed by"),
    Passing("lambda:*", _INVALID, "execution role does not have permissions"),
    Passing("apigateway:UpdateAccount", _INVALID, "does not have required permissions"),
    Passing("apigateway:*Stage", _INVALID, "logs role arn must be set"),
    Passing("iam:PutRolePolicy", _codes("NoSuchEntity")),
    Passing("iam:*", _codes("EntityTemporarilyUnmodifiable")),
    # What was just made or removed is not seen, or still seen.
    Passing("iam:DeleteRole", _codes("DeleteConflict"), "policies first"),
    Passing("events:DeleteRule", _INVALID, "has targets"),
    Passing("logs:PutRetentionPolicy", _codes("ResourceNotFoundException")),
    Passing("wafv2:AssociateWebACL", _codes("WAFUnavailableEntityException")),
    Passing("sqs:CreateQueue", _codes("AWS.SimpleQueueService.QueueDeletedRecently"), "", 180.0),
)
"""Answers after which the same call may succeed a little later; each means that nothing was done.
From the API references of the services, "Errors", and from their users' reports."""

_OUTCOME_UNKNOWN_PATIENCE_S = 20.0
_UNREACHABLE_PATIENCE_S = 1.0

MAKES_ANOTHER = frozenset(
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
"""Operations that, repeated, do the same thing twice. After a lost answer someone must look."""


def patience_s(error: AwsError) -> float:
    """Say how long to go on with a call that failed so.

    Parameters
    ----------
    error
        What it failed with.

    Returns
    -------
    float
        The sum of the waits' ceilings, in seconds; 0 if the failure does not pass, or if
        repeating the call could do the same thing twice.

    Examples
    --------
    >>> patience_s(AwsError("x", operation="iam:TagRole", code="ConcurrentModification"))
    90.0
    >>> patience_s(AwsError("exists", operation="iam:CreateRole", code="EntityAlreadyExists"))
    0.0
    >>> lost = AwsError("x", operation="apigateway:CreateRestApi", outcome_unknown=True)
    >>> patience_s(lost)
    0.0
    """
    for kind in PASSING:
        if kind.covers(error):
            return kind.patience_s
    if error.outcome_unknown:
        return 0.0 if error.operation in MAKES_ANOTHER else _OUTCOME_UNKNOWN_PATIENCE_S
    return _UNREACHABLE_PATIENCE_S if isinstance(error, EndpointUnreachableError) else 0.0


def waits_s(
    patience_s: float, *, uniform: Callable[[float, float], float] = random.uniform
) -> Iterator[float]:
    """Draw the waits between attempts.

    Parameters
    ----------
    patience_s
        The sum of the waits' ceilings after which to give up, in seconds.
    uniform
        Draws a number between two others.

    Yields
    ------
    float
        Seconds to wait; ends when the patience is used up.

    Examples
    --------
    >>> list(waits_s(3, uniform=max))
    [0.2, 0.4, 0.8, 1.6]
    """
    used_s = 0.0
    for attempt in itertools.count():
        if used_s >= patience_s:
            return
        ceiling_s = min(_FIRST_CEILING_S * 2**attempt, _LAST_CEILING_S)
        used_s += ceiling_s
        yield uniform(0.0, ceiling_s)


def is_server_error(status: int) -> bool:
    """Tell whether an HTTP status leaves open what was done.

    Examples
    --------
    >>> is_server_error(503), is_server_error(429)
    (True, False)
    """
    return status >= _SERVER_ERROR
