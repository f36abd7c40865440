"""Observe which resources of a stack exist, several at a time."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

from tracing_lab.stack import Observed, Resource, resolve
from tracing_lab.stack.references import references

from .providers import ManyProvider, Provider

_WORKERS = 64  # each service has its own connections, and a stack is observed in few rounds
_BATCH = 8  # so few that reading the tags of each takes no longer than all other calls
Outputs = dict[str, Mapping[str, str]]


def observe(
    resources: Sequence[Resource], providers: Mapping[str, Provider]
) -> dict[str, Observed]:
    """Return those of some resources that exist; change nothing.

    Parameters
    ----------
    resources
        The resources to observe. A resource that refers to another one is observed after that one.
        If that one does not exist, it is observed only if the reference does not identify it: a
        stage cannot exist without its API, a function can without its layer.
    providers
        Type to provider.

    Returns
    -------
    dict[str, Observed]
        The existing resources by logical name.

    Raises
    ------
    AwsError
        If a call failed.
    """
    found: dict[str, Observed] = {}
    pending = list(resources)
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="observe") as pool:
        while ready := _ready(pending, found):
            pending = [resource for resource in pending if resource not in ready]
            outputs: Outputs = {name: item.outputs for name, item in found.items()}
            look = partial(_look, outputs=outputs, providers=providers)
            looked = pool.map(look, _batches(ready, providers))
            found |= {item.resource.logical: item for batch in looked for item in batch}
    return found


def _ready(pending: Iterable[Resource], found: Mapping[str, Observed]) -> list[Resource]:
    resources, known = list(pending), found.keys()
    complete = [item for item in resources if references(item.properties) <= known]
    return complete or [item for item in resources if references(_identity(item)) <= known]


def _identity(resource: Resource) -> dict[str, Any]:
    """Return the properties of which another value means another resource."""
    return {name: resource.properties[name] for name in resource.create_only}


def _batches(
    resources: Iterable[Resource], providers: Mapping[str, Provider]
) -> list[list[Resource]]:
    """Group the resources that a provider reads with one call; others stay single."""
    together: dict[tuple[str, int], list[Resource]] = {}
    for number, resource in enumerate(resources):
        many = isinstance(providers[resource.type], ManyProvider)
        key = (resource.type, number // _BATCH) if many else (resource.logical, 0)
        together.setdefault(key, []).append(resource)
    return list(together.values())


def _look(
    resources: Sequence[Resource], outputs: Outputs, providers: Mapping[str, Provider]
) -> list[Observed]:
    resolved = [replace(item, properties=resolve(item.properties, outputs)) for item in resources]
    provider = providers[resources[0].type]
    if isinstance(provider, ManyProvider):
        found = provider.observe_many(resolved)
    else:
        found = [provider.observe(resolved[0])]
    pairs = zip(resources, found, strict=True)
    return [replace(item, resource=resource) for resource, item in pairs if item is not None]
