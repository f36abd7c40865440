"""Perform one step; if its outcome is unknown, observe and plan it again.

After a lost response, or an error because the resource exists already or no longer, the plan's
observation is out of date. Then the resource is observed again and the remaining changes are made:
a step never creates a resource twice, and never fails because it was partly done before.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from tracing_lab.aws.calling.retrying import waits_s
from tracing_lab.errors import AwsError, NotFoundError
from tracing_lab.stack import Action, Observed, Step, resolve, step_for

from .providers import Provider

_LOG = logging.getLogger(__name__)
_RETRY_BUDGET_S = 20.0  # the sum of the waits' ceilings; eight observations
_EXISTS_ALREADY = frozenset(
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
    """Perform a step; if its outcome is unknown, observe and do what remains.

    Parameters
    ----------
    step
        What to do.
    outputs
        Outputs by logical name, for references.
    provider
        The provider of the resource's type.
    sleep
        Waits before observing again, in seconds: a new resource may not be visible at once.

    Returns
    -------
    Mapping[str, str]
        The resource's outputs; none after a deletion.

    Raises
    ------
    AwsError
        If the step failed permanently.
    """
    for wait_s in waits_s(_RETRY_BUDGET_S):
        try:
            return _call_provider(step, outputs, provider)
        except AwsError as error:
            if not _may_be_done(error):
                raise
            _LOG.info("Observing %s again: %s", step.resource.name, error)
            sleep(wait_s)
            found = _observe(step, outputs, provider)
            if found is not None and step.action is Action.CREATE and _is_foreign(step, found):
                raise
            remaining = _remaining(step, found, outputs)
            if remaining is None:
                return {} if found is None else found.outputs
            step = remaining
    return _call_provider(step, outputs, provider)


def _may_be_done(error: AwsError) -> bool:
    return (
        error.outcome_unknown or isinstance(error, NotFoundError) or error.code in _EXISTS_ALREADY
    )


def _observe(step: Step, outputs: Outputs, provider: Provider) -> Observed | None:
    properties = resolve(step.resource.properties, outputs)
    found = provider.observe(replace(step.resource, properties=properties))
    return None if found is None else replace(found, resource=step.resource)


def _is_foreign(step: Step, found: Observed) -> bool:
    return step.resource.part_of is None and not found.owned


def _remaining(step: Step, found: Observed | None, outputs: Outputs) -> Step | None:
    """Return what remains to be done of a step; None if nothing does."""
    if step.action is Action.DELETE:
        gone = found is None or _is_foreign(step, found)
        return None if gone else replace(step, observed=found)
    if found is not None and step.only_renews:
        return replace(step, observed=found)  # the old one and the new one look the same
    return step_for(step.resource, found, outputs)


def _call_provider(step: Step, outputs: Outputs, provider: Provider) -> Mapping[str, str]:
    properties = resolve(step.resource.properties, outputs)
    resource, found = replace(step.resource, properties=properties), step.observed
    if found is not None and step.action is Action.UPDATE:
        provider.update(resource, found, step.changed)
        return found.outputs
    if found is not None and not (
        step.action is Action.REPLACE and step.resource.create_before_destroy
    ):
        provider.delete(found)
    return {} if step.action is Action.DELETE else provider.create(resource)
