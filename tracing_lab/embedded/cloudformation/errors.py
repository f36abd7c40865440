"""CloudFormation's errors."""

from tracing_lab.embedded.protocol.errors import ApiError


class StackError(Exception):
    """A resource or value of a template that stops the deployment of its stack.

    Parameters
    ----------
    message
        The reason, as it gets into the stack's events.
    logical_id
        The resource; empty for the stack as a whole.
    """

    def __init__(self, message: str, *, logical_id: str = "") -> None:
        super().__init__(message)
        self.logical_id = logical_id


def already_exists(message: str) -> ApiError:
    """Return the error about a stack or change set whose name is taken.

    Examples
    --------
    >>> already_exists("Stack [s] already exists").code
    'AlreadyExistsException'
    """
    return ApiError("AlreadyExistsException", message)


def validation_error(message: str) -> ApiError:
    """Return the error with which CloudFormation rejects nearly everything.

    Examples
    --------
    >>> validation_error("No updates are to be performed.").code
    'ValidationError'
    """
    return ApiError("ValidationError", message)
