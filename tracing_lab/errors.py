"""Every error that tracing_lab raises on purpose.

::

    TracingLabError
    ├── ConfigError (ValueError)          a variable of Config has a value that cannot work
    ├── EmbeddedError                     the embedded AWS cannot be started, reached or stopped
    ├── AwsError                          an AWS call failed; has operation, code, request_id
    │   ├── CredentialsError              credentials are missing, wrong or expired
    │   ├── EndpointUnreachableError      nothing answers at the endpoint
    │   │   └── EndpointLostError         it stopped answering during a load; has the log so far
    │   └── NotFoundError                 the resource does not exist
    ├── DeployError                       a step of apply or destroy failed; the rest is safe
    ├── MissingExtraError (ImportError)   a package that only an optional part needs is missing
    ├── PackageError                      a deployment zip cannot be built
    ├── ExportError                       the stack cannot be written as infrastructure code
    ├── FileError (OSError)               a file or folder cannot be read or written
    │   └── MissingFileError (FileNotFoundError)
    ├── WorkshopError (ValueError)        no such exercise, or an unusable workshop file
    ├── GameDayError (ValueError)         a game that cannot begin or go on, or an impossible move
    ├── TrafficError (ValueError)         a load that cannot be sent as asked
    ├── InterruptionError (KeyboardInterrupt)     Ctrl-C, or a notebook's stop button
    │   ├── DeployInterruptedError        during apply or destroy; what was done stays
    │   ├── FireInterruptedError          during a load; has the log so far
    │   └── FetchInterruptedError         during a fetch; has what arrived
    ├── FilterSyntaxError (ValueError)    a filter expression that X-Ray could not read; has column
    ├── TracesNotReadyError (TimeoutError) traces did not settle in time; has what arrived
    └── TraceDataError (ValueError)       documents or frames that are not what they should be
        └── ReplayError                   traces that cannot be replayed, or no such replay

A message says what happened, to which resource, and what to do next.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:  # pandas takes long to import
    import pandas as pd


class TracingLabError(Exception):
    """Root of all errors of this package."""


class ConfigError(TracingLabError, ValueError):
    """A variable of `Config` has a value that cannot work."""


class EmbeddedError(TracingLabError):
    """The embedded AWS cannot be started, reached or stopped."""


class AwsError(TracingLabError):
    """An AWS call failed.

    Parameters
    ----------
    message
        What happened, to which resource, and what to do next.
    operation
        Service and operation, for example ``lambda:CreateFunction``.
    code
        The error code of the response; empty when there was none.
    request_id
        The request id for AWS support; empty when there was no response.
    outcome_unknown
        Whether the request may have taken effect: the response was lost, or the server failed.
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str = "",
        code: str = "",
        request_id: str = "",
        outcome_unknown: bool = False,
    ) -> None:
        super().__init__(message)
        self.operation = operation
        self.code = code
        self.request_id = request_id
        self.outcome_unknown = outcome_unknown


class CredentialsError(AwsError):
    """Credentials are missing, wrong or expired."""


class EndpointUnreachableError(AwsError):
    """Nothing responds at the endpoint."""


class EndpointLostError(EndpointUnreachableError):
    """The endpoint of a load no longer responds.

    Parameters
    ----------
    message
        What happened, to which endpoint, and what to do next.
    log
        A row for each order that was sent, as `traffic.fire` returns them.
    """

    def __init__(self, message: str, *, log: "pd.DataFrame") -> None:
        super().__init__(message, operation="POST /orders")
        self.log = log


class NotFoundError(AwsError):
    """The resource does not exist."""


class DeployError(TracingLabError):
    """A step of apply or destroy failed; what was done before it stays and is found again."""


class InUseError(TracingLabError):
    """A resource was not deleted, because somebody else uses it, too."""


class MissingExtraError(TracingLabError, ImportError):
    """A package that only an optional part of this one needs is not installed."""


class PackageError(TracingLabError):
    """A deployment zip cannot be built."""


class ExportError(TracingLabError):
    """The stack cannot be written as infrastructure code."""


class WorkshopError(TracingLabError, ValueError):
    """An exercise that does not exist, or a file of the workshop that cannot be used."""


class GameDayError(TracingLabError, ValueError):
    """A game that cannot begin or go on as asked, or a move that there is not."""


class TrafficError(TracingLabError, ValueError):
    """A load that cannot be sent as requested."""


class FileError(TracingLabError, OSError):
    """A file or folder cannot be read or written."""


class MissingFileError(FileError, FileNotFoundError):
    """There is no such file or folder."""


class InterruptionError(TracingLabError, KeyboardInterrupt):
    """A call was interrupted by Ctrl-C or a notebook's stop button; what was done stays.

    A notebook shows its message and no traceback, since nothing in the code went wrong.
    """

    _partial: ClassVar[tuple[str, ...]] = ()
    """Attributes with partial results."""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows instead of a traceback."""
        return [f"{type(self).__name__}: {self}", *self._next_cell()]

    def _next_cell(self) -> list[str]:
        """Return how a notebook's next cell gets the partial results."""
        return [
            f"To go on with what there is, run: import sys; {name} = sys.last_value.{name}"
            for name in self._partial
            if len(getattr(self, name))
        ]


class DeployInterruptedError(InterruptionError):
    """Apply or destroy was interrupted; the next one finds what was done and goes on."""


class FireInterruptedError(InterruptionError):
    """Ctrl-C was pressed while orders were sent.

    Parameters
    ----------
    message
        How far it got and what to do next.
    log
        A row for each order that was sent, as `traffic.fire` returns them.
    """

    _partial = ("log",)

    def __init__(self, message: str, *, log: "pd.DataFrame") -> None:
        super().__init__(message)
        self.log = log


class FetchInterruptedError(InterruptionError):
    """Ctrl-C was pressed while traces or summaries were fetched.

    Parameters
    ----------
    message
        How far it got and what to do next.
    traces
        The traces that did arrive, as BatchGetTraces returns them.
    summaries
        The summaries that did arrive, as GetTraceSummaries returns them.
    """

    _partial = ("traces", "summaries")

    def __init__(
        self,
        message: str,
        *,
        traces: Sequence[dict[str, Any]] = (),
        summaries: Sequence[dict[str, Any]] = (),
    ) -> None:
        super().__init__(message)
        self.traces = list(traces)
        self.summaries = list(summaries)


class FilterSyntaxError(TracingLabError, ValueError):
    """A filter expression that cannot be read.

    Parameters
    ----------
    column
        Where it cannot be read on, counted from 1.
    expected
        What would have been valid there.
    found
        What is there instead.
    """

    def __init__(self, *, column: int, expected: str, found: str) -> None:
        super().__init__(f"Filter expression, column {column}: expected {expected}, found {found}.")
        self.column = column
        self.expected = expected


class TracesNotReadyError(TracingLabError, TimeoutError):
    """Traces did not settle in time.

    Parameters
    ----------
    message
        What is missing and what to do next.
    traces
        The traces that did arrive, as BatchGetTraces returns them.
    """

    def __init__(self, message: str, *, traces: Sequence[dict[str, Any]] = ()) -> None:
        super().__init__(message)
        self.traces = list(traces)


class TraceDataError(TracingLabError, ValueError):
    """Documents or frames that are not what they should be."""


class ReplayError(TraceDataError):
    """Traces that cannot be replayed, or a replay that cannot be changed as requested."""


class RetriesPendingWarning(UserWarning):
    """Traces with failed attempts that Lambda will repeat, so that they are not whole yet."""


class TraceDataWarning(UserWarning):
    """Traces that are left out because their documents are not what they should be."""
