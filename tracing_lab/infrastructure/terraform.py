"""The stack as a Terraform configuration."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from tracing_lab.stack import Attribute, Location, LocationKind, Part, Resource, Site

from .bundle import Bundle
from .expressions import Scope, scopes, transform
from .hcl import Block, Expression, JsonText, escaped, hcl
from .terraform_types import address, blocks, type_mapping

_LOCATIONS = {
    LocationKind.ACCOUNT: "data.aws_caller_identity.current.account_id",
    LocationKind.PARTITION: "data.aws_partition.current.partition",
    LocationKind.REGION: "var.aws_region",
}


@dataclass(frozen=True)
class _Text(Expression):
    """A string that names other resources."""

    names: frozenset[str] = frozenset()


def configuration(resources: Sequence[Resource], site: Site, bundle: Bundle) -> str:
    """Return the stack as the text of one file.

    Parameters
    ----------
    resources
        The wanted resources.
    site
        The account and region of the description.
    bundle
        The functions' zips.

    Returns
    -------
    str
        Terraform's language; it reads the zips from a folder next to it.

    Raises
    ------
    ExportError
        If this export does not support a resource's type.
    """
    by_name = {resource.logical: resource for resource in resources}
    known = scopes(resources)
    made = [
        block
        for resource in resources
        for block in _resource(resource, by_name, known[resource.logical], bundle)
    ]
    return hcl([*_head(site), *made, *_outputs(by_name)])


def _head(site: Site) -> list[Block]:
    aws = {"source": "hashicorp/aws", "version": ">= 5.50"}
    region = {"type": Expression("string"), "default": site.region}
    return [
        Block(
            "terraform",
            body={"required_version": ">= 1.3"},
            blocks=(Block("required_providers", body={"aws": aws}),),
        ),
        Block("provider", ("aws",), {"region": Expression("var.aws_region")}),
        Block("variable", ("aws_region",), region),
        Block("data", ("aws_caller_identity", "current")),
        Block("data", ("aws_partition", "current")),
    ]


def _outputs(by_name: Mapping[str, Resource]) -> list[Block]:
    stage, bus = address(by_name["stage"]), address(by_name["bus"])
    url = Expression(f'"${{{stage}.invoke_url}}/orders/customer-1"')
    return [
        Block("output", ("api_test_url",), {"value": url}),
        Block("output", ("event_bus_name",), {"value": Expression(f"{bus}.name")}),
    ]


def _resource(
    resource: Resource, by_name: Mapping[str, Resource], scope: Scope, bundle: Bundle
) -> list[Block]:
    render = partial(_render, by_name=by_name)
    first, *rest = [_written(block, scope, render) for block in blocks(resource, bundle)]
    after = [by_name[name] for name in resource.depends_on if name in by_name]
    named = set(_names(first))
    missing = [address(other) for other in after if other.logical not in named]
    missing += [text for other in after for text in _policies(other, bundle)]
    if missing:
        body = {**first.body, "depends_on": [Expression(text) for text in sorted(missing)]}
        first = replace(first, body=body)
    return [first, *rest]


def _policies(resource: Resource, bundle: Bundle) -> list[str]:
    """Return the addresses of a role's policies, on which users of the role depend."""
    if resource.type != "AWS::IAM::Role":
        return []
    return [".".join(block.labels) for block in blocks(resource, bundle)[1:]]


def _written(block: Block, scope: Scope, render: Any) -> Block:
    body = {name: _written_value(value, scope, render) for name, value in block.body.items()}
    nested = tuple(_written(inner, scope, render) for inner in block.blocks)
    return replace(block, body=body, blocks=nested)


def _written_value(value: Any, scope: Scope, render: Any) -> Any:
    if isinstance(value, JsonText):
        return JsonText(transform(value.value, scope, render))
    return transform(value, scope, render)


def _render(parts: Sequence[Part], *, by_name: Mapping[str, Resource]) -> Any:
    if all(isinstance(part, str) for part in parts):
        return "".join(map(str, parts))
    names = frozenset(part.logical for part in parts if isinstance(part, Attribute))
    if len(parts) == 1:
        return _Text(_path(parts[0], by_name), names)
    texts = (
        escaped(part) if isinstance(part, str) else f"${{{_path(part, by_name)}}}" for part in parts
    )
    return _Text(f'"{"".join(texts)}"', names)


def _path(part: Part, by_name: Mapping[str, Resource]) -> str:
    if isinstance(part, Attribute):
        target = by_name[part.logical]
        return f"{address(target)}.{type_mapping(target).attribute(part.name)}"
    return _LOCATIONS[part.kind] if isinstance(part, Location) else str(part)


def _names(value: Any) -> Iterator[str]:
    """Return the logical names in a block's strings."""
    if isinstance(value, _Text):
        yield from value.names
    elif isinstance(value, Block):
        yield from _names(value.body)
        yield from _names(value.blocks)
    elif isinstance(value, JsonText):
        yield from _names(value.value)
    elif isinstance(value, Mapping):
        yield from _names(list(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _names(item)
