"""Puts events on the custom bus."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from services import Services, services_from_environment
from tracing import trace_aws_calls

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

BUS_VARIABLE = "EVENT_BUS_NAME"

# Short enough that three attempts fit into a function's default timeout of 30 s.
_CLIENT_CONFIG = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}
)


class PublishError(RuntimeError):
    """EventBridge did not take an event."""


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """Publishes the events of one source to one bus.

    Parameters
    ----------
    client
        A boto3 client of EventBridge.
    bus_name
        The bus's name.
    source
        The source named in each event.
    """

    client: "EventBridgeClient"
    bus_name: str
    source: str

    def publish(self, detail_type: str, detail: Mapping[str, Any]) -> str:
        """Publish one event.

        Parameters
        ----------
        detail_type
            What happened.
        detail
            The particulars.

        Returns
        -------
        str
            The event's id.

        Raises
        ------
        PublishError
            If EventBridge answers that it did not take the event. PutEvents reports that in its
            answer, not as an error of the call
            (docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html).
        """
        answer = self.client.put_events(
            Entries=[
                {
                    "EventBusName": self.bus_name,
                    "Source": self.source,
                    "DetailType": detail_type,
                    "Detail": json.dumps(detail, separators=(",", ":")),
                }
            ]
        )
        entry = answer["Entries"][0] if answer["Entries"] else {}
        if answer["FailedEntryCount"] or "EventId" not in entry:
            reason = f"{entry.get('ErrorCode', 'Unknown')}: {entry.get('ErrorMessage', '')}"
            msg = (
                f"{detail_type!r} was not accepted by the bus {self.bus_name} ({reason}); "
                "send the request again"
            )
            raise PublishError(msg)
        return entry["EventId"]


@dataclass(frozen=True, kw_only=True)
class PublishingServices(Services):
    """What a handler that publishes events needs.

    Parameters
    ----------
    publisher
        Puts events on the bus.
    """

    publisher: Publisher


def publishing_services(name: str, source: str, environ: Mapping[str, str]) -> PublishingServices:
    """Set up what a publishing handler needs, once for an environment.

    Parameters
    ----------
    name
        The service's name.
    source
        The source of the events that it publishes.
    environ
        The process's environment variables; ``EVENT_BUS_NAME`` names the bus.

    Returns
    -------
    PublishingServices
        Tracer, logger, metrics, faults and publisher.

    Raises
    ------
    RuntimeError
        If ``EVENT_BUS_NAME`` is not set.
    """
    bus_name = environ.get(BUS_VARIABLE)
    if not bus_name:
        msg = f"{BUS_VARIABLE} is not set; add the bus's name to the function's environment"
        raise RuntimeError(msg)
    base = services_from_environment(name, environ)
    trace_aws_calls()
    publisher = Publisher(
        client=boto3.client("events", config=_CLIENT_CONFIG), bus_name=bus_name, source=source
    )
    return PublishingServices(
        tracer=base.tracer,
        log=base.log,
        metrics=base.metrics,
        faults=base.faults,
        publisher=publisher,
    )
