"""Reading what exists of a stack, several resources at a time."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from tracing_lab.stack import Observed, Resource, resolve
from tracing_lab.stack.references import references

from .providers import Provider

_WORKERS = 16
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
            looked = pool.map(partial(_look, outputs=outputs, providers=providers), ready)
            found |= {item.resource.logical: item for item in looked if item is not None}
    return found


def _ready(pending: Iterable[Resource], found: Mapping[str, Observed]) -> list[Resource]:
    return [resource for resource in pending if references(resource.properties) <= set(found)]


def _look(
    resource: Resource, outputs: Outputs, providers: Mapping[str, Provider]
) -> Observed | None:
    properties = resolve(resource.properties, outputs)
    found = providers[resource.type].observe(replace(resource, properties=properties))
    return None if found is None else replace(found, resource=resource)
