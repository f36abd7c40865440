"""Reading what exists of a stack, several resources at a time."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from tracing_lab.stack import Observed, Resource, resolve
from tracing_lab.stack.references import references

from .providers import ManyProvider, Provider

_WORKERS = 64  # each service has connections of its own, and stacks are looked at in few waves
_BATCH = 8  # so few that reading the tags of each, one by one, takes no longer than all the rest
Outputs = dict[str, Mapping[str, str]]


def observe(
    resources: Sequence[Resource], providers: Mapping[str, Provider]
) -> dict[str, Observed]:
    """Read everything that exists of some resources; changes nothing.

    Parameters
    ----------
    resources
        What to look for. A resource that refers to another one is looked for after that, and
        not at all if the other one does not exist.
    providers
        Type to provider.

    Returns
    -------
    dict[str, Observed]
        What exists, by logical name.

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
    return [resource for resource in pending if references(resource.properties) <= set(found)]


def _batches(
    resources: Iterable[Resource], providers: Mapping[str, Provider]
) -> list[list[Resource]]:
    """Put together what one provider reads at once; everything else is alone."""
    together: dict[tuple[str, int], list[Resource]] = {}
    for number, resource in enumerate(resources):
        many = isinstance(providers[resource.type], ManyProvider)
        key = (resource.type, number // _BATCH) if many else (resource.logical, 0)
        together.setdefault(key, []).append(resource)
    return list(together.values())


def _look(
    resources: Sequence[Resource], outputs: Outputs, providers: Mapping[str, Provider]
) -> list[Observed]:
    resolved = [replace(one, properties=resolve(one.properties, outputs)) for one in resources]
    provider = providers[resources[0].type]
    if isinstance(provider, ManyProvider):
        found = provider.observe_many(resolved)
    else:
        found = [provider.observe(resolved[0])]
    pairs = zip(resources, found, strict=True)
    return [replace(item, resource=resource) for resource, item in pairs if item is not None]
