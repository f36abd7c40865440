"""Where moto's services reach the data planes: functions and event buses, by region."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from tracing_lab.arns import parse_arn
from tracing_lab.embedded.model import ServiceCall

_LOGGER = logging.getLogger(__name__)

CallFunction = Callable[[ServiceCall], None]
PutServiceEvent = Callable[[Mapping[str, Any]], None]
"""Puts an event of an AWS service on the default bus."""


class ServiceHooks:
    """The data planes of the regions that have any. What is set must return at once."""

    def __init__(self) -> None:
        self._callers: dict[str, CallFunction] = {}
        self._buses: dict[str, PutServiceEvent] = {}

    def on_service_call(self, region: str, call: CallFunction) -> None:
        """Set what invokes functions of a region for topics, buckets and alarms."""
        self._callers[region] = call

    def on_service_event(self, region: str, put: PutServiceEvent) -> None:
        """Set what puts events of services on a region's default bus."""
        self._buses[region] = put

    def call_function(self, call: ServiceCall) -> None:
        """Invoke a function; KeyError if its region has no data planes."""
        region = parse_arn(call.function_arn).region
        if region not in self._callers:
            raise KeyError(call.function_arn)
        self._callers[region](call)

    def put_event(self, region: str, event: Mapping[str, Any]) -> None:
        """Put an event on a region's default bus; without data planes, it is lost."""
        if region in self._buses:
            self._buses[region](event)
        else:
            _LOGGER.warning("an event of %s is lost: region %s has no bus", event["source"], region)
