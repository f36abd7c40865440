"""The sampling decision in the trace header of a response."""

from tracing_lab.xray_model.trace_header import TraceHeader


def decision(header: str | None, *, sent: bool | None) -> bool | None:
    """Return whether a trace is recorded, by the header of the response.

    API Gateway returns its decision where it called a function; responses of its own, such as a
    rejected API key, have no such header.

    Parameters
    ----------
    header
        The response's header, if it has one.
    sent
        The request's own decision, which applies where the response has none.

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
    answered = TraceHeader.parse(header)
    return sent if answered is None or answered.sampled is None else answered.sampled
