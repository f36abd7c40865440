"""Derive the settings that a stack has before a plan from the plan's changes."""

from typing import Any, get_args

from tracing_lab.config import OPENTELEMETRY, SETTINGS, TRACERS, Config, Setting

from .model import Action, Plan
from .otel import EXEC_WRAPPER, LAYER
from .resources import optional_names

_IN_PLACE = {Action.UPDATE, Action.REPLACE}


def config_before(planned: Plan, config: Config) -> Config | None:
    """Return the settings that a stack has before a plan.

    A setting has the old value of the property that it feeds, if that is a value of its type. A
    switch is on if any of its resources exists. A setting that a plan does not show in this way,
    such as faults, is as after it.

    Parameters
    ----------
    planned
        The plan.
    config
        The settings after it.

    Returns
    -------
    Config | None
        The settings before it; None if there are no functions yet.
    """
    made = {step.resource.type for step in planned.steps if step.action is Action.CREATE}
    if "AWS::Lambda::Function" in made:
        return None
    values: dict[str, Any] = {}
    for setting in SETTINGS.values():
        values |= _old_value(setting, planned)
    return config.replace(**(values | _tracer(planned)), **_switches(planned, config))


def _old_value(setting: Setting, planned: Plan) -> dict[str, Any]:
    """Return a setting and its old value; nothing if the plan does not show it."""
    old = {
        f"{step.resource.type}.{change.path}": _only(change.old)
        for step in planned.steps
        for change in step.changes
        if step.action in _IN_PLACE or setting.is_optional  # without its resource, it is None
    }
    values = [old[path] for path in setting.feeds if path in old and _fits(setting, old[path])]
    return {setting.name: values[0]} if values and not setting.is_switch else {}


def _tracer(planned: Plan) -> dict[str, Any]:
    """Return the tracer before a plan if the plan changes it, and that its layer was the stack's.

    A setting shows the tracer by the presence of a variable, and not by a value.
    """
    scripts = [
        change.old
        for step in planned.steps
        for change in step.changes
        if step.action in _IN_PLACE and change.path == f"Environment.Variables.{EXEC_WRAPPER}"
    ]
    tracer = {"tracer": OPENTELEMETRY if scripts[0] else TRACERS[0]} if scripts else {}
    return {**tracer, "otel_layer_arn": None} if LAYER in _existing(planned) else tracer


def _only(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _fits(setting: Setting, value: Any) -> bool:
    kinds = get_args(setting.type) if setting.is_optional else (setting.type,)
    has_type = type(value) in kinds or (float in kinds and isinstance(value, int))
    limits = setting.limits if value is not None else None
    return has_type and not (limits and any(limits.problems(setting.name, value)))


def _switches(planned: Plan, config: Config) -> dict[str, bool]:
    """Return the switches that add resources, and whether they are on before a plan."""
    existing = _existing(planned)
    brought = {
        name: _brought(config, name) for name, setting in SETTINGS.items() if setting.is_switch
    }
    return {name: not names.isdisjoint(existing) for name, names in brought.items() if names}


def _existing(planned: Plan) -> set[str]:
    """Return the logical names of the resources that exist before a plan."""
    found = {step.resource.logical for step in planned.steps if step.observed is not None}
    return found | planned.known.keys()


def _brought(config: Config, switch: str) -> set[str]:
    """Return the logical names of the resources that a switch adds."""
    on, needs = {switch: True}, SETTINGS[switch].needs
    while needs:
        on[needs], needs = True, SETTINGS[needs].needs
    with_it, without_it = config.replace(**on), config.replace(**(on | _off(switch)))
    return optional_names(with_it) - optional_names(without_it)


def _off(name: str) -> dict[str, Any]:
    """Return a setting as off, and all settings that need it."""
    off: dict[str, Any] = {name: False if SETTINGS[name].is_switch else None}
    for other, setting in SETTINGS.items():
        off |= _off(other) if setting.needs == name else {}
    return off
