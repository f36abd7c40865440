"""The stack as a CloudFormation template.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from tracing_lab.stack import Attribute, Location, LocationKind, Part, Resource

from .bundle import CODE_PREFIX, Bundle
from .cloudformation_types import ATTRIBUTES, written
from .expressions import Scope, scopes, transform
from .naming import pascal_case

Json = dict[str, Any]
_PSEUDO = {
    LocationKind.ACCOUNT: "AWS::AccountId",
    LocationKind.PARTITION: "AWS::Partition",
    LocationKind.REGION: "AWS::Region",
}
_BUCKET = {
    "Type": "String",
    "Description": "Bucket that holds the functions' zips",
    "MinLength": 3,
}
_PREFIX = {
    "Type": "String",
    "Description": "What the zips' keys begin with",
    "Default": CODE_PREFIX,
}


def template(resources: Sequence[Resource], bundle: Bundle) -> Json:
    """Return the stack as a template.

    Returns
    -------
    dict[str, Any]
        The template. It reads the zips from a bucket that is a parameter.

    Raises
    ------
    ExportError
        If this export does not support a resource's type.
    """
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"{bundle.stack}: the order system, exported by tracing_lab",
        "Parameters": {"CodeBucket": _BUCKET, "CodePrefix": _PREFIX},
        "Resources": template_resources(resources, bundle),
        "Outputs": outputs(resources),
    }


def template_resources(resources: Sequence[Resource], bundle: Bundle) -> Json:
    """Return the resources of a template, by logical id.

    Raises
    ------
    ExportError
        If this export does not support a resource's type.
    """
    by_name = {resource.logical: resource for resource in resources}
    known = scopes(resources)
    return {
        logical_id(resource) + suffix: made
        for resource in resources
        for suffix, made in _resource(resource, by_name, known[resource.logical], bundle)
    }


def outputs(resources: Sequence[Resource]) -> Json:
    """Return the outputs: the URL for orders, and the bus.

    Returns
    -------
    dict[str, Any]
        Values by output name.
    """
    by_name = {resource.logical: resource for resource in resources}
    api, stage = logical_id(by_name["api"]), by_name["stage"].properties["StageName"]
    url = f"https://${{{api}}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}/{stage}"
    return {
        "ApiTestUrl": {"Value": {"Fn::Sub": f"{url}/orders/customer-1"}},
        "EventBusName": {"Value": {"Ref": logical_id(by_name["bus"])}},
    }


def logical_id(resource: Resource) -> str:
    """Return a resource's name within the template, of letters and digits.

    A deployment's name has the hash of its methods, because CloudFormation creates a new snapshot
    only under a new name.
    """
    snapshot = resource.name.rpartition("/")[2] if resource.type.endswith("::Deployment") else ""
    return pascal_case(resource.logical) + snapshot


def _resource(
    resource: Resource, by_name: Mapping[str, Resource], scope: Scope, bundle: Bundle
) -> Iterator[tuple[str, Json]]:
    render = partial(_render, by_name=by_name)
    main, *others = [transform(form, scope, render) for form in written(resource, bundle)]
    implied = set(_references(main["Properties"]))
    wanted = {logical_id(by_name[name]) for name in resource.depends_on if name in by_name}
    after = sorted(wanted - implied)
    yield "", {"Type": main["Type"], **({"DependsOn": after} if after else {}), **main}
    for other in others:
        yield other["Type"].rpartition("::")[2], other


def _render(parts: Sequence[Part], *, by_name: Mapping[str, Resource]) -> Any:
    if all(isinstance(part, str) for part in parts):
        return "".join(map(str, parts))
    if len(parts) == 1:
        return _intrinsic(parts[0], by_name)
    return {"Fn::Sub": "".join(_in_sub(part, by_name) for part in parts)}


def _intrinsic(part: Part, by_name: Mapping[str, Resource]) -> Json:
    inner = _in_sub(part, by_name)
    name, _, attribute = inner[2:-1].partition(".")
    if inner.count("${") > 1:
        return {"Fn::Sub": inner}
    return {"Fn::GetAtt": [name, attribute]} if attribute else {"Ref": name}


def _in_sub(part: Part, by_name: Mapping[str, Resource]) -> str:
    if isinstance(part, Location):
        return f"${{{_PSEUDO[part.kind]}}}"
    if isinstance(part, Attribute):
        target = by_name[part.logical]
        form = ATTRIBUTES.get((target.type, part.name), "${id}")
        return form.replace("${id", "${" + logical_id(target))
    return part.replace("${", "${!")


def _references(value: Any) -> list[str]:
    """Return the logical ids that rendered properties refer to."""
    if isinstance(value, list):
        return [name for item in value for name in _references(item)]
    if not isinstance(value, Mapping):
        return []
    if set(value) == {"Ref"}:
        return [value["Ref"]]
    if set(value) == {"Fn::GetAtt"}:
        return [value["Fn::GetAtt"][0]]
    if set(value) == {"Fn::Sub"}:
        parts = value["Fn::Sub"].split("${")[1:]
        return [part.partition("}")[0].partition(".")[0] for part in parts]
    return [name for item in value.values() for name in _references(item)]
