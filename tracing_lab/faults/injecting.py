"""Read and set all faults of a deployed service; the function's mark says what was changed.

The mark is written before anything else and removed last. So whatever interrupts an injection, the
next `clear` finds what there is to undo. What the mark does not name stays as it is, so a variable
set by hand stays until a fault of the service's work replaces it.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tracing_lab.deploy.own_functions import OwnFunctions
from tracing_lab.errors import AwsError
from tracing_lab.stack import fault_marks
from tracing_lab.stack.fault_marks import FAULT_TAG

from .resource_faults import RESOURCE_FAULTS, check_release, values_of
from .settings import VARIABLE, faults_of, variable_of, with_faults, with_variable

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class DeployedFaults:
    """The faults that a deployed service has.

    Parameters
    ----------
    found
        GetFunction's response.
    """

    found: Mapping[str, Any]

    @property
    def mark(self) -> dict[str, str]:
        """What was injected."""
        return fault_marks.mark_of(self.found.get("Tags", {}))

    @property
    def variables(self) -> dict[str, str]:
        """The function's variables."""
        return dict(self.found["Configuration"].get("Environment", {}).get("Variables", {}))

    @property
    def settings(self) -> dict[str, Any]:
        """The faults as `inject` takes them."""
        return {**faults_of(self.variables), **values_of(self.mark)}


def set_faults(functions: OwnFunctions, service: str, settings: Settings | None) -> bool:
    """Set a service's faults in place of those that it has; return whether anything changed.

    Parameters
    ----------
    functions
        The stack's functions.
    service
        The service.
    settings
        Checked settings; None to undo what was injected.

    Raises
    ------
    DeployError
        If the function's code could not be restored.
    AwsError
        If AWS rejects a call; what was injected is undone then, as far as possible.
    """
    change = _Change.of(functions, service, settings)
    if change.is_none:
        return False
    try:
        change.make()
    except AwsError:
        if settings is not None:
            with suppress(AwsError):  # the first error says more
                _restore(functions, service, change.plain, {})
        raise
    return True


def restart_environments(functions: OwnFunctions, service: str) -> None:
    """Restart the environments of a service by a count among its faults, which stay as they are.

    Parameters
    ----------
    functions, service
        The stack's functions, and the service.

    Raises
    ------
    AwsError
        If AWS rejects a call.
    """
    before = DeployedFaults(functions.read(service))
    described = functions.names.config.faults.get(service, {})
    of_work = faults_of(before.variables)
    counted = {"restarts": of_work.get("restarts", 0) + 1}
    if "variables" in before.mark or of_work in ({}, described):
        set_faults(functions, service, {**before.settings, **counted})
    else:  # by hand, so it stays without a mark
        variables = with_faults(before.variables, {**of_work, **counted})
        _restore(functions, service, variables, before.mark)


def restore_faults(functions: OwnFunctions, service: str, before: DeployedFaults) -> None:
    """Set a service's faults as they were, injected or by hand, and what marks them.

    Parameters
    ----------
    functions, service
        The stack's functions, and the service.
    before
        What it had.

    Raises
    ------
    AwsError
        If AWS rejects a call.
    """
    _restore(functions, service, before.variables, before.mark)


def _restore(
    functions: OwnFunctions, service: str, variables: Mapping[str, str], mark: Mapping[str, str]
) -> None:
    now = DeployedFaults(functions.read(service))
    restored = with_variable(now.variables, variables.get(VARIABLE))
    _Change(functions, service, now, values_of(mark), restored, restored, dict(mark)).make()


@dataclass(frozen=True)
class _Change:
    """From the faults of a service to others."""

    functions: OwnFunctions
    service: str
    before: DeployedFaults
    resources: dict[str, Any]  # the new faults of resources
    plain: dict[str, str]  # the function's variables without anything injected
    variables: dict[str, str]  # its new variables
    mark: dict[str, str]

    @classmethod
    def of(cls, functions: OwnFunctions, service: str, settings: Settings | None) -> "_Change":
        before = DeployedFaults(functions.read(service))
        wanted = settings or {}
        resources = {name: wanted[name] for name in RESOURCE_FAULTS if name in wanted}
        if "release" in resources:
            check_release(functions, service, before.found, before.mark)
        own = {name: value for name, value in wanted.items() if name not in RESOURCE_FAULTS}
        described = functions.names.config.faults.get(service, {})
        plain = before.variables
        if "variables" in before.mark:
            plain = with_faults(plain, described)
        variables = with_faults(plain, own) if own else plain
        mark = {
            name: RESOURCE_FAULTS[name].marked(functions, service, value)
            for name, value in resources.items()
        }
        if own and own != described:
            mark["variables"] = fault_marks.digest(variable_of(own))
        return cls(functions, service, before, resources, plain, variables, mark)

    @property
    def is_none(self) -> bool:
        same = self.before.mark == self.mark and self.before.variables == self.variables
        return same and not self.resources  # a mark may be of an injection that was interrupted

    def make(self) -> None:
        self._set_mark({**self.before.mark, **self.mark}, now=self.before.mark)
        for name, fault in RESOURCE_FAULTS.items():
            if name in self.resources:
                fault.inject(self.functions, self.service, self.resources[name])
            elif name in self.before.mark:
                fault.restore(self.functions, self.service)
        self._set_variables()
        self._set_mark(self.mark, now={**self.before.mark, **self.mark})

    def _set_variables(self) -> None:
        if self.variables != self.before.variables:
            name = self.functions.names.function(self.service)
            environment = {"Variables": self.variables}
            self.functions.aws.lambda_.update_configuration(name, Environment=environment)

    def _set_mark(self, mark: dict[str, str], *, now: dict[str, str]) -> None:
        if mark == now:
            return
        arn, facade = self.functions.names.function_arn(self.service), self.functions.aws.lambda_
        if mark:
            facade.tag(arn, {FAULT_TAG: fault_marks.mark_text(mark)})
        else:
            facade.untag(arn, [FAULT_TAG])
