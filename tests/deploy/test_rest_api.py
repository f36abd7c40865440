"""The REST API is found by its name and our tag."""

from types import SimpleNamespace
from typing import Any

import pytest

from tracing_lab.deploy.providers.api import RestApiProvider
from tracing_lab.deploy.providers.api_methods import sync_methods
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


EVENT = {
    "Answers": ["202"],
    "RequestParameters": {"integration.request.header.X-Amz-Invocation-Type": "'Event'"},
    "Type": "AWS",
    "Uri": "arn:function",
}
"""A method that invokes a function asynchronously."""


def integrated(*answers: str) -> list[dict[str, Any]]:
    """Return what GetResources shows of the method, once it has some integration responses."""
    integration = {
        "type": "AWS",
        "uri": "arn:function",
        "httpMethod": "POST",
        "requestParameters": EVENT["RequestParameters"],
        "integrationResponses": {answer: {"statusCode": answer} for answer in answers},
    }
    method = {"authorizationType": "NONE", "methodIntegration": integration}
    return [{"id": "r", "path": "/a/event", "resourceMethods": {"POST": method}}]


@pytest.mark.parametrize("answers, calls", [(("202",), []), ((), ["delete", "put", "integrate"])])
def test_a_method_without_its_integration_response_is_made_again(
    answers: tuple[str, ...], calls: list[str]
) -> None:
    made: list[str] = []
    gateway: Any = SimpleNamespace(
        resources=lambda _api: integrated(*answers),
        delete_method=lambda *_: made.append("delete"),
        put_method=lambda *_: made.append("put"),
        put_custom_integration=lambda *_, **how: made.append("integrate"),
    )
    sync_methods(gateway, "api", {"/a/event": {"POST": EVENT}}, {})
    assert made == calls


def api(api_id: str, tags: dict[str, str]) -> dict[str, Any]:
    return {
        "id": api_id,
        "name": "n",
        "endpointConfiguration": {"types": ["REGIONAL"]},
        "tags": tags,
    }
