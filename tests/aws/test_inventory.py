"""The proof after destroy searches every service that a stack can have something in."""

from setting_values import EVERYTHING
from stacks import wanted

from tracing_lab.aws.inventory import LISTINGS
from tracing_lab.config import Config


def test_services_of_tagged_resources_are_listed() -> None:
    everything = wanted(Config(**EVERYTHING)).values()
    services = {one.type.split("::")[1].lower() for one in everything if "Tags" in one.properties}
    assert services == {listing.operation.partition(":")[0] for listing in LISTINGS}
