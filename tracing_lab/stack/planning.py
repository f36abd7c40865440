"""From wanted and observed resources to steps: a pure function."""

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
    """Find what must be done so that what exists becomes what is wanted.

    Parameters
    ----------
    wanted
        Everything that shall exist.
    observed
        Everything that exists of what the stack ever makes, by logical name. What is here and
        not wanted is deleted if it is ours.
    stack
        Name of the stack, for messages.
    adopt
        Whether wanted resources that exist without our tag are ours from now on. Without it,
        only those are that differ by nothing but missing tags.

    Returns
    -------
    Plan
        Steps in an order that works one by one; empty if nothing differs.
    """
    ours = _ours(wanted, observed, adopt=adopt)
    outputs: Outputs = {name: observed[name].outputs for name in ours}
    steps: dict[str, Step] = {}
    for resource in in_order(wanted):
        stays = resource.logical in ours and not _goes_with_its_whole(resource, steps)
        step = step_for(resource, observed[resource.logical] if stays else None, outputs)
        if step is not None:
            _forget_outputs(step, outputs)
            steps[resource.logical] = step
    names = {resource.logical for resource in wanted}
    doomed = {name: item for name, item in observed.items() if name in ours - names}
    building = [_after_dependencies(step, steps) for step in steps.values()]
    return Plan(
        stack=stack,
        steps=(*building, *_deletions(doomed, after=tuple(steps))),
        known=outputs,
        foreign=tuple(item.resource for name, item in observed.items() if name not in ours),
    )


def step_for(
    resource: Resource, found: Observed | None, outputs: Mapping[str, Mapping[str, str]]
) -> Step | None:
    """Find what must be done about one wanted resource.

    Parameters
    ----------
    resource
        What shall exist.
    found
        What exists of it and is ours; None if nothing does.
    outputs
        Logical name to outputs, for references.

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
    """Sort resources so that each comes after what it depends on.

    Parameters
    ----------
    resources
        In any order.

    Returns
    -------
    list[Resource]
        Dependencies first.
    """
    by_name = {resource.logical: resource for resource in resources}
    graph = {
        name: [other for other in resource.depends_on if other in by_name]
        for name, resource in by_name.items()
    }
    return [by_name[name] for name in TopologicalSorter(graph).static_order()]


def _ours(wanted: Sequence[Resource], observed: Mapping[str, Observed], *, adopt: bool) -> set[str]:
    """Name everything that exists and belongs to the stack, wanted or not."""
    claimed = {resource.logical: resource for resource in wanted}
    looked_for = {name: item.resource for name, item in observed.items()} | claimed
    ours: set[str] = set()
    for resource in in_order(looked_for.values()):
        name, outputs = resource.logical, {one: observed[one].outputs for one in ours}
        if (found := observed.get(name)) is not None and (
            is_ours(resource, found, ours=ours, known=observed.keys())
            or (name in claimed and (adopt or lacks_only_tags(resource, found, outputs)))
        ):
            ours.add(name)
    return ours


def _goes_with_its_whole(resource: Resource, steps: Mapping[str, Step]) -> bool:
    """Tell whether a part ceases to exist because its whole is made anew."""
    whole = steps.get(resource.part_of or "")
    return whole is not None and whole.action in {Action.CREATE, Action.REPLACE}


def _forget_outputs(step: Step, outputs: Outputs) -> None:
    """Drop outputs of what is made anew: they are known only after apply."""
    if step.action in {Action.CREATE, Action.REPLACE}:
        outputs.pop(step.resource.logical, None)


def _after_dependencies(step: Step, steps: Mapping[str, Step]) -> Step:
    after = tuple(name for name in step.resource.depends_on if name in steps)
    return replace(step, after=after)


def _deletions(doomed: Mapping[str, Observed], *, after: tuple[str, ...]) -> list[Step]:
    """Delete dependants first, after everything that is built, and log groups last."""
    before = _deletion_order({name: item.resource for name, item in doomed.items()})
    return [
        Step(
            Action.DELETE,
            doomed[name].resource,
            changes=removals(doomed[name].properties),
            after=(*after, *sorted(before[name])),
            observed=doomed[name],
        )
        for name in TopologicalSorter(before).static_order()
    ]


def _deletion_order(doomed: Mapping[str, Resource]) -> dict[str, set[str]]:
    """Say what must be gone before each: its dependants, or the whole that it is a part of."""
    before: dict[str, set[str]] = {name: set() for name in doomed}
    for name, resource in doomed.items():
        for other in resource.depends_on:
            if other in doomed and other == resource.part_of:
                before[name].add(other)
            elif other in doomed:
                before[other].add(name)
    last = {name for name, resource in doomed.items() if resource.type == _DELETED_LAST}
    for name in last:
        before[name] |= set(doomed) - last
    return before
