"""A control plane in a test: clients of it, and the resources that many tests need."""

import json
from typing import Any

from archives import app_zip
from direct_clients import direct_client

from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.embedded.protocol.api_call import read_call

REGION = "eu-west-1"


def client_of(control: ControlPlane, service: str, region: str = REGION) -> Any:
    """Return a boto3 client whose requests go straight into the control plane."""
    return direct_client(service, lambda one: control.handle(read_call(one)), region=region)


def make_role(control: ControlPlane) -> str:
    trust = {"Version": "2012-10-17", "Statement": []}
    answer = client_of(control, "iam").create_role(
        RoleName="r", AssumeRolePolicyDocument=json.dumps(trust)
    )
    return str(answer["Role"]["Arn"])


def make_function(control: ControlPlane, **more: Any) -> Any:
    settings = {
        "FunctionName": "f",
        "Runtime": "python3.13",
        "Role": make_role(control),
        "Handler": "app.handler",
        "Code": {"ZipFile": app_zip()},
        "Timeout": 7,
        "Environment": {"Variables": {"A1": "1"}},
        "TracingConfig": {"Mode": "Active"},
    }
    return client_of(control, "lambda").create_function(**settings | more)


def make_api(control: ControlPlane) -> tuple[str, Any]:
    gateway = client_of(control, "apigateway")
    api_id = gateway.create_rest_api(name="shop")["id"]
    root_id = gateway.get_resources(restApiId=api_id)["items"][0]["id"]
    item = gateway.create_resource(restApiId=api_id, parentId=root_id, pathPart="{id}")
    one = {"restApiId": api_id, "resourceId": item["id"], "httpMethod": "POST"}
    gateway.put_method(**one, authorizationType="NONE")
    arn = f"arn:aws:lambda:{REGION}:123456789012:function:f"
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"
    gateway.put_integration(**one, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    gateway.create_deployment(restApiId=api_id, stageName="prod")
    return api_id, gateway
