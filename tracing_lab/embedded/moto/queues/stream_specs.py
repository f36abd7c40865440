"""Reads event source mappings of streams from moto's state into specs."""

from typing import Any

from tracing_lab.arns import service_in
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.queues.streams.mappings import ENDLESS, StreamMapping

from .mapping_specs import any_of, filters_in


def stream_mappings(region: str) -> tuple[StreamMapping, ...]:
    """Return the enabled event source mappings of a region's streams."""
    mappings = backend("lambda", region).list_event_source_mappings(None, None)
    return tuple(
        _mapping(mapping)
        for mapping in mappings
        if mapping.enabled and service_in(mapping.event_source_arn) == "dynamodb"
    )


def _mapping(mapping: Any) -> StreamMapping:
    filters = filters_in(mapping.filter_criteria)
    on_failure = (mapping.destination_config or {}).get("OnFailure") or {}
    return StreamMapping(
        id=mapping.uuid,
        stream_arn=mapping.event_source_arn,
        function_arn=mapping.function_arn,
        starts_at_end=mapping.starting_position == "LATEST",
        batch_size=int(mapping.batch_size),
        window_s=float(mapping.max_batch_window or 0),
        bisects=bool(mapping.bisect_on_error),
        most_retries=_limit(mapping.max_retry_attempts),
        most_age_s=_limit(mapping.max_record_age),
        on_failure_arn=on_failure.get("Destination") or None,
        reports_failures="ReportBatchItemFailures" in (mapping.function_response_types or ()),
        filters=filters,
        matches=any_of(filters),
    )


def _limit(value: Any) -> int:
    return ENDLESS if value is None else int(value)
