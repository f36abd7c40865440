"""The REST API is found by its name and our tag."""

from types import SimpleNamespace
from typing import Any

from tracing_lab.deploy.providers.api import RestApiProvider
from tracing_lab.stack import Resource


def test_api_of_the_same_name_without_our_tag_is_not_ours() -> None:
    # GIVEN two REST APIs of our name, of which only the newer carries our tag
    apis = [api("old", {}), api("new", {"tracing-lab:stack": "s"})]
    gateway: Any = SimpleNamespace(apis_named=lambda name: apis, resources=lambda api_id: [])
    properties = {"Tags": {"tracing-lab:stack": "s"}}
    # THEN the newer one is the stack's
    provider = RestApiProvider(gateway, "arn")
    found = provider.observe(Resource("T", "api", "n", properties))
    assert found is not None
    assert found.outputs == {"Id": "new"}


def api(api_id: str, tags: dict[str, str]) -> dict[str, Any]:
    return {
        "id": api_id,
        "name": "n",
        "endpointConfiguration": {"types": ["REGIONAL"]},
        "tags": tags,
    }
