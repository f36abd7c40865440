"""The proof after destroy searches every service that a stack can have something in."""

from typing import Any

from fake_clients import EMULATOR
from setting_values import EVERYTHING
from stacks import wanted

from tracing_lab.aws import Aws
from tracing_lab.aws.inventory import LISTINGS
from tracing_lab.config import Config


def test_services_of_tagged_resources_are_listed() -> None:
    everything = wanted(Config(**EVERYTHING)).values()
    services = {one.type.split("::")[1].lower() for one in everything if "Tags" in one.properties}
    assert services == {listing.operation.partition(":")[0] for listing in LISTINGS}


class LargeAccount:
    """Has more queues and buses than a page; lists nothing else."""

    def list_queues(self, **params: Any) -> dict[str, Any]:
        """Return a token for more only if MaxResults was sent, as SQS does."""
        if "MaxResults" not in params:
            return {"QueueUrls": ["q/1"]}
        if "NextToken" in params:
            return {"QueueUrls": ["q/2"]}
        return {"QueueUrls": ["q/1"], "NextToken": "t"}

    def list_event_buses(self, **params: Any) -> dict[str, Any]:
        if "NextToken" in params:
            return {"EventBuses": [{"Name": "b2"}]}
        return {"EventBuses": [{"Name": "b1"}], "NextToken": "t"}

    def __getattr__(self, operation: str) -> Any:
        return lambda **_params: {}


def test_all_queues_and_buses_of_a_large_account_are_listed() -> None:
    listed, failures = Aws(EMULATOR, client_factory=lambda _: LargeAccount()).inventory.names()
    assert listed["sqs:ListQueues"] == ["q/1", "q/2"]
    assert listed["events:ListEventBuses"] == ["b1", "b2"]
    assert failures == []
