"""The stack as a SAM template: CloudFormation, but ``sam deploy`` uploads the zips.

Only the functions and their layer change their type. An `AWS::Serverless::Api` or an event of a
function would add SAM's own names and settings to resources that the stack describes exactly.

Sources: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-layerversion.html
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tracing_lab.stack import Resource

from .bundle import CODE_PREFIX, Bundle
from .cloudformation import logical_id, outputs, template_resources

Json = dict[str, Any]


def template(resources: Sequence[Resource], bundle: Bundle) -> Json:
    """Return the stack as a SAM template.

    Returns
    -------
    dict[str, Any]
        The template; it reads the zips from a folder next to it.

    Raises
    ------
    ExportError
        If this export does not support a resource's type.
    """
    made = template_resources(resources, bundle)
    for resource in resources:
        if resource.type in _UPLOADED:
            path = CODE_PREFIX + bundle.file_name(resource.properties["CodeSha256"])
            name = logical_id(resource)
            made[name] = _UPLOADED[resource.type](made[name], path)
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Description": f"{bundle.stack}: the order system, exported by tracing_lab",
        "Resources": made,
        "Outputs": outputs(resources),
    }


def _function(function: Json, path: str) -> Json:
    properties = dict(function["Properties"])
    del properties["Code"]
    tracing = properties.pop("TracingConfig")["Mode"]
    properties["CodeUri"] = path
    properties["Tags"] = {tag["Key"]: tag["Value"] for tag in properties["Tags"]}
    properties["Tracing"] = tracing
    if "DeadLetterConfig" in properties:
        arn = properties.pop("DeadLetterConfig")["TargetArn"]
        properties["DeadLetterQueue"] = {"Type": "SQS", "TargetArn": arn}
    in_order = {name: properties[name] for name in sorted(properties)}
    return {**function, "Type": "AWS::Serverless::Function", "Properties": in_order}


def _layer(layer: Json, path: str) -> Json:
    """Return a layer that is deleted with the stack, which SAM would otherwise keep."""
    properties = dict(layer["Properties"])
    del properties["Content"]
    properties = {"ContentUri": path, **properties, "RetentionPolicy": "Delete"}
    return {**layer, "Type": "AWS::Serverless::LayerVersion", "Properties": properties}


_UPLOADED: Mapping[str, Callable[[Json, str], Json]] = {
    "AWS::Lambda::Function": _function,
    "AWS::Lambda::LayerVersion": _layer,
}
