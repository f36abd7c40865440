"""Trace headers, and documents for X-Ray's daemon.

The daemon takes a document per datagram, after a line that names the format
(docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html).
"""

import json
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

FLAGS: Mapping[str, Mapping[str, bool]] = {
    "ok": {},
    "error": {"error": True},
    "throttle": {"error": True, "throttle": True},
    "fault": {"fault": True},
}
"""What a document says of a call that ended so."""

_FORMAT = b'{"format": "json", "version": 1}\n'


class Parent(NamedTuple):
    """What a document or a call hangs from.

    Parameters
    ----------
    trace_id
        The trace; empty if there is none.
    span_id
        The segment or subsegment; empty at the root.
    sampled
        Whether the trace is recorded.
    """

    trace_id: str
    span_id: str = ""
    sampled: bool = True

    @classmethod
    def of_header(cls, text: str) -> "Parent":
        """Read a trace header.

        Examples
        --------
        >>> Parent.of_header("Root=1-6b042ac0-5d09aa705e56bbd015254801;Parent=53995c3f42cd8ad8")
        Parent(trace_id='1-6b042ac0-5d09aa705e56bbd015254801', \
span_id='53995c3f42cd8ad8', sampled=False)
        """
        parts = dict(part.strip().partition("=")[::2] for part in text.split(";"))
        sampled = parts.get("Sampled") == "1"
        return cls(parts.get("Root", ""), parts.get("Parent", ""), sampled)

    def below(self, span_id: str) -> "Parent":
        """Return the parent of what a span of the same trace calls."""
        return self._replace(span_id=span_id)

    def header(self) -> str:
        """Return the trace header of a call.

        Examples
        --------
        >>> Parent("1-6b042ac0-5d09aa705e56bbd015254801", "53995c3f42cd8ad8").header()
        'Root=1-6b042ac0-5d09aa705e56bbd015254801;Parent=53995c3f42cd8ad8;Sampled=1'
        """
        parent = f"Parent={self.span_id};" if self.span_id else ""
        return f"Root={self.trace_id};{parent}Sampled={int(self.sampled)}"


def new_id() -> str:
    """Return the id of a new segment or subsegment."""
    return secrets.token_hex(8)


def parent_of_invocation() -> Parent:
    """Return what the current invocation of the function hangs from."""
    return Parent.of_header(os.environ.get("_X_AMZN_TRACE_ID", ""))


@dataclass(frozen=True)
class Daemon:
    """X-Ray's daemon.

    Parameters
    ----------
    address
        Host and port, as ``AWS_XRAY_DAEMON_ADDRESS`` has them; empty if there is none.
    """

    address: str

    def send(self, parent: Parent, document: Mapping[str, Any]) -> None:
        """Send a segment or subsegment, if the trace is recorded.

        Parameters
        ----------
        parent
            What it hangs from.
        document
            Everything but trace and parent.
        """
        if not (self.address and parent.sampled and parent.trace_id):
            return
        place = {"trace_id": parent.trace_id}
        if parent.span_id:
            place["parent_id"] = parent.span_id
        data = json.dumps({**document, **place}, separators=(",", ":")).encode()
        host, _, port = self.address.rpartition(":")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(_FORMAT + data, (host, int(port)))


def daemon() -> Daemon:
    """Return the daemon that Lambda names; with TCP and UDP apart, the one for UDP."""
    text = os.environ.get("AWS_XRAY_DAEMON_ADDRESS", "")
    parts = dict(part.partition(":")[::2] for part in text.split() if part.count(":") > 1)
    return Daemon(parts.get("udp", "" if parts else text.strip()))
