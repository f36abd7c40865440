"""The errors of SQS calls that we answer ourselves."""

from tracing_lab.embedded.http.messages import HttpResponse, error_response


class QueueCallError(Exception):
    """A call that SQS rejects.

    Parameters
    ----------
    code
        The error's name.
    message
        What is wrong.
    status
        Of the HTTP response.
    """

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status

    def response(self) -> HttpResponse:
        """Return the error as a response of SQS's JSON protocol."""
        return error_response(self.status, self.code, str(self))


def invalid_value(message: str) -> QueueCallError:
    """Return the error for a parameter that cannot be."""
    return QueueCallError("InvalidParameterValue", message)


def missing_resource(parameter: str) -> QueueCallError:
    """Return the error for a queue that does not exist, by the parameter that names it."""
    message = f"The resource that you specified for the {parameter} parameter doesn't exist."
    return QueueCallError("ResourceNotFoundException", message, status=404)


def out_of_range(value: int, parameter: str, most: int) -> QueueCallError:
    """Return the error for a number that is not between 1 and `most`."""
    reason = f"You must enter a value between 1 and {most}."
    return invalid_value(f"Value {value} for parameter {parameter} is invalid. Reason: {reason}")
