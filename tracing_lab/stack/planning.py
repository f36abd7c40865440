"""From wanted and observed resources to steps: a pure function."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from graphlib import TopologicalSorter
from typing import Any

from .model import Action, Change, Observed, Plan, Resource, Step
from .references import resolve

Outputs = dict[str, Mapping[str, str]]


def plan(
    wanted: Sequence[Resource], observed: Mapping[str, Observed], *, stack: str = "the stack"
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

    Returns
    -------
    Plan
        Steps in an order that works one by one; empty if nothing differs.
    """
    outputs: Outputs = {name: item.outputs for name, item in observed.items() if item.owned}
    steps: dict[str, Step] = {}
    for resource in in_order(wanted):
        step = _step(resource, observed.get(resource.logical), outputs)
        if step is not None:
            _forget_outputs(step, outputs)
            steps[resource.logical] = step
    building = [_after_dependencies(step, steps) for step in steps.values()]
    deleting = _deletions(wanted, observed, after=tuple(steps))
    return Plan(
        stack=stack,
        steps=(*building, *deleting),
        known=outputs,
        foreign=tuple(item.resource for item in observed.values() if not item.owned),
    )


def in_order(resources: Sequence[Resource]) -> list[Resource]:
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


def differences(old: Any, new: Any, path: str = "") -> Iterator[Change]:
    """Compare two values leaf by leaf.

    Parameters
    ----------
    old
        The observed value.
    new
        The wanted value.
    path
        Where they are.

    Yields
    ------
    Change
        One per differing leaf, in the order of the names.

    Examples
    --------
    >>> list(differences({"a": {"b": 1}, "c": 2}, {"a": {"b": 3}, "c": 2}))
    [Change(path='a.b', old=1, new=3)]
    """
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            below = f"{path}.{key}" if path else str(key)
            yield from differences(old.get(key), new.get(key), below)
    elif old != new:
        yield Change(path=path, old=old, new=new)


def _step(resource: Resource, found: Observed | None, outputs: Outputs) -> Step | None:
    wanted = resolve(resource.properties, outputs)
    if found is None or not found.owned:
        return Step(Action.CREATE, resource, tuple(differences({}, wanted)))
    changes = tuple(differences(found.properties, wanted))
    if not changes:
        return None
    fixed = any(change.path.split(".")[0] in resource.create_only for change in changes)
    action = Action.REPLACE if fixed else Action.UPDATE
    return Step(action, resource, changes, observed=found)


def _forget_outputs(step: Step, outputs: Outputs) -> None:
    """Drop outputs of what is made anew: they are known only after apply."""
    if step.action in {Action.CREATE, Action.REPLACE}:
        outputs.pop(step.resource.logical, None)


def _after_dependencies(step: Step, steps: Mapping[str, Step]) -> Step:
    after = tuple(name for name in step.resource.depends_on if name in steps)
    return replace(step, after=after)


def _deletions(
    wanted: Sequence[Resource], observed: Mapping[str, Observed], *, after: tuple[str, ...]
) -> list[Step]:
    """Delete what is ours and not wanted: dependants first, after everything that is built."""
    names = {resource.logical for resource in wanted}
    doomed = {name: o for name, o in observed.items() if o.owned and name not in names}
    before = _deletion_order({name: item.resource for name, item in doomed.items()})
    return [
        Step(
            Action.DELETE,
            doomed[name].resource,
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
    return before
