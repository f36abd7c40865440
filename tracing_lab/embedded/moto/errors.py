"""The errors of moto's backends."""

from moto.core.exceptions import JsonRESTError, ServiceException

MOTO_ERRORS = (ServiceException, JsonRESTError)
"""moto's two roots of the errors that a client would see."""
