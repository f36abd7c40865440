"""Lambda's types.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Lambda.html
"""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from .model import Context, Made, Members, Properties, ResourceType, changed, gone
from .tagging import change_tags

_UNSET: Mapping[str, Any] = {
    "DeadLetterConfig": {"TargetArn": ""},
    "Description": "",
    "Environment": {"Variables": {}},
    "EphemeralStorage": {"Size": 512},
    "Layers": [],
    "MemorySize": 128,
    "Timeout": 3,
    "TracingConfig": {"Mode": "PassThrough"},
}
"""What a setting is when a template no longer has it."""

_CODE = frozenset({"Architectures", "Code"})


def inline_zip(source: str, runtime: str) -> bytes:
    """Return the zip of code that is in a template: one module, named ``index``.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html

    Examples
    --------
    >>> zipfile.ZipFile(io.BytesIO(inline_zip("pass", "python3.13"))).namelist()
    ['index.py']
    """
    name = "index.js" if runtime.startswith("nodejs") else "index.py"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        # a date of its own would make the same code differ each time
        file = zipfile.ZipInfo(name)
        file.external_attr = 0o644 << 16
        archive.writestr(file, source)
    return content.getvalue()


def _code(properties: Properties) -> Members:
    code = dict(properties["Code"])
    if "ZipFile" in code:
        code["ZipFile"] = inline_zip(str(code["ZipFile"]), str(properties.get("Runtime", "")))
    return code


async def _create_function(context: Context, properties: Properties) -> Made:
    name = properties.get("FunctionName") or context.new_name(64)
    wanted = {**properties, "FunctionName": name, "Code": _code(properties)}
    arn = (await context.apply("lambda", "CreateFunction", wanted))["FunctionArn"]
    made = Made(name, {"Arn": arn})
    context.note_partial(made)
    await _reserve(context, name, properties.get("ReservedConcurrentExecutions"))
    return made


async def _update_function(context: Context, made: Made, old: Properties, new: Properties) -> Made:
    different = changed(old, new)
    if different & _CODE:
        code = {**_code(new), "Architectures": new.get("Architectures", ["x86_64"])}
        await context.apply("lambda", "UpdateFunctionCode", code, FunctionName=made.ref)
    settings = {name: new.get(name, _UNSET.get(name)) for name in sorted(different - _CODE)}
    given = {name: value for name, value in settings.items() if value is not None}
    if given:
        await context.apply("lambda", "UpdateFunctionConfiguration", given, FunctionName=made.ref)
    if "ReservedConcurrentExecutions" in different:
        await _reserve(context, made.ref, new.get("ReservedConcurrentExecutions"))
    await change_tags(context, "lambda", old, new, Resource=made.attributes["Arn"])
    return made


async def _reserve(context: Context, name: str, number: Any) -> None:
    if number is not None:
        wanted = {"ReservedConcurrentExecutions": number}
        await context.apply("lambda", "PutFunctionConcurrency", wanted, FunctionName=name)
    else:
        await gone(context.call("lambda", "DeleteFunctionConcurrency", FunctionName=name))


async def _delete_function(context: Context, made: Made, _: Properties) -> None:
    await gone(context.call("lambda", "DeleteFunction", FunctionName=made.ref))


async def _create_version(context: Context, properties: Properties) -> Made:
    made = await context.apply("lambda", "PublishVersion", properties)
    arn = made["FunctionArn"]
    return Made(arn, {"FunctionArn": arn, "Version": made["Version"]})


async def _delete_version(context: Context, made: Made, _: Properties) -> None:
    name, number = made.ref.rsplit(":", 1)
    await gone(context.call("lambda", "DeleteFunction", FunctionName=name, Qualifier=number))


def _alias(properties: Properties) -> Members:
    """Return an alias's properties with weights by version, as the calls have them."""
    routing = properties.get("RoutingConfig") or {}
    weights = {
        str(item["FunctionVersion"]): float(item["FunctionWeight"])
        for item in routing.get("AdditionalVersionWeights", [])
    }
    return {**properties, "RoutingConfig": {"AdditionalVersionWeights": weights}}


