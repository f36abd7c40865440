"""The REST API is found by its name and our tag."""

from types import SimpleNamespace
from typing import Any

import pytest

from tracing_lab.deploy.providers.api import RestApiProvider
from tracing_lab.deploy.providers.api_methods import observed_methods, sync_methods
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


PLAIN = {"Answers": [], "Type": "AWS", "Uri": "arn:function"}
"""The event method's description without parameters and integration responses."""


def described(method: dict[str, Any], integration: dict[str, Any]) -> dict[str, Any]:
    """Return the description of a method with these further members."""
    shown = {"type": "AWS", "uri": "arn:function", **integration}
    item = {"path": "/a", "resourceMethods": {"POST": {**method, "methodIntegration": shown}}}
    return observed_methods([item], {})["/a"]["POST"]


@pytest.mark.parametrize(
    "method, integration",
    [
        ({}, {"responseTransferMode": "BUFFERED"}),
        ({}, {"tlsConfig": {"insecureSkipVerification": False}}),
        ({}, {"tlsConfig": {"newMember": "DEFAULT"}}),
        ({}, {"newMember": "DEFAULT"}),
        ({"newMember": "DEFAULT", "apiKeyRequired": False}, {"cacheNamespace": "r"}),
    ],
)
def test_members_that_nobody_has_set_are_no_difference(
    method: dict[str, Any], integration: dict[str, Any]
) -> None:
    assert described(method, integration) == PLAIN


@pytest.mark.parametrize(
    "member, value",
    [
        ("cacheKeyParameters", ["method.request.path.id"]),
        ("connectionType", "VPC_LINK"),
        ("contentHandling", "CONVERT_TO_TEXT"),
        ("credentials", "arn:role"),
        ("httpMethod", "GET"),
        ("passthroughBehavior", "NEVER"),
        ("requestParameters", {"integration.request.header.X": "'x'"}),
        ("responseTransferMode", "STREAM"),
        ("timeoutInMillis", 1000),
    ],
)
def test_known_member_that_somebody_has_set_is_a_difference(member: str, value: object) -> None:
    name = member[0].upper() + member[1:]
    assert described({}, {member: value}) == {**PLAIN, name: value}


def test_settings_of_a_method_and_of_tls_are_differences() -> None:
    method = {"authorizationType": "AWS_IAM", "apiKeyRequired": True, "operationName": "o"}
    assert described(method, {"tlsConfig": {"insecureSkipVerification": True}}) == {
        **PLAIN,
        "ApiKeyRequired": True,
        "AuthorizationType": "AWS_IAM",
        "OperationName": "o",
        "TlsConfig": {"InsecureSkipVerification": True},
    }
