"""Every property that apply sets is in all three exports, with its value."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from setting_values import FEEDING, another

from tracing_lab import package
from tracing_lab.config import Config
from tracing_lab.infrastructure import cloudformation, sam, terraform
from tracing_lab.infrastructure.bundle import Bundle
from tracing_lab.stack import Resource, Site, resources

Path = tuple[Any, ...]

SITE = Site("123456789012", "us-east-1")
PACKAGES, LAYER = package.build_all(), b"a layer's zip"
BUNDLE = Bundle("shop-dev", PACKAGES, LAYER)
FORMATS: Mapping[str, Callable[[list[Resource]], str]] = {
    "cloudformation": lambda wanted: json.dumps(cloudformation.template(wanted, BUNDLE)),
    "sam": lambda wanted: json.dumps(sam.template(wanted, BUNDLE)),
    "terraform": lambda wanted: terraform.configuration(wanted, SITE, BUNDLE),
}
EVERYTHING = Config(
    **{one.name: another(one, one.default) for one in FEEDING if one.default is not True}
)
OWN_LAYER = EVERYTHING.replace(otel_layer_arn=None)
WANTED = resources(OWN_LAYER, SITE, PACKAGES, layer_sha256=package.code_sha256(LAYER))
ONE_OF_EACH_KIND = list({(one.type, *one.properties): one for one in WANTED}.values())
# What takes no other value: it chooses a form, is what every OpenAPI document has, or is a digest.
FIXED = {
    ("AWS::ApiGateway::RestApi", "Type"),
    ("AWS::ApiGateway::RestApi", "$schema"),
    ("AWS::Lambda::Function", "CodeSha256"),
    ("AWS::Lambda::LayerVersion", "CodeSha256"),
}
# Terraform's provider has no tags for these.
ABSENT = {("terraform", "AWS::CloudWatch::Dashboard", "Tags")}


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """List everything within properties that holds nothing itself."""
    for key, item in value.items() if isinstance(value, Mapping) else enumerate(value):
        if isinstance(item, Mapping | list | tuple):
            yield from leaves(item, (*path, key))
        else:
            yield (*path, key), item


def changed(resource: Resource, values: Mapping[Path, Any]) -> Resource:
    """Return a resource with other values, and with the name that its properties have then."""
    properties = json.loads(json.dumps(resource.properties))  # no part is in two places
    name = resource.name
    for path, value in values.items():
        holder: Any = properties
        for key in path[:-1]:
            holder = holder[key]
        name = value if holder[path[-1]] == resource.name else name
        holder[path[-1]] = value
    return replace(resource, name=name, properties=properties)


def with_resource(other: Resource) -> list[Resource]:
    return [other if one.logical == other.logical else one for one in WANTED]


def marks(resource: Resource) -> dict[Path, Any]:
    """Return a value for each text and number of a resource that nothing else has."""
    found: dict[Path, Any] = {}
    for number, (path, value) in enumerate(leaves(resource.properties), start=1_234_000):
        if (resource.type, path[-1]) in FIXED or isinstance(value, bool):
            continue
        found[path] = f"{value}-{number}" if isinstance(value, str) else type(value)(number)
    return found


def expected(name: str, resource: Resource, path: Path) -> bool:
    return (name, resource.type, path[0]) not in ABSENT


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("resource", ONE_OF_EACH_KIND, ids=lambda one: one.logical)
def test_every_text_and_number_is_in_the_export(resource: Resource, name: str) -> None:
    given = marks(resource)
    text = FORMATS[name](with_resource(changed(resource, given)))
    missing = [path for path, value in given.items() if str(value)[-7:] not in text]
    assert [path for path in missing if expected(name, resource, path)] == []


SWITCHES = [
    (resource, path)
    for resource in ONE_OF_EACH_KIND
    for path, value in leaves(resource.properties)
    if isinstance(value, bool)
]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("resource,path", SWITCHES)
def test_every_switch_is_in_the_export(resource: Resource, path: Path, name: str) -> None:
    both = [FORMATS[name](with_resource(changed(resource, {path: on}))) for on in (False, True)]
    assert both[0] != both[1]
