"""The stack as a CloudFormation template.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from tracing_lab.stack import Resource, Site

from .bundle import CODE_PREFIX, Bundle
from .cloudformation_types import ATTRIBUTES, written
from .expressions import Attribute, Part, Place, Scope, scopes, transform
from .naming import pascal_case

Json = dict[str, Any]
_PSEUDO = {
    Place.ACCOUNT: "AWS::AccountId",
    Place.PARTITION: "AWS::Partition",
    Place.REGION: "AWS::Region",
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


def template(resources: Sequence[Resource], site: Site, bundle: Bundle) -> Json:
    """Write the stack as a template.

    Parameters
    ----------
    resources
        The wanted resources.
    site
        Where their description says that they live.
    bundle
        The functions' zips.

    Returns
    -------
    dict[str, Any]
        The template. It takes the zips from a bucket that is a parameter.

    Raises
    ------
    ExportError
        If a resource is of a type that this export does not know.
    """
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"{bundle.stack}: the order system, exported by tracing_lab",
        "Parameters": {"CodeBucket": _BUCKET, "CodePrefix": _PREFIX},
        "Resources": template_resources(resources, site, bundle),
        "Outputs": outputs(resources),
    }


def template_resources(resources: Sequence[Resource], site: Site, bundle: Bundle) -> Json:
    """Write the resources of a template.

    Parameters
    ----------
    resources
        The wanted resources.
    site
        Where their description says that they live.
    bundle
        The functions' zips.

    Returns
    -------
    dict[str, Any]
        Logical id to resource.

    Raises
    ------
    ExportError
        If a resource is of a type that this export does not know.
    """
    by_name = {resource.logical: resource for resource in resources}
    known = scopes(resources, site)
    return {
        logical_id(resource) + suffix: made
        for resource in resources
        for suffix, made in _resource(resource, by_name, known[resource.logical], bundle)
    }


def outputs(resources: Sequence[Resource]) -> Json:
    """Write the outputs: where to send an order, and the bus.

    Parameters
    ----------
    resources
        The wanted resources.

    Returns
    -------
    dict[str, Any]
        Output name to value.
    """
    by_name = {resource.logical: resource for resource in resources}
    api, stage = logical_id(by_name["api"]), by_name["stage"].properties["StageName"]
    url = f"https://${{{api}}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}/{stage}"
    return {
        "ApiTestUrl": {"Value": {"Fn::Sub": f"{url}/orders/customer-1"}},
        "EventBusName": {"Value": {"Ref": logical_id(by_name["bus"])}},
    }


def logical_id(resource: Resource) -> str:
    """Give a resource's name within the template.

    A deployment's tells of which methods it is a snapshot, because CloudFormation takes a new
    snapshot only under a new name.

    Parameters
    ----------
    resource
        Any resource of the stack.

    Returns
    -------
    str
        Letters and digits.
    """
    snapshot = resource.name.rpartition("/")[2] if resource.type.endswith("::Deployment") else ""
    return pascal_case(resource.logical) + snapshot


def _resource(
    resource: Resource, by_name: Mapping[str, Resource], scope: Scope, bundle: Bundle
) -> Iterator[tuple[str, Json]]:
    render = partial(_render, by_name=by_name)
    main, *others = [transform(one, scope, render) for one in written(resource, bundle)]
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
    if isinstance(part, Place):
        return f"${{{_PSEUDO[part]}}}"
    if isinstance(part, Attribute):
        target = by_name[part.logical]
        form = ATTRIBUTES.get((target.type, part.name), "${id}")
        return form.replace("${id", "${" + logical_id(target))
    return part.replace("${", "${!")


def _references(value: Any) -> list[str]:
    """List the logical ids that rendered properties refer to."""
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
