"""The errors of SQS calls that moto does not handle."""

from tracing_lab.embedded.protocol.errors import ApiError


def invalid_value(message: str) -> ApiError:
    """Return the error for an invalid parameter."""
    return ApiError("InvalidParameterValue", message)


def missing_resource(parameter: str) -> ApiError:
    """Return the error for a queue that does not exist, by the parameter that names it."""
    message = f"The resource that you specified for the {parameter} parameter doesn't exist."
    return ApiError("ResourceNotFoundException", message, status=404)


def out_of_range(value: int, parameter: str, most: int) -> ApiError:
    """Return the error for a number that is not between 1 and `most`."""
    reason = f"You must enter a value between 1 and {most}."
    return invalid_value(f"Value {value} for parameter {parameter} is invalid. Reason: {reason}")
