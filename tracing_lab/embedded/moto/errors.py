"""The base classes of errors of moto's backends."""

from moto.core.exceptions import JsonRESTError, ServiceException

MOTO_ERRORS = (ServiceException, JsonRESTError)
"""moto's two base classes of errors that a client would see."""