async def _create_alias(context: Context, properties: Properties) -> Made:
    made = await context.apply("lambda", "CreateAlias", _alias(properties))
    return Made(made["AliasArn"], {"AliasArn": made["AliasArn"]})


async def _update_alias(context: Context, made: Made, _: Properties, new: Properties) -> Made:
    await context.apply("lambda", "UpdateAlias", {"Description": "", **_alias(new)})
    return made


async def _delete_alias(context: Context, _: Made, properties: Properties) -> None:
    where = {"FunctionName": properties["FunctionName"], "Name": properties["Name"]}
    await gone(context.call("lambda", "DeleteAlias", **where))


async def _create_permission(context: Context, properties: Properties) -> Made:
    statement = context.new_name(100)
    await context.apply("lambda", "AddPermission", _of_function(properties), StatementId=statement)
    return Made(statement, {"Id": statement})


async def _delete_permission(context: Context, made: Made, properties: Properties) -> None:
    where = _of_function(properties)
    await gone(context.apply("lambda", "RemovePermission", where, StatementId=made.ref))


def _of_function(properties: Properties) -> Members:
    """Return properties with the qualifier that a function's ARN ends with as a member."""
    name = str(properties["FunctionName"])
    parts = name.split(":")
    if name.startswith("arn:") and len(parts) == 8:  # noqa: PLR2004 - of an ARN with qualifier
        return {**properties, "FunctionName": ":".join(parts[:7]), "Qualifier": parts[7]}
    return dict(properties)


async def _create_mapping(context: Context, properties: Properties) -> Made:
    made = await context.apply("lambda", "CreateEventSourceMapping", properties)
    arn = context.arn("lambda", f"event-source-mapping:{made['UUID']}")
    return Made(made["UUID"], {"Id": made["UUID"], "EventSourceMappingArn": arn})


async def _update_mapping(context: Context, made: Made, old: Properties, new: Properties) -> Made:
    different = changed(old, new)
    unset = {"Enabled": True, "FilterCriteria": {}}
    wanted = {name: new.get(name, unset.get(name)) for name in different}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    await context.apply("lambda", "UpdateEventSourceMapping", wanted, UUID=made.ref)
    arn = made.attributes["EventSourceMappingArn"]
    await change_tags(context, "lambda", old, new, Resource=arn)
    return made


async def _delete_mapping(context: Context, made: Made, _: Properties) -> None:
    await gone(context.call("lambda", "DeleteEventSourceMapping", UUID=made.ref))


async def _create_layer(context: Context, properties: Properties) -> Made:
    wanted = {"LayerName": context.new_name(64), **properties}
    made = await context.apply("lambda", "PublishLayerVersion", wanted)
    return Made(made["LayerVersionArn"], {"LayerVersionArn": made["LayerVersionArn"]})


async def _delete_layer(context: Context, made: Made, _: Properties) -> None:
    name, number = made.ref.rsplit(":", 1)
    where = {"LayerName": name, "VersionNumber": int(number)}
    await gone(context.call("lambda", "DeleteLayerVersion", **where))


async def _put_config(context: Context, properties: Properties) -> Made:
    await context.apply("lambda", "PutFunctionEventInvokeConfig", properties)
    return Made(f"{properties['FunctionName']}|{properties['Qualifier']}")


async def _update_config(context: Context, made: Made, _: Properties, new: Properties) -> Made:
    await _put_config(context, new)
    return made


async def _delete_config(context: Context, _: Made, properties: Properties) -> None:
    await gone(context.apply("lambda", "DeleteFunctionEventInvokeConfig", properties))


def _of_url(properties: Properties) -> Members:
    return {**properties, "FunctionName": properties["TargetFunctionArn"]}


async def _create_url(context: Context, properties: Properties) -> Made:
    made = await context.apply("lambda", "CreateFunctionUrlConfig", _of_url(properties))
    attributes = {"FunctionArn": made["FunctionArn"], "FunctionUrl": made["FunctionUrl"]}
    return Made(made["FunctionArn"], attributes)


