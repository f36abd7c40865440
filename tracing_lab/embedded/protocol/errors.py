"""Errors as each of AWS's protocols writes them.

https://smithy.io/2.0/aws/protocols/index.html
"""

from typing import Any
from xml.sax.saxutils import escape

from tracing_lab.embedded.http.messages import HttpResponse, error_response

from .api_call import ApiCall
from .identifiers import random_uuid

_QUERY_PROTOCOLS = frozenset({"query", "ec2"})
_FIRST_SERVER_ERROR = 500


class ApiError(Exception):
    """A call that a service rejects.

    Parameters
    ----------
    code
        The error's name, for example ``InvalidParameterException``.
    message
        What is wrong.
    status
        HTTP status.
    **members
        Further members of the error.
    """

    def __init__(self, code: str, message: str, *, status: int = 400, **members: Any) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.members = members

    def response(self, call: ApiCall) -> HttpResponse:
        """Return the error as a response to a call."""
        return rejection(call, self.status, self.code, str(self), **self.members)


def rejection(call: ApiCall, status: int, code: str, message: str, **members: Any) -> HttpResponse:
    """Return an error as the protocol of a call writes it.

    Parameters
    ----------
    call
        The call.
    status
        HTTP status.
    code
        The error's name.
    message
        What is wrong.
    **members
        Further members of the error, in JSON.
    """
    if call.protocol in _QUERY_PROTOCOLS:
        kind = "Receiver" if status >= _FIRST_SERVER_ERROR else "Sender"
        error = f"<Error><Type>{kind}</Type>{_xml(code, message)}</Error>"
        request_id = f"<RequestId>{random_uuid()}</RequestId>"
        return _xml_response(status, f"<ErrorResponse>{error}{request_id}</ErrorResponse>")
    if call.protocol == "rest-xml":
        return _xml_response(status, f"<Error>{_xml(code, message)}</Error>")
    return error_response(status, code, message, **members)


def _xml(code: str, message: str) -> str:
    return f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"


def _xml_response(status: int, text: str) -> HttpResponse:
    body = text.encode(errors="replace")
    return HttpResponse(status, (("Content-Type", "text/xml"),), body)
