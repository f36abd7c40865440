"""The trace header of a request, and the sampling decision in that of its response."""

from typing import Final

TRACE_HEADER: Final = "X-Amzn-Trace-Id"


def trace_header(trace_id: str, *, sampled: bool | None) -> str:
    """Return the header that begins a trace.

    Parameters
    ----------
    trace_id
        The trace.
    sampled
        Whether it is to be recorded; None leaves that to the sampling rules of the API.

    Returns
    -------
    str
        The header's value.

    Examples
    --------
    >>> trace_header("1-6b042ac0-5d09aa705e56bbd015254801", sampled=True)
    'Root=1-6b042ac0-5d09aa705e56bbd015254801;Sampled=1'
    >>> trace_header("1-6b042ac0-5d09aa705e56bbd015254801", sampled=None)
    'Root=1-6b042ac0-5d09aa705e56bbd015254801'
    """
    return f"Root={trace_id}" if sampled is None else f"Root={trace_id};Sampled={int(sampled)}"


def decision(header: str | None, *, sent: bool | None) -> bool | None:
    """Return whether a trace is recorded, by the header of the response.

    API Gateway returns its decision where it called a function; responses of its own, such as a
    rejected API key, have no such header.

    Parameters
    ----------
    header
        The response's header, if it has one.
    sent
        What the request asked for, which holds where the response does not say.

    Returns
    -------
    bool or None
        The decision; None when it is unknown.

    Examples
    --------
    >>> decision("Root=1-6b042ac0-5d09aa705e56bbd015254801;Sampled=0", sent=None)
    False
    >>> decision(None, sent=True), decision("Root=1-6b042ac0-5d09aa705e56bbd015254801", sent=None)
    (True, None)
    """
    fields = dict(part.strip().partition("=")[::2] for part in (header or "").split(";"))
    return {"1": True, "0": False}.get(fields.get("Sampled", ""), sent)
