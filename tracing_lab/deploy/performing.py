"""Carrying out one step, and going on from what is there when its outcome is unknown.

A lost answer, or a refusal because something is there already or not any more, says that the
world is not what the plan has seen. Then the resource is looked at again and the rest is done:
a step never makes a thing twice, and never gives up because it was half done before.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from tracing_lab.aws.retrying import waits_s
from tracing_lab.errors import AwsError, NotFoundError
from tracing_lab.stack import Action, Observed, Step, resolve, step_for

from .providers import Provider

_LOG = logging.getLogger(__name__)
_PATIENCE_S = 20.0  # the sum of the waits' ceilings; eight looks
_THERE_ALREADY = frozenset(
    {
        "ConflictException",
        "EntityAlreadyExists",
        "EntityAlreadyExistsException",
        "QueueNameExists",
        "ResourceAlreadyExistsException",
        "ResourceConflictException",
    }
)

Outputs = Mapping[str, Mapping[str, str]]


def perform(
    step: Step,
    outputs: Outputs,
    provider: Provider,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> Mapping[str, str]:
    """Carry out a step, again from what is there if its outcome is unknown.

    Parameters
    ----------
    step
        What to do.
    outputs
        Logical name to outputs, for references.
    provider
        Does it.
    sleep
        Waits before another look, in seconds: what was made may not be seen at once.

    Returns
    -------
    Mapping[str, str]
        The resource's outputs; none after a deletion.

    Raises
    ------
    AwsError
        If it failed for good.
    """
    for wait_s in waits_s(_PATIENCE_S):
        try:
            return _act(step, outputs, provider)
        except AwsError as error:
            if not _needs_a_look(error):
                raise
            _LOG.info("Looking at %s again: %s", step.resource.name, error)
            sleep(wait_s)
            found = _look(step, outputs, provider)
            if found is not None and step.action is Action.CREATE and _is_foreign(step, found):
                raise
            rest = _rest(step, found, outputs)
            if rest is None:
                return {} if found is None else found.outputs
            step = rest
    return _act(step, outputs, provider)


def _needs_a_look(error: AwsError) -> bool:
    return error.outcome_unknown or isinstance(error, NotFoundError) or error.code in _THERE_ALREADY


def _look(step: Step, outputs: Outputs, provider: Provider) -> Observed | None:
    properties = resolve(step.resource.properties, outputs)
    found = provider.observe(replace(step.resource, properties=properties))
    return None if found is None else replace(found, resource=step.resource)


def _is_foreign(step: Step, found: Observed) -> bool:
    return step.resource.part_of is None and not found.owned


def _rest(step: Step, found: Observed | None, outputs: Outputs) -> Step | None:
    """Find what is left to do of a step; None if nothing is."""
    if step.action is Action.DELETE:
        gone = found is None or _is_foreign(step, found)
        return None if gone else replace(step, observed=found)
    return step_for(step.resource, found, outputs)


def _act(step: Step, outputs: Outputs, provider: Provider) -> Mapping[str, str]:
    properties = resolve(step.resource.properties, outputs)
    resource, found = replace(step.resource, properties=properties), step.observed
    if found is not None and step.action is Action.UPDATE:
        provider.update(resource, found, step.changed)
        return found.outputs
    if found is not None and not (step.action is Action.REPLACE and step.resource.keeps_old):
        provider.delete(found)
    return {} if step.action is Action.DELETE else provider.create(resource)
