"""Models and request validators of a REST API."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tracing_lab.aws.gateway import Gateway
from tracing_lab.aws.validation import Validation

Properties = Mapping[str, Any]
_BUILT_IN = frozenset({"Empty", "Error"})  # models that every API has


@dataclass(frozen=True)
class ApiChecks:
    """The models and validators of an API, without those that AWS creates itself.

    Parameters
    ----------
    models
        Schema by name.
    validators
        What each validates, by name.
    ids
        Id by validator's name.
    """

    models: Mapping[str, Any] = field(default_factory=dict)
    validators: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)

    def properties(self) -> dict[str, Any]:
        """Return them as properties of the API, without empty ones."""
        found = {"Models": self.models, "Validators": self.validators}
        return {name: value for name, value in found.items() if value}


def observed_checks(
    gateway: Gateway, api_id: str, wanted: Properties, api_resources: list[dict[str, Any]]
) -> ApiChecks:
    """Return an API's models and validators, if they are wanted or a method names one.

    Otherwise they have no effect, and API Gateway's quotas of calls are small.

    Parameters
    ----------
    gateway
        The AWS clients.
    api_id
        The API.
    wanted
        The API's wanted properties.
    api_resources
        What GetResources returns with methods embedded.
    """
    methods = [
        m for resource in api_resources for m in resource.get("resourceMethods", {}).values()
    ]
    named = any(method.get("requestValidatorId") for method in methods)
    if not named and not {"Models", "Validators"} & set(wanted):
        return ApiChecks()
    return _read(gateway.validation, api_id)


def put_checks(gateway: Gateway, api_id: str, wanted: Properties) -> Mapping[str, str]:
    """Create models and validators before methods name them; return validators' ids by name."""
    models, validators = wanted.get("Models", {}), wanted.get("Validators", {})
    if not models and not validators:
        return {}
    present, calls = _read(gateway.validation, api_id), gateway.validation
    for name, schema in models.items():
        if name not in present.models:
            calls.create_model(api_id, name, schema)
        elif present.models[name] != schema:
            calls.update_model(api_id, name, schema)
    ids = dict(present.ids)
    for name, looks in validators.items():
        if name not in ids:
            ids[name] = calls.create_validator(api_id, name, **_written(looks))
        elif present.validators[name] != looks:
            calls.update_validator(api_id, ids[name], **_written(looks))
    return ids


def drop_checks(gateway: Gateway, api_id: str, wanted: Properties, found: Properties) -> None:
    """Delete models and validators that are not wanted, after no method names them."""
    models = set(found.get("Models", {})) - set(wanted.get("Models", {}))
    validators = set(found.get("Validators", {})) - set(wanted.get("Validators", {}))
    present = _read(gateway.validation, api_id) if models or validators else ApiChecks()
    for name in sorted(validators & set(present.ids)):
        gateway.validation.delete_validator(api_id, present.ids[name])
    for name in sorted(models & set(present.models)):
        gateway.validation.delete_model(api_id, name)


def _read(validation: Validation, api_id: str) -> ApiChecks:
    validators = validation.validators(api_id)
    return ApiChecks(
        models={
            model["name"]: json.loads(model.get("schema") or "{}")
            for model in validation.models(api_id)
            if model["name"] not in _BUILT_IN
        },
        validators={
            validator["name"]: {
                "ValidateRequestBody": bool(validator.get("validateRequestBody")),
                "ValidateRequestParameters": bool(validator.get("validateRequestParameters")),
            }
            for validator in validators
        },
        ids={found["name"]: found["id"] for found in validators},
    )


def _written(looks: Mapping[str, bool]) -> dict[str, bool]:
    return {"body": looks["ValidateRequestBody"], "parameters": looks["ValidateRequestParameters"]}
