"""The progress of a deployment: statuses and events, stored as they happen."""

import time
from collections.abc import Callable

from tracing_lab.embedded.protocol.outgoing import CallError, ServiceCaller

from .errors import StackError
from .records import Stack
from .store import StackStore
from .types.model import Context, Made

Clock = Callable[[], float]

FAILURES = (CallError, StackError, AttributeError, KeyError, TypeError, ValueError)
"""What a resource fails with: rejected calls, and properties of a form that no call has."""


class Progress:
    """A stack while it is deployed or deleted.

    Parameters
    ----------
    stack
        The stack, whose record is kept up to date.
    store
        Stores the record after each step.
    call
        Calls services.
    account_id
        The account.
    clock
        Returns the time.
    """

    def __init__(
        self,
        stack: Stack,
        store: StackStore,
        call: ServiceCaller,
        *,
        account_id: str,
        clock: Clock = time.time,
    ) -> None:
        self.stack = stack
        self.store = store
        self.call = call
        self.clock = clock
        self._account_id = account_id

    def note(self, name: str, status: str, reason: str | None = None) -> None:
        """Set the status of a resource."""
        record = self.stack.resources[name]
        record.status, record.reason, record.updated_s = status, reason, self.clock()
        self.stack.note(record.updated_s, name, status, reason)
        self.store.keep_event(self.stack, name)

    def set_status(self, status: str, reason: str | None = None) -> None:
        """Set the status of the stack."""
        stack = self.stack
        stack.status, stack.reason = status, reason
        stack.note(self.clock(), stack.name, status, reason)
        self.store.save(stack)

    def context(self, name: str, note_partial: Callable[[Made], None] = lambda _: None) -> Context:
        """Return a resource of the stack with what its type needs to make it."""
        stack, account_id = self.stack, self._account_id
        return Context(
            self.call, stack.region, account_id, stack.name, stack.id, name, note_partial
        )


def reason_of(error: Exception) -> str:
    """Return why a resource failed, as events say it.

    Examples
    --------
    >>> error = CallError("sqs", "CreateQueue", "InvalidParameterValue", "No.", status=400)
    >>> reason_of(error)[:72]
    'Resource handler returned message: "No. (Service: sqs, Status Code: 400,'
    """
    if isinstance(error, CallError):
        return (
            f'Resource handler returned message: "{error} (Service: {error.service}, Status Code: '
            f'{error.status}, Operation: {error.operation})" (HandlerErrorCode: {error.code})'
        )
    if isinstance(error, StackError):
        return str(error)
    return f"Properties validation failed: {type(error).__name__}: {error}"


def failed_reason(verb: str, error: StackError) -> str:
    """Return why a stack failed.

    Examples
    --------
    >>> failed_reason("create", StackError("No.", logical_id="Queue"))
    'The following resource(s) failed to create: [Queue].'
    """
    if error.logical_id:
        return f"The following resource(s) failed to {verb}: [{error.logical_id}]."
    return str(error)
