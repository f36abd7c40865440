"""Publishes events on the custom bus."""

import json
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

# Short enough that three attempts fit into a function's default timeout of 30 s.
CLIENT_CONFIG = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}
)
"""How long a client waits for EventBridge, and how often it tries."""


class PublishError(RuntimeError):
    """EventBridge did not accept an event."""


class EventBus:
    """The bus that ``EVENT_BUS_NAME`` names, as one service publishes on it.

    Parameters
    ----------
    client
        A boto3 client of EventBridge.
    source
        The source of the service's events.
    copies
        Returns how often the event of an order is published, for faults; once by default.
    environ
        The process's environment variables.

    Raises
    ------
    RuntimeError
        If ``EVENT_BUS_NAME`` is not set.
    """

    def __init__(
        self,
        client: "EventBridgeClient",
        source: str,
        copies: Callable[[str], int] | None = None,
        *,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._client = client
        self._source = source
        self._copies = copies
        self._name = environ.get("EVENT_BUS_NAME", "")
        if not self._name:
            msg = "EVENT_BUS_NAME is not set; add the bus's name to the function's environment"
            raise RuntimeError(msg)

    def publish(self, detail_type: str, detail: Mapping[str, Any]) -> str:
        """Publish one event and return its id.

        Parameters
        ----------
        detail_type
            What happened.
        detail
            The particulars, with an ``orderId``.

        Returns
        -------
        str
            The event's id; empty if a fault loses the event.

        Raises
        ------
        PublishError
            If EventBridge did not accept the event. PutEvents reports that in its response, not as
            an error of the call
            (docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html).
        """
        copies = 1 if self._copies is None else self._copies(detail["orderId"])
        event_ids = [self._put(detail_type, detail) for _ in range(copies)]
        return event_ids[-1] if event_ids else ""

    def _put(self, detail_type: str, detail: Mapping[str, Any]) -> str:
        response = self._client.put_events(
            Entries=[
                {
                    "EventBusName": self._name,
                    "Source": self._source,
                    "DetailType": detail_type,
                    "Detail": json.dumps(detail, separators=(",", ":")),
                }
            ]
        )
        entry = response["Entries"][0] if response["Entries"] else {}
        if response["FailedEntryCount"] or "EventId" not in entry:
            reason = f"{entry.get('ErrorCode', 'Unknown')}: {entry.get('ErrorMessage', '')}"
            msg = (
                f"{detail_type!r} was not accepted by the bus {self._name} ({reason}); "
                "send the request again"
            )
            raise PublishError(msg)
        return entry["EventId"]