async def _update_url(context: Context, made: Made, _: Properties, new: Properties) -> Made:
    await context.apply("lambda", "UpdateFunctionUrlConfig", _of_url(new))
    return made


async def _delete_url(context: Context, _: Made, properties: Properties) -> None:
    await gone(context.apply("lambda", "DeleteFunctionUrlConfig", _of_url(properties)))


async def _create_layer_permission(context: Context, properties: Properties) -> Made:
    statement = context.new_name(100)
    name, _, number = str(properties["LayerVersionArn"]).rpartition(":")
    where = {"LayerName": name, "VersionNumber": number, "StatementId": statement}
    await context.apply("lambda", "AddLayerVersionPermission", {**properties, **where})
    return Made(f"{properties['LayerVersionArn']}#{statement}", {"Id": statement})


async def _delete_layer_permission(context: Context, made: Made, _: Properties) -> None:
    arn, statement = made.ref.split("#")
    name, number = arn.rsplit(":", 1)
    where = {"LayerName": name, "VersionNumber": int(number), "StatementId": statement}
    await gone(context.call("lambda", "RemoveLayerVersionPermission", **where))


TYPES = (
    ResourceType(
        name="AWS::Lambda::Function",
        create=_create_function,
        update=_update_function,
        delete=_delete_function,
        calls=(("lambda", "CreateFunction"),),
        properties=frozenset({"ReservedConcurrentExecutions"}),
        required=frozenset({"Code", "Role"}),
        replaced_by=frozenset({"FunctionName", "PackageType"}),
        named_by="FunctionName",
    ),
    ResourceType(
        name="AWS::Lambda::Version",
        create=_create_version,
        delete=_delete_version,
        calls=(("lambda", "PublishVersion"),),
        required=frozenset({"FunctionName"}),
    ),
    ResourceType(
        name="AWS::Lambda::Alias",
        create=_create_alias,
        update=_update_alias,
        delete=_delete_alias,
        calls=(("lambda", "CreateAlias"),),
        required=frozenset({"FunctionName", "FunctionVersion", "Name"}),
        replaced_by=frozenset({"FunctionName", "Name"}),
    ),
    ResourceType(
        name="AWS::Lambda::Permission",
        create=_create_permission,
        delete=_delete_permission,
        calls=(("lambda", "AddPermission"),),
        required=frozenset({"Action", "FunctionName", "Principal"}),
    ),
    ResourceType(
        name="AWS::Lambda::EventSourceMapping",
        create=_create_mapping,
        update=_update_mapping,
        delete=_delete_mapping,
        calls=(("lambda", "CreateEventSourceMapping"),),
        required=frozenset({"FunctionName"}),
        replaced_by=frozenset({"EventSourceArn", "StartingPosition", "StartingPositionTimestamp"}),
    ),
    ResourceType(
        name="AWS::Lambda::LayerVersion",
        create=_create_layer,
        delete=_delete_layer,
        calls=(("lambda", "PublishLayerVersion"),),
        required=frozenset({"Content"}),
    ),
    ResourceType(
        name="AWS::Lambda::LayerVersionPermission",
        create=_create_layer_permission,
        delete=_delete_layer_permission,
        properties=frozenset({"Action", "LayerVersionArn", "OrganizationId", "Principal"}),
        required=frozenset({"Action", "LayerVersionArn", "Principal"}),
    ),
    ResourceType(
        name="AWS::Lambda::EventInvokeConfig",
        create=_put_config,
        update=_update_config,
        delete=_delete_config,
        calls=(("lambda", "PutFunctionEventInvokeConfig"),),
        required=frozenset({"FunctionName", "Qualifier"}),
        replaced_by=frozenset({"FunctionName", "Qualifier"}),
    ),
    ResourceType(
        name="AWS::Lambda::Url",
        create=_create_url,
        update=_update_url,
        delete=_delete_url,
        properties=frozenset({"AuthType", "Cors", "InvokeMode", "Qualifier", "TargetFunctionArn"}),
        required=frozenset({"AuthType", "TargetFunctionArn"}),
        replaced_by=frozenset({"Qualifier", "TargetFunctionArn"}),
    ),
)
