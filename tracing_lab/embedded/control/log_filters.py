"""Filter patterns of metric and subscription filters: tested and checked.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tracing_lab.embedded.log_patterns import LogPattern

from .log_calls import Members, filter_pattern

PATTERN_MEMBERS: Mapping[str, str] = {
    "PutMetricFilter": "filterPattern",
    "PutSubscriptionFilter": "filterPattern",
    "StartLiveTail": "logEventFilterPattern",
}
"""Operations of moto that take a pattern, and the member that it is in."""


def metric_filter_matches(members: Members, _region: str) -> dict[str, Any]:
    """Return which messages of a request match its pattern.

    Parameters
    ----------
    members
        The request's.

    Raises
    ------
    LogsError
        If the pattern is malformed.
    """
    pattern = filter_pattern(members)
    return {"matches": list(_matches(pattern, members["logEventMessages"]))}


def _matches(pattern: LogPattern, messages: list[str]) -> Iterator[dict[str, Any]]:
    for number, message in enumerate(messages, start=1):
        if pattern.matches(message):
            extracted = dict(pattern.extracted(message))
            yield {"eventNumber": number, "eventMessage": message, "extractedValues": extracted}
