"""OpenTelemetry in the functions: their layer, and the variables that start it."""

from typing import Any, Final

from tracing_lab.config import OWNERSHIP_TAG, Config

from .model import Resource
from .names import Names
from .references import output

EXEC_WRAPPER: Final = "AWS_LAMBDA_EXEC_WRAPPER"
"""The variable that names the script by which Lambda starts a function's runtime."""

LAYER: Final = "otel-layer"
"""Logical name of the layer."""

_SCRIPT = "/opt/otel-instrument"  # in AWS's layer and in ours


def resources(names: Names, layer_sha256: str) -> list[Resource]:
    """Return the layer, if the stack publishes one.

    Parameters
    ----------
    names
        The stack's names.
    layer_sha256
        Hash of the layer's zip, as Lambda reports it.
    """
    if not names.config.has_own_layer:
        return []
    properties = {
        "CodeSha256": layer_sha256,
        "Description": ownership_mark(names.config),
        "LayerName": names.layer,
    }
    return [
        Resource(
            type="AWS::Lambda::LayerVersion",
            logical=LAYER,
            name=names.layer,
            properties=properties,
            create_only=frozenset(properties),  # a version never changes
        )
    ]


def ownership_mark(config: Config) -> str:
    """Return the description of a stack's layer, which stands for the tag: layers have none.

    Source: https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html
    """
    return f"OpenTelemetry for the functions; {OWNERSHIP_TAG}={config.stack_name}"


def layers(config: Config) -> dict[str, Any]:
    """Return the property ``Layers`` of every function; nothing with the X-Ray SDK."""
    if config.layer_arn is not None:
        return {"Layers": [config.layer_arn]}
    return {"Layers": [output(LAYER, "Arn")]} if config.has_own_layer else {}


def variables(config: Config) -> dict[str, str]:
    """Return the variables of every function that concern OpenTelemetry; none with the SDK."""
    if config.layer_arn is None and not config.has_own_layer:
        return {}
    found = {EXEC_WRAPPER: _SCRIPT}
    return {**found, "PROPAGATE_OWN_SPAN": "1"} if config.propagate_own_span else found
