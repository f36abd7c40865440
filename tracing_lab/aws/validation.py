"""Amazon API Gateway: models and request validators of REST APIs."""

import json
from typing import Any

from .calling.caller import Json, ServiceFacade


class Validation(ServiceFacade):
    """The calls to Amazon API Gateway about models and request validators."""

    def models(self, api_id: str) -> list[Json]:
        """List an API's models."""
        operation = "apigateway:GetModels"
        return self._pages(operation, api_id, "items", restApiId=api_id, limit=500)

    def create_model(self, api_id: str, name: str, schema: Json) -> None:
        """Create a model of JSON bodies."""
        self._call(
            "apigateway:CreateModel",
            f"{api_id} {name}",
            restApiId=api_id,
            name=name,
            contentType="application/json",
            schema=json.dumps(schema),
        )

    def update_model(self, api_id: str, name: str, schema: Json) -> None:
        """Change a model's schema."""
        operations = [{"op": "replace", "path": "/schema", "value": json.dumps(schema)}]
        self._call(
            "apigateway:UpdateModel",
            f"{api_id} {name}",
            restApiId=api_id,
            modelName=name,
            patchOperations=operations,
        )

    def delete_model(self, api_id: str, name: str) -> None:
        """Delete a model that no method names."""
        about = f"{api_id} {name}"
        self._call("apigateway:DeleteModel", about, restApiId=api_id, modelName=name)

    def validators(self, api_id: str) -> list[Json]:
        """List an API's request validators."""
        operation = "apigateway:GetRequestValidators"
        return self._pages(operation, api_id, "items", restApiId=api_id, limit=500)

    def create_validator(self, api_id: str, name: str, *, body: bool, parameters: bool) -> str:
        """Create a request validator and return its id."""
        answer = self._call(
            "apigateway:CreateRequestValidator",
            f"{api_id} {name}",
            restApiId=api_id,
            name=name,
            validateRequestBody=body,
            validateRequestParameters=parameters,
        )
        return str(answer["id"])

    def update_validator(
        self, api_id: str, validator_id: str, *, body: bool, parameters: bool
    ) -> None:
        """Change what a request validator checks."""
        values = {"validateRequestBody": body, "validateRequestParameters": parameters}
        operations: list[dict[str, Any]] = [
            {"op": "replace", "path": f"/{name}", "value": "true" if value else "false"}
            for name, value in values.items()
        ]
        self._call(
            "apigateway:UpdateRequestValidator",
            f"{api_id} {validator_id}",
            restApiId=api_id,
            requestValidatorId=validator_id,
            patchOperations=operations,
        )

    def delete_validator(self, api_id: str, validator_id: str) -> None:
        """Delete a request validator that no method names."""
        self._call(
            "apigateway:DeleteRequestValidator",
            f"{api_id} {validator_id}",
            restApiId=api_id,
            requestValidatorId=validator_id,
        )
