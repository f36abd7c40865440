"""Schedules and their targets as EventBridge Scheduler sees them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

PRINCIPAL = "scheduler.amazonaws.com"


@dataclass(frozen=True)
class ScheduleTarget:
    """What a schedule calls, and how often it tries."""

    arn: str
    role_arn: str
    input: str | None = field(default=None, repr=False)
    dead_letter_arn: str | None = None
    max_retries: int = 185
    max_event_age_s: float = 86400.0
    message_group_id: str | None = None  # of a FIFO queue
    detail_type: str | None = None  # of an event for a bus, as the source
    source: str | None = None


@dataclass(frozen=True)
class ScheduleSpec:
    """An enabled schedule."""

    arn: str
    name: str
    group: str
    expression: str
    target: ScheduleTarget
    timezone: str = "UTC"
    start_s: float | None = None
    end_s: float | None = None
    window_minutes: int = 0  # within which the target may be called; 0: at the time
    deleted_when_completed: bool = False

    def record(self) -> dict[str, Any]:
        """Return the schedule as JSON-able data."""
        return asdict(self)

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> "ScheduleSpec":
        """Return the schedule of a record."""
        return cls(**{**record, "target": ScheduleTarget(**record["target"])})


@dataclass(frozen=True)
class TargetOperation:
    """An operation that a schedule calls.

    Parameters
    ----------
    service, name
        botocore's names.
    members
        The request.
    region
        Where; empty for the schedule's own region.
    """

    service: str
    name: str
    members: Mapping[str, Any] = field(repr=False)
    region: str = ""


class TargetError(Exception):
    """A call of a target that failed.

    Parameters
    ----------
    code, message
        The error of the target's service.
    is_permanent
        Whether retries are pointless.
    """

    def __init__(self, code: str, message: str, *, is_permanent: bool) -> None:
        super().__init__(message)
        self.code = code
        self.is_permanent = is_permanent

    @property
    def is_throttled(self) -> bool:
        """Whether the target's service had too many requests."""
        return "Throttl" in self.code or "TooManyRequests" in self.code


CallTarget = Callable[[str, TargetOperation], Awaitable[None]]
"""Call an operation with a role, by its ARN; raises TargetError."""


def target_of(members: Mapping[str, Any]) -> ScheduleTarget:
    """Return the target that a request of Scheduler describes.

    Examples
    --------
    >>> target_of({"Arn": "arn:q", "RoleArn": "arn:r", "RetryPolicy": {"MaximumRetryAttempts": 0}})
    ScheduleTarget(arn='arn:q', role_arn='arn:r', dead_letter_arn=None, max_retries=0, \
max_event_age_s=86400.0, message_group_id=None, detail_type=None, source=None)
    """
    retry = members.get("RetryPolicy") or {}
    event = members.get("EventBridgeParameters") or {}
    return ScheduleTarget(
        arn=members["Arn"],
        role_arn=members["RoleArn"],
        input=members.get("Input"),
        dead_letter_arn=(members.get("DeadLetterConfig") or {}).get("Arn"),
        max_retries=int(retry.get("MaximumRetryAttempts", 185)),
        max_event_age_s=float(retry.get("MaximumEventAgeInSeconds", 86400)),
        message_group_id=(members.get("SqsParameters") or {}).get("MessageGroupId"),
        detail_type=event.get("DetailType"),
        source=event.get("Source"),
    )
