"""Amazon API Gateway: REST APIs, their methods, deployments and stages."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tracing_lab.errors import AwsError, NotFoundError

from .calling.caller import Caller, Json, ServiceFacade
from .validation import Validation

_DENIED = "AccessDenied"  # IAM's code
_ALL = "all APIs"
_WEB_SOCKET = "WEBSOCKET"
_LEVELS = frozenset({"ERROR", "INFO"})

PatchOperations = Sequence[Mapping[str, str]]


class Gateway(ServiceFacade):
    """The calls to Amazon API Gateway (REST APIs)."""

    def __init__(self, caller: Caller) -> None:
        super().__init__(caller)
        self.validation = Validation(caller)

    def log_role_arn(self) -> str:
        """Return the ARN of the account's role for API logs; empty if none is set."""
        return str(self._account().get("cloudwatchRoleArn") or "")

    def existing_log_role_arn(self) -> str:
        """Return the same; empty if that role was deleted, which the setting outlives.

        A role that the caller may not read counts as existing.
        """
        arn = self.log_role_arn()
        try:
            if arn:
                self._call("iam:GetRole", arn, RoleName=arn.rpartition("/")[2])
        except NotFoundError:
            return ""
        except AwsError as error:
            if error.code != _DENIED:
                raise
        return arn

    def _account(self) -> Json:
        return self._call("apigateway:GetAccount", "the account")

    def account_limits(self) -> tuple[int, float]:
        """Return burst (requests) and rate (requests per second) that the account may use.

        Both are -1 where API Gateway does not tell.
        """
        found = self._account().get("throttleSettings") or {}
        return int(found.get("burstLimit", -1)), float(found.get("rateLimit", -1))

    def set_log_role(self, arn: str) -> None:
        """Set the account's role for API logs; an empty ARN unsets it."""
        operations = [{"op": "replace", "path": "/cloudwatchRoleArn", "value": arn}]
        self._call("apigateway:UpdateAccount", "the account", patchOperations=operations)

    def apis_that_log(self) -> list[str]:
        """List the names of APIs that log by the account's role, REST and WebSocket APIs.

        HTTP APIs log without it.
        https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
        """
        rest = self._pages("apigateway:GetRestApis", _ALL, "items", limit=500)
        names = [api["name"] for api in rest if any(map(_logs, self.stages(api["id"])))]
        others = self._pages("apigatewayv2:GetApis", _ALL, "Items", MaxResults="500")
        sockets = [api for api in others if api["ProtocolType"] == _WEB_SOCKET]
        names += [api["Name"] for api in sockets if any(map(_logs, self._v2_stages(api["ApiId"])))]
        return sorted(names)

    def _v2_stages(self, api_id: str) -> list[Json]:
        return self._pages("apigatewayv2:GetStages", api_id, "Items", ApiId=api_id)

    def apis_named(self, name: str) -> list[Json]:
        """List the REST APIs of a name, oldest first: names are not unique."""
        apis = self._pages("apigateway:GetRestApis", name, "items", limit=500)
        named = [api for api in apis if api["name"] == name]
        return sorted(named, key=lambda api: (api["createdDate"], api["id"]))

    def create_api(self, name: str, *, tags: Mapping[str, str], policy: Json | None = None) -> Json:
        """Create a regional REST API without methods, restricted only by its policy."""
        extra = {"policy": json.dumps(policy)} if policy else {}
        return self._call(
            "apigateway:CreateRestApi",
            name,
            name=name,
            endpointConfiguration={"types": ["REGIONAL"]},
            tags=dict(tags),
            **extra,
        )

    def set_policy(self, api_id: str, policy: Json | None) -> None:
        """Set an API's resource policy, which cannot be removed; it applies once deployed."""
        value = json.dumps(policy) if policy else ""
        operations = [{"op": "replace", "path": "/policy", "value": value}]
        self._call("apigateway:UpdateRestApi", api_id, restApiId=api_id, patchOperations=operations)

    def set_endpoint_type(self, api_id: str, *, old: str, new: str) -> None:
        """Change the kind of endpoint."""
        path = f"/endpointConfiguration/types/{old}"
        operations = [{"op": "replace", "path": path, "value": new}]
        self._call("apigateway:UpdateRestApi", api_id, restApiId=api_id, patchOperations=operations)

    def delete_api(self, api_id: str) -> None:
        """Delete an API with its deployments and stages."""
        self._call("apigateway:DeleteRestApi", api_id, restApiId=api_id)

    def resources(self, api_id: str) -> list[Json]:
        """List an API's resources with methods and integrations."""
        return self._pages(
            "apigateway:GetResources",
            api_id,
            "items",
            restApiId=api_id,
            embed=["methods"],
            limit=500,
        )

    def create_resource(self, api_id: str, *, parent_id: str, path_part: str) -> str:
        """Create a resource under another and return its id."""
        answer = self._call(
            "apigateway:CreateResource",
            f"{api_id} {path_part}",
            restApiId=api_id,
            parentId=parent_id,
            pathPart=path_part,
        )
        return str(answer["id"])

    def _call_method(
        self, operation: str, api_id: str, resource_id: str, method: str, **params: Any
    ) -> None:
        where = {"restApiId": api_id, "resourceId": resource_id, "httpMethod": method}
        self._call(operation, f"{api_id} {method}", **where, **params)

    def put_method(self, api_id: str, resource_id: str, method: str, **settings: Any) -> None:
        """Create a method without authorization."""
        settings = {"authorizationType": "NONE", **settings}
        self._call_method("apigateway:PutMethod", api_id, resource_id, method, **settings)

    def delete_method(self, api_id: str, resource_id: str, method: str) -> None:
        """Delete a method with its integration."""
        self._call_method("apigateway:DeleteMethod", api_id, resource_id, method)

    def put_proxy_integration(
        self, api_id: str, resource_id: str, method: str, *, uri: str
    ) -> None:
        """Integrate a method with a function by Lambda proxy integration."""
        proxy = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": uri}
        self._call_method("apigateway:PutIntegration", api_id, resource_id, method, **proxy)

    def put_custom_integration(
        self,
        api_id: str,
        resource_id: str,
        method: str,
        *,
        uri: str,
        parameters: Mapping[str, str],
        statuses: Sequence[str],
    ) -> None:
        """Integrate a method with a function by a request of our own, whose responses are fixed."""
        where = (api_id, resource_id, method)
        custom: Json = {"type": "AWS", "integrationHttpMethod": "POST", "uri": uri}
        custom["requestParameters"] = dict(parameters)
        self._call_method("apigateway:PutIntegration", *where, **custom)
        for status in statuses:
            self._call_method("apigateway:PutMethodResponse", *where, statusCode=status)
            self._call_method("apigateway:PutIntegrationResponse", *where, statusCode=status)

    def put_mock_integration(
        self,
        api_id: str,
        resource_id: str,
        method: str,
        *,
        request_templates: Mapping[str, str],
        headers: Mapping[str, str],
    ) -> None:
        """Integrate a method with a mock that responds with status 200 and fixed headers."""
        where = (api_id, resource_id, method)
        mock: Json = {"type": "MOCK", "requestTemplates": dict(request_templates)}
        names = {f"method.response.header.{header}": value for header, value in headers.items()}
        known: Json = {"statusCode": "200", "responseParameters": dict.fromkeys(names, True)}
        given: Json = {"statusCode": "200", "responseParameters": names}
        self._call_method("apigateway:PutIntegration", *where, **mock)
        self._call_method("apigateway:PutMethodResponse", *where, **known)
        self._call_method("apigateway:PutIntegrationResponse", *where, **given)

    def deployments(self, api_id: str) -> list[Json]:
        """List an API's deployments, oldest first."""
        found = self._pages(
            "apigateway:GetDeployments", api_id, "items", restApiId=api_id, limit=500
        )
        return sorted(found, key=lambda deployment: (deployment["createdDate"], deployment["id"]))

    def create_deployment(self, api_id: str, *, description: str) -> str:
        """Create a deployment, a snapshot of an API, and return its id."""
        answer = self._call(
            "apigateway:CreateDeployment", api_id, restApiId=api_id, description=description
        )
        return str(answer["id"])

    def delete_deployment(self, api_id: str, deployment_id: str) -> None:
        """Delete a snapshot that no stage serves."""
        self._call(
            "apigateway:DeleteDeployment", api_id, restApiId=api_id, deploymentId=deployment_id
        )

    def stages(self, api_id: str) -> list[Json]:
        """List an API's stages."""
        items: list[Json] = self._call("apigateway:GetStages", api_id, restApiId=api_id)["item"]
        return items

    def create_stage(
        self,
        api_id: str,
        name: str,
        *,
        deployment_id: str,
        tracing: bool,
        tags: Mapping[str, str],
    ) -> None:
        """Create a stage that serves a deployment."""
        self._call(
            "apigateway:CreateStage",
            f"{api_id}/{name}",
            restApiId=api_id,
            stageName=name,
            deploymentId=deployment_id,
            tracingEnabled=tracing,
            tags=dict(tags),
        )

    def update_stage(self, api_id: str, name: str, operations: PatchOperations) -> None:
        """Change a stage by patch operations."""
        self._call(
            "apigateway:UpdateStage",
            f"{api_id}/{name}",
            restApiId=api_id,
            stageName=name,
            patchOperations=list(operations),
        )

    def delete_stage(self, api_id: str, name: str) -> None:
        """Delete a stage."""
        self._call("apigateway:DeleteStage", f"{api_id}/{name}", restApiId=api_id, stageName=name)

    def tags(self, arn: str) -> dict[str, str]:
        """Read the tags of an API or stage."""
        return dict(self._call("apigateway:GetTags", arn, resourceArn=arn).get("tags", {}))

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        """Add or change tags of an API or stage."""
        self._call("apigateway:TagResource", arn, resourceArn=arn, tags=dict(tags))

    def untag(self, arn: str, keys: list[str]) -> None:
        """Remove tags from an API or stage."""
        self._call("apigateway:UntagResource", arn, resourceArn=arn, tagKeys=keys)


def _logs(stage: Json) -> bool:
    """Return whether a stage of either kind of API writes an access log or an execution log."""
    if stage.get("accessLogSettings") or stage.get("AccessLogSettings"):
        return True
    methods = [*stage.get("methodSettings", {}).values()]
    routes = [stage.get("DefaultRouteSettings", {}), *stage.get("RouteSettings", {}).values()]
    levels = {method.get("loggingLevel") for method in methods}
    return bool(_LEVELS & (levels | {route.get("LoggingLevel") for route in routes}))
