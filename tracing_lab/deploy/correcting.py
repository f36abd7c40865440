"""Corrections of what was changed outside of `apply`, which can be taken back."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.stack import Action, Observed, Step, resolve
from tracing_lab.stack.planning import in_order

from .performing import perform
from .providers import FunctionProvider
from .session import Session

Outputs = Mapping[str, Mapping[str, str]]

_ATTACHED: Final = "ManagedPolicyArns"
_CODE: Final = frozenset({"Architectures", "CodeSha256"})
_SNAPSHOTS: Final = frozenset({"AWS::ApiGateway::RestApi", "AWS::ApiGateway::Deployment"})
_REPLACED: Final = frozenset({"AWS::Lambda::Permission"})
"""Whose old form can be created again after a replacement."""

_NO_BEHAVIOUR: Final = frozenset({"Tags"})


@dataclass(frozen=True)
class Correction:
    """What differs in some of a stack's resources from what `apply` would make.

    Parameters
    ----------
    steps
        What corrects it, dependencies first; empty if nothing differs.
    foreign
        Names of resources that lack the stack's tag and are therefore left alone.
    """

    steps: tuple[Step, ...]
    foreign: tuple[str, ...]
    _session: Session
    _known: Outputs

    @property
    def words(self) -> tuple[str, ...]:
        """What differs, a phrase for each attribute or resource."""
        return tuple(phrase for step in self.steps for phrase in _words(step))

    @property
    def lasting(self) -> tuple[str, ...]:
        """What could not be taken back once it is corrected, a phrase for each."""
        return tuple(reason for step in self.steps if (reason := _lasting(step)))

    def make(self) -> None:
        """Correct the resources.

        Raises
        ------
        AwsError
            If AWS rejects a call, or code that would be replaced cannot be downloaded; then nothing
            was changed.
        """
        for step in self.steps:
            provider = self._session.providers[step.resource.type]
            if isinstance(provider, FunctionProvider) and step.observed and step.changed & _CODE:
                provider.keep_code(step.observed)
        self._perform(self.steps)

    def undo(self) -> None:
        """Make the resources again as they were before `make`.

        Raises
        ------
        AwsError
            If AWS rejects a call.
        """
        self._perform(_inverse(step, self._known) for step in reversed(self.steps))

    def _perform(self, steps: Iterable[Step]) -> None:
        outputs = dict(self._known)
        for step in steps:
            provider = self._session.providers[step.resource.type]
            made = perform(step, outputs, provider, sleep=self._session.aws.sleep)
            if made:
                outputs[step.resource.logical] = made


def correction(
    config: Config, concerns: Callable[[str], bool], *, aws: Aws | None = None
) -> Correction:
    """Return how the resources that a function picks differ, without changing anything.

    Parameters
    ----------
    config
        The variables that the stack was applied with.
    concerns
        Accepts a logical name, for example ``payment-function``.
    aws
        The AWS clients; created from `config` by default.

    Returns
    -------
    Correction
        Differences in tags alone are left out.

    Raises
    ------
    AwsError
        If AWS cannot be reached or rejects a call.
    PackageError
        If a deployment zip cannot be built.
    """
    session = Session.open(config, aws)
    found = session.plan()
    order = [resource.logical for resource in in_order(session.everything)]
    chosen = [
        step
        for step in found.steps
        if concerns(step.resource.logical)
        and step.resource.logical not in {item.logical for item in found.foreign}
        and not step.changed <= _NO_BEHAVIOUR
    ]
    chosen.sort(key=lambda step: order.index(step.resource.logical))
    foreign = tuple(item.name for item in found.foreign if concerns(item.logical))
    return Correction(tuple(chosen), foreign, session, found.known)


def _inverse(step: Step, known: Outputs) -> Step:
    """Return the step that takes another one back."""
    wanted = resolve(step.resource.properties, known)
    made = Observed(step.resource, wanted, known.get(step.resource.logical, {}))
    if step.observed is None:
        return Step(Action.DELETE, step.resource, observed=made)
    before = replace(step.resource, properties=step.observed.properties)
    if step.action is Action.DELETE:
        return Step(Action.CREATE, before)
    made = replace(made, outputs=step.observed.outputs)
    changes = tuple(replace(change, old=change.new, new=change.old) for change in step.changes)
    return Step(step.action, before, changes, observed=made)


def _lasting(step: Step) -> str:
    """Return why a step could not be taken back; empty if it could."""
    name = step.resource.name
    if step.action is Action.REPLACE and step.resource.type not in _REPLACED:
        return f"{name} would have to be replaced ({step.reason})"
    if step.resource.type in _SNAPSHOTS:
        return f"{name} differs, of which the stage serves a snapshot that cannot be made again"
    if step.action is Action.UPDATE and _ATTACHED in step.changed:
        return f"{name} has managed policies, which the stack only detaches"
    return ""


def _words(step: Step) -> list[str]:
    name = step.resource.name
    if step.action is Action.CREATE:
        return [f"{name} ({step.resource.type}) was missing"]
    if step.action is Action.DELETE:
        return [f"{name} ({step.resource.type}) was there"]
    return [
        f"{name}: {change.path} was {_value(change.old)} instead of {_value(change.new)}"
        for change in step.changes
        if change.property not in _NO_BEHAVIOUR
    ]


def _value(value: object) -> str:
    return "not set" if value is None else str(value)
