"""Models and request validators of a REST API: what bodies have to look like."""

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
    """The models and validators of an API, without those that AWS makes itself.

    Parameters
    ----------
    models
        Name to schema.
    validators
        Name to what they look at.
    ids
        Validator's name to id.
    """

    models: Mapping[str, Any] = field(default_factory=dict)
    validators: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)

    def properties(self) -> dict[str, Any]:
        """Describe them as properties of the API; what is empty is left out."""
        found = {"Models": self.models, "Validators": self.validators}
        return {name: value for name, value in found.items() if value}


def observed_checks(
    gateway: Gateway, api_id: str, wanted: Properties, api_resources: list[dict[str, Any]]
) -> ApiChecks:
    """Read an API's models and validators, if they are wanted or some method names one.

    Otherwise they have no effect, and API Gateway answers few calls a second.

    Parameters
    ----------
    gateway
        Makes the calls.
    api_id
        The API.
    wanted
        The API's wanted properties.
    api_resources
        What GetResources gives with methods embedded.

    Returns
    -------
    ApiChecks
        What was found.
    """
    methods = [m for one in api_resources for m in one.get("resourceMethods", {}).values()]
    named = any(method.get("requestValidatorId") for method in methods)
    if not named and not {"Models", "Validators"} & set(wanted):
        return ApiChecks()
    return _read(gateway.validation, api_id)


def put_checks(gateway: Gateway, api_id: str, wanted: Properties) -> Mapping[str, str]:
    """Make models and validators as wanted, before methods name them.

    Parameters
    ----------
    gateway
        Makes the calls.
    api_id
        The API.
    wanted
        The API's wanted properties.

    Returns
    -------
    Mapping[str, str]
        Validator's name to id.
    """
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
    """Delete models and validators that were there and are not wanted, after methods let them go.

    Parameters
    ----------
    gateway
        Makes the calls.
    api_id
        The API.
    wanted, found
        The API's wanted properties, and those found.
    """
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
            one["name"]: {
                "ValidateRequestBody": bool(one.get("validateRequestBody")),
                "ValidateRequestParameters": bool(one.get("validateRequestParameters")),
            }
            for one in validators
        },
        ids={one["name"]: one["id"] for one in validators},
    )


def _written(looks: Mapping[str, bool]) -> dict[str, bool]:
    return {"body": looks["ValidateRequestBody"], "parameters": looks["ValidateRequestParameters"]}
