"""The events that schedules send. Pure but for their ids."""

from datetime import UTC, datetime
from typing import Any

from tracing_lab.arns import parse_arn
from tracing_lab.embedded.protocol.identifiers import random_uuid


def iso_time(moment_s: float) -> str:
    """Return epoch seconds as AWS writes them in events, without fractions.

    Examples
    --------
    >>> iso_time(1795953600.9)
    '2026-11-29T12:00:00Z'
    """
    return datetime.fromtimestamp(int(moment_s), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def scheduled_event(arn: str, due_s: float, *, source: str, detail: Any) -> dict[str, Any]:
    """Return the event of a schedule.

    Parameters
    ----------
    arn
        The rule or schedule.
    due_s
        When it was due, in epoch seconds.
    source
        The service that sends it.
    detail
        Its detail.
    """
    parsed = parse_arn(arn)
    return {
        "version": "0",
        "id": random_uuid(),
        "detail-type": "Scheduled Event",
        "source": source,
        "account": parsed.account_id,
        "time": iso_time(due_s),
        "region": parsed.region,
        "resources": [arn],
        "detail": detail,
    }
