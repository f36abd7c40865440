"""Reads event source mappings of queues from moto's state into specs."""

import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from tracing_lab.arns import service_in
from tracing_lab.embedded.eventbridge.patterns.pattern import compile_pattern
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.queues.mappings import Matches, QueueMapping

from .backend_methods import is_available
from .sending import queue_of

_ANY_ADDRESS = urlsplit("http://127.0.0.1")  # of the queue's URL; only the rest of it counts

DEFAULT_CONCURRENCY = 5
"""Events at the same time with which Lambda begins; it would add more under load.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
"""


def queue_mappings(region: str) -> tuple[QueueMapping, ...]:
    """Return the enabled event source mappings of a region's queues."""
    mappings = backend("lambda", region).list_event_source_mappings(None, None)
    return tuple(
        _mapping(mapping)
        for mapping in mappings
        if mapping.enabled
        and service_in(mapping.event_source_arn) == "sqs"
        and queue_of(mapping.event_source_arn) is not None
    )


def has_visible_messages(queue_arn: str) -> bool:
    """Return whether a queue has a message that can be received."""
    queue = queue_of(queue_arn)
    if queue is None:
        return False
    now_ms = time.time() * 1000
    messages = tuple(queue._messages)  # noqa: SLF001 - moto's `messages` copies and sorts them
    return any(is_available(message, now_ms) for message in messages)


def _mapping(mapping: Any) -> QueueMapping:
    scaling = mapping.scaling_config or {}
    filters = filters_in(mapping.filter_criteria)
    queue = queue_of(mapping.event_source_arn)
    return QueueMapping(
        id=mapping.uuid,
        queue_arn=mapping.event_source_arn,
        queue_url=queue.url(_ANY_ADDRESS),
        function_arn=mapping.function_arn,
        batch_size=int(mapping.batch_size),
        window_s=float(mapping.max_batch_window or 0),
        reports_failures="ReportBatchItemFailures" in (mapping.function_response_types or ()),
        max_concurrency=int(scaling.get("MaximumConcurrency") or DEFAULT_CONCURRENCY),
        visibility_s=float(queue.visibility_timeout),
        filters=filters,
        matches=any_of(filters),
    )


def filters_in(criteria: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return the patterns of a mapping's filter criteria."""
    filters: Sequence[Mapping[str, str]] = (criteria or {}).get("Filters") or ()
    return tuple(entry["Pattern"] for entry in filters if entry.get("Pattern"))


def any_of(patterns: Sequence[str]) -> Matches | None:
    """Return what matches any of the patterns; None if there are none."""
    if not patterns:
        return None
    matchers = [compile_pattern(pattern) for pattern in patterns]
    return lambda message: any(matcher.matches(message) for matcher in matchers)
