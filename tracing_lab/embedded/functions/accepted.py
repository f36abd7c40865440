"""An invocation that Lambda has accepted."""

from dataclasses import dataclass, replace

from tracing_lab.embedded.model import FunctionSpec, Invocation

from .tracing import RequestTrace


@dataclass(frozen=True)
class AcceptedInvocation:
    """An invocation on its way to an environment.

    Parameters
    ----------
    invocation
        What runs.
    request_id
        Lambda's id of it, the same for all attempts.
    trace
        The trace decision.
    arrival_ns
        When it arrived, in epoch nanoseconds.
    """

    invocation: Invocation
    request_id: str
    trace: RequestTrace
    arrival_ns: int

    @property
    def function(self) -> FunctionSpec:
        """What runs."""
        return self.invocation.function

    @property
    def payload(self) -> bytes:
        """The event."""
        return self.invocation.payload

    def with_function(self, function: FunctionSpec) -> "AcceptedInvocation":
        """Return the invocation with an updated function."""
        return replace(self, invocation=self.invocation._replace(function=function))
