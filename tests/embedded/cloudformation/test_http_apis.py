"""HTTP APIs and function URLs of stacks, called by the addresses in their outputs."""

import json
from typing import Any
from urllib.request import urlopen

from stack_samples import ROLE, att, of, ref

from .conftest import Stacks

CODE = """
import json
def handler(event, context):
    return {"statusCode": 200, "body": json.dumps([event["routeKey"], event["rawPath"]])}
"""
FUNCTION = of(
    "Lambda::Function",
    Code={"ZipFile": CODE},
    Handler="index.handler",
    Runtime="python3.13",
    Role=att("Role", "Arn"),
)
INVOKE = "lambda:InvokeFunction"


def document(key: str) -> dict[str, Any]:
    """Return an OpenAPI document as SAM writes it."""
    uri = (
        "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function.Arn}"
        "/invocations"
    )
    integration = {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": {"Fn::Sub": uri},
        "payloadFormatVersion": "2.0",
    }
    return {
        "openapi": "3.0.1",
        "info": {"version": "1.0", "title": {"Ref": "AWS::StackName"}},
        "paths": {key: {"get": {"x-amazon-apigateway-integration": integration, "responses": {}}}},
        "tags": [{"name": "httpapi:createdBy", "x-amazon-apigateway-tag-value": "SAM"}],
    }


def api_of(key: str) -> dict[str, Any]:
    source = "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/GET/*"
    return {
        "Role": ROLE,
        "Function": FUNCTION,
        "Api": of("ApiGatewayV2::Api", Body=document(key), Description="of a stack"),
        "Stage": of("ApiGatewayV2::Stage", ApiId=ref("Api"), StageName="$default", AutoDeploy=True),
        "Permission": of(
            "Lambda::Permission",
            Action=INVOKE,
            FunctionName=ref("Function"),
            Principal="apigateway.amazonaws.com",
            SourceArn={"Fn::Sub": source},
        ),
    }


def received(url: str) -> Any:
    with urlopen(url, timeout=60) as response:  # noqa: S310 - of a stack's outputs
        return json.loads(response.read())


def test_an_api_with_a_document_is_called_and_changed(stacks: Stacks) -> None:
    outputs = {"Outputs": {"Url": {"Value": att("Api", "ApiEndpoint")}}}
    name = stacks.create(api_of("/orders/{id}"), template=outputs)
    assert stacks.stack(name)["StackStatus"] == "CREATE_COMPLETE", stacks.events(name)
    url = stacks.outputs(name)["Url"]
    assert received(f"{url}/orders/7") == ["GET /orders/{id}", "/orders/7"]
    api = stacks.client("apigatewayv2").get_api(ApiId=stacks.ref(name, "Api"))
    assert (api["Name"], api["Description"]) == (name, "of a stack")
    assert api["Tags"]["httpapi:createdBy"] == "SAM"
    stacks.update(name, api_of("/parcels/{id}"), template=outputs)
    assert stacks.outputs(name)["Url"] == url
    assert received(f"{url}/parcels/7") == ["GET /parcels/{id}", "/parcels/7"]


def test_a_function_url_with_its_permissions_is_called(stacks: Stacks) -> None:
    public = {"FunctionName": ref("Function"), "Principal": "*"}
    resources = {
        "Role": ROLE,
        "Function": FUNCTION,
        "Address": of("Lambda::Url", TargetFunctionArn=ref("Function"), AuthType="NONE"),
        "ByUrl": of(
            "Lambda::Permission",
            **public,
            Action="lambda:InvokeFunctionUrl",
            FunctionUrlAuthType="NONE",
        ),
        "ViaUrl": of("Lambda::Permission", **public, Action=INVOKE, InvokedViaFunctionUrl=True),
    }
    outputs = {"Outputs": {"Url": {"Value": att("Address", "FunctionUrl")}}}
    name = stacks.create(resources, template=outputs)
    assert stacks.stack(name)["StackStatus"] == "CREATE_COMPLETE", stacks.events(name)
    assert received(f"{stacks.outputs(name)['Url']}a") == ["$default", "/a"]
