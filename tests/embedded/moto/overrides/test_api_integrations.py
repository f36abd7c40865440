"""Integration responses need what they map to, and mappings what they map from."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_planes import REGION, make_api

from tracing_lab.embedded.moto.plane import ControlPlane

HEADER = "method.response.header.X-Count"
FUNCTION = f"arn:aws:lambda:{REGION}:123456789012:function:f"
URI = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"


class Method:
    """A method with an integration that is no proxy."""

    def __init__(self, control: ControlPlane) -> None:
        api_id, self.gateway = make_api(control)
        items = self.gateway.get_resources(restApiId=api_id)["items"]
        (resource,) = [one for one in items if one["path"] == "/{id}"]
        self.where = {"restApiId": api_id, "resourceId": resource["id"], "httpMethod": "PUT"}
        self.gateway.put_method(
            **self.where,
            authorizationType="NONE",
            requestParameters={"method.request.querystring.page": False},
        )

    def integrate(self, **members: Any) -> None:
        defaults = {"type": "AWS", "integrationHttpMethod": "POST", "uri": URI}
        self.gateway.put_integration(**self.where, **{**defaults, **members})

    def refusal(self, **members: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as caught:
            self.gateway.put_integration_response(**self.where, **members)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]


def test_a_response_needs_its_status_and_headers_of_the_method(control: ControlPlane) -> None:
    method = Method(control)
    method.integrate()
    missing = ("NotFoundException", "Invalid Response status code specified")
    assert method.refusal(statusCode="200") == missing
    method.gateway.put_method_response(**method.where, statusCode="200")
    mapping = {HEADER: "integration.response.body.count"}
    code, text = method.refusal(statusCode="200", responseParameters=mapping)
    assert (code, HEADER in text) == ("BadRequestException", True)
    method.gateway.put_method_response(
        **method.where, statusCode="200", responseParameters={HEADER: False}
    )
    method.gateway.put_integration_response(
        **method.where, statusCode="200", responseParameters=mapping
    )


@pytest.mark.parametrize(
    "members, message",
    [
        ({"selectionPattern": "("}, "Invalid selection pattern"),
        ({"responseParameters": {HEADER: "method.request.header.X"}}, "Invalid mapping expression"),
        ({"responseParameters": {"method.response.body": "'x'"}}, "method.response.body"),
        ({"responseTemplates": {"text/plain": "$util.now()"}}, "text/plain: line 1, column 11"),
    ],
)
def test_a_response_that_cannot_work_is_refused(
    control: ControlPlane, members: Any, message: str
) -> None:
    method = Method(control)
    method.integrate()
    code, text = method.refusal(statusCode="200", **members)
    assert code == "BadRequestException"
    assert message in text


@pytest.mark.parametrize(
    "expression, works",
    [
        ("method.request.querystring.page", True),
        ("method.request.multivaluequerystring.page", True),
        ("method.request.path.id", True),
        ("method.request.body.order['id']", True),
        ("method.request.body", True),
        ("context.identity.sourceIp", True),
        ("stageVariables.shop", True),
        ("'text'", True),
        ("method.request.querystring.other", False),
        ("method.request.path.other", False),
        ("method.request.body.[", False),
        ("integration.response.header.X", False),
        ("text", False),
    ],
)
def test_a_request_maps_what_the_method_has(
    control: ControlPlane, expression: str, *, works: bool
) -> None:
    method = Method(control)
    parameters = {"integration.request.header.X": expression}
    if works:
        method.integrate(requestParameters=parameters)
        return
    with pytest.raises(ClientError, match="Invalid mapping expression specified"):
        method.integrate(requestParameters=parameters)


def test_a_passthrough_behaviour_is_one_of_three(control: ControlPlane) -> None:
    with pytest.raises(ClientError, match="passthroughBehavior"):
        Method(control).integrate(passthroughBehavior="ALWAYS")


def test_an_integration_says_that_it_buffers_responses(control: ControlPlane) -> None:
    method = Method(control)
    where, gateway = method.where, method.gateway
    gateway.get_method(**where)  # has no integration yet
    method.integrate()
    api_id, resource_id = where["restApiId"], where["resourceId"]
    items = gateway.get_resources(restApiId=api_id, embed=["methods"])["items"]
    shown = [
        gateway.get_integration(**where),
        gateway.get_method(**where)["methodIntegration"],
        *(
            resource["resourceMethods"]["PUT"]["methodIntegration"]
            for resource in (
                gateway.get_resource(restApiId=api_id, resourceId=resource_id),
                next(item for item in items if item["id"] == resource_id),
            )
        ),
    ]
    assert [one["responseTransferMode"] for one in shown] == ["BUFFERED"] * 4
