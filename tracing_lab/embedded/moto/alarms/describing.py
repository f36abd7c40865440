"""DescribeAlarms: alarms that fit all filters, page by page. moto looks at one filter only.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from moto.cloudwatch.exceptions import InvalidParameterValue, ValidationError
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

_PAGE = 50
_METRIC_ALARM = "MetricAlarm"

Members = Mapping[str, Any]


@cache
def replace_method() -> None:
    """Make moto describe alarms by the functions of this module."""
    method: Any = _describe_alarms
    CloudWatchResponse.describe_alarms = method  # type: ignore[method-assign] # moto has no switch


def described_alarms(alarms: Iterable[Any], members: Members) -> tuple[Sequence[Any], str | None]:
    """Return a page of the alarms that a request selects, and the token of the next page.

    Parameters
    ----------
    alarms
        moto's alarms. There are no composite ones, since they are rejected.
    members
        The request.

    Raises
    ------
    ValidationError, InvalidParameterValue
        If filters exclude each other, or the token is invalid.
    """
    if members.get("AlarmNames") and members.get("AlarmNamePrefix"):
        msg = "AlarmNamePrefix and AlarmNames cannot be specified together."
        raise ValidationError(msg)
    found = sorted(_selected(alarms, members), key=lambda alarm: str(alarm.name))
    size, token = int(members.get("MaxRecords") or _PAGE), str(members.get("NextToken") or "0")
    if not token.isdecimal():
        msg = "Request parameter NextToken is invalid"
        raise InvalidParameterValue(msg)
    end = int(token) + size
    return found[int(token) : end], str(end) if end < len(found) else None


def _selected(alarms: Iterable[Any], members: Members) -> list[Any]:
    if _METRIC_ALARM not in (members.get("AlarmTypes") or [_METRIC_ALARM]) or any(
        members.get(name) for name in ("ChildrenOfAlarmName", "ParentsOfAlarmName")
    ):
        return []
    return [alarm for alarm in alarms if _fits(alarm, members)]


def _fits(alarm: Any, members: Members) -> bool:
    names, action = members.get("AlarmNames"), members.get("ActionPrefix")
    return (
        (not names or alarm.name in names)
        and str(alarm.name).startswith(members.get("AlarmNamePrefix") or "")
        and members.get("StateValue") in {None, alarm.state_value}
        and (not action or any(str(arn).startswith(action) for arn in _actions(alarm)))
    )


def _actions(alarm: Any) -> list[str]:
    given = (alarm.alarm_actions, alarm.ok_actions, alarm.insufficient_data_actions)
    return [arn for arns in given for arn in arns or ()]


def _describe_alarms(response: Any) -> ActionResult:
    members = response._get_params()  # noqa: SLF001 - moto's only way
    page, token = described_alarms(response.cloudwatch_backend.alarms.values(), members)
    return ActionResult({"MetricAlarms": page, "CompositeAlarms": [], "NextToken": token})
