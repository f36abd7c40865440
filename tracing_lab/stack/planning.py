"""Compute the steps from wanted and observed resources; pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from graphlib import TopologicalSorter

from .differing import additions, differences, removals
from .model import Action, Observed, Plan, Resource, Step
from .ownership import is_ours, lacks_only_tags
from .references import resolve

Outputs = dict[str, Mapping[str, str]]

_DELETED_LAST = "AWS::Logs::LogGroup"
"""Whatever still runs while the rest is deleted writes to its log group, and Lambda may make one
anew that is missing."""


def plan(
    wanted: Sequence[Resource],
    observed: Mapping[str, Observed],
    *,
    stack: str = "the stack",
    adopt: bool = False,
) -> Plan:
    """Return the steps that turn the existing resources into the wanted ones.

    Parameters
    ----------
    wanted
        All resources that should exist.
    observed
        Existing resources of all that the stack can have, by logical name. Those that are not
        wanted are deleted if the stack owns them.
    stack
        Name of the stack, for messages.
    adopt
        Whether to take over wanted resources that exist without the stack's tag. By default only
        those are taken over that differ by nothing but missing tags.

    Returns
    -------
    Plan
        Steps in dependency order; empty if nothing differs.
    """
    ours = _ours(wanted, observed, adopt=adopt)
    outputs: Outputs = {name: observed[name].outputs for name in ours}
    steps: dict[str, Step] = {}
    for resource in in_order(wanted):
        stays = resource.logical in ours and not _is_made_anew(resource.part_of, steps)
        found = observed[resource.logical] if stays else None
        step = step_for(resource, found, outputs)
        if found is not None and _is_made_anew(resource.bound_to, steps):
            changes = step.changes if step is not None else ()
            step = Step(Action.REPLACE, resource, changes, observed=found)
        if step is not None:
            _forget_outputs(step, outputs)
            steps[resource.logical] = step
    names = {resource.logical for resource in wanted}
    to_delete = {name: item for name, item in observed.items() if name in ours - names}
    building = [_after_dependencies(step, steps) for step in steps.values()]
    return Plan(
        stack=stack,
        steps=(*building, *_deletions(to_delete, after=tuple(steps))),
        known=outputs,
        foreign=tuple(item.resource for name, item in observed.items() if name not in ours),
    )


def step_for(
    resource: Resource, found: Observed | None, outputs: Mapping[str, Mapping[str, str]]
) -> Step | None:
    """Return the step that one wanted resource needs.

    Parameters
    ----------
    resource
        The wanted resource.
    found
        The existing resource that the stack owns; None if there is none.
    outputs
        Outputs by logical name, for references.

    Returns
    -------
    Step | None
        None if it is as wanted.
    """
    properties = resolve(resource.properties, outputs)
    if found is None:
        return Step(Action.CREATE, resource, additions(properties))
    changes = tuple(differences(found.properties, properties))
    if not changes:
        return None
    fixed = any(change.property in resource.create_only for change in changes)
    action = Action.REPLACE if fixed else Action.UPDATE
    return Step(action, resource, changes, observed=found)


def in_order(resources: Iterable[Resource]) -> list[Resource]:
    """Return resources sorted so that each comes after its dependencies.

    Parameters
    ----------
    resources
        In any order.
    """
    by_name = {resource.logical: resource for resource in resources}
    graph = {
        name: [other for other in resource.depends_on if other in by_name]
        for name, resource in by_name.items()
    }
    return [by_name[name] for name in TopologicalSorter(graph).static_order()]


def _ours(wanted: Sequence[Resource], observed: Mapping[str, Observed], *, adopt: bool) -> set[str]:
    """Return the logical names of existing resources that the stack owns, wanted or not."""
    claimed = {resource.logical: resource for resource in wanted}
    looked_for = {name: item.resource for name, item in observed.items()} | claimed
    ours: set[str] = set()
    for resource in in_order(looked_for.values()):
        name, outputs = resource.logical, {our: observed[our].outputs for our in ours}
        if (found := observed.get(name)) is not None and (
            is_ours(resource, found, ours=ours, known=observed.keys())
            or (name in claimed and (adopt or lacks_only_tags(resource, found, outputs)))
        ):
            ours.add(name)
    return ours


def _is_made_anew(logical: str | None, steps: Mapping[str, Step]) -> bool:
    """Return whether a resource is created or replaced, and with it what cannot outlive it."""
    step = steps.get(logical or "")
    return step is not None and step.action in {Action.CREATE, Action.REPLACE}


def _forget_outputs(step: Step, outputs: Outputs) -> None:
    """Remove the outputs of a new resource: they are known only after apply."""
    if step.action in {Action.CREATE, Action.REPLACE}:
        outputs.pop(step.resource.logical, None)


def _after_dependencies(step: Step, steps: Mapping[str, Step]) -> Step:
    after = tuple(name for name in step.resource.depends_on if name in steps)
    return replace(step, after=after)


def _deletions(to_delete: Mapping[str, Observed], *, after: tuple[str, ...]) -> list[Step]:
    """Return the deletions: after all other steps, dependants first, log groups last."""
    before = _deletion_order({name: item.resource for name, item in to_delete.items()})
    return [
        Step(
            Action.DELETE,
            to_delete[name].resource,
            changes=removals(to_delete[name].properties),
            after=(*after, *sorted(before[name])),
            observed=to_delete[name],
        )
        for name in TopologicalSorter(before).static_order()
    ]


def _deletion_order(to_delete: Mapping[str, Resource]) -> dict[str, set[str]]:
    """Return what must be deleted before each: its dependants, or the whole that it is part of."""
    before: dict[str, set[str]] = {name: set() for name in to_delete}
    for name, resource in to_delete.items():
        for other in resource.depends_on:
            if other in to_delete and other == resource.part_of:
                before[name].add(other)
            elif other in to_delete:
                before[other].add(name)
    last = {name for name, resource in to_delete.items() if resource.type == _DELETED_LAST}
    for name in last:
        before[name] |= set(to_delete) - last
    return before
