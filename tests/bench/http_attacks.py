"""Bad HTTP requests and daemon packets against a running server."""

import json
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from urllib.parse import quote, urlsplit

from attacks import FAILED, Tally, outcome_of
from calls import Call, is_json, operations
from hypothesis import strategies as st
from mutations import damaged, damaged_json
from seeds import DOCUMENTS
from wire import HANGS, send

DATA_PLANES = 60
CONTROL = ("events", "lambda", "logs", "sqs", "apigateway", "iam", "sts")
CLIENTS = 4
TRACE_HEADER = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
WIRE_TOKENS = (
    *(b"\r\n", b"\n", b"\r", b"\0", b" ", b":", b"%", b"%00", b"%zz", b"%ff", b"/../", b"//", b"?"),
    *(b"HTTP/9.9", b"HTTP/1.0", b"GET ", b"BREW ", b"OPTIONS * ", b"CONNECT ", b"\x80\xff"),
    *(b"Content-Length: -1\r\n", b"Content-Length: 5\r\n", b"Content-Length: 9999999999999\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
    *(b"\r\n\r\nfffffffff\r\n", b"\r\n\r\n-1\r\n", b"Host: [\r\n"),
    *(b"Expect: 100-continue\r\n", b"Connection: upgrade\r\nUpgrade: h2c\r\n"),
    *(b"X: " + b"a" * 70_000, b"A: b\r\n" * 3000, b"X-Amzn-Trace-Id: Root=1-\r\n", b"a" * 70_000),
)
PACKET_TOKENS = (b"\n", b"{", b"}", b'"', b"T1S", b"\0", b'"version": 2', b"[" * 2000, b"null")
PATH_TOKENS = ("%00", "%", "%zz", "%ff", "/", "//", "..", "?", "#", "&", "=", "%20", "\\", "{", "é")


def calls(url: str) -> list[Call]:
    """Return all requests to start from; half of them go to data planes.

    Parameters
    ----------
    url
        Where orders are posted.
    """
    events = {dict(one.headers).get("X-Amz-Target"): one for one in operations("events")}
    entry = {"Source": "s", "DetailType": "d", "Detail": "{}"}
    put_events = events["AWSEvents.PutEvents"].with_body(json.dumps({"Entries": [entry]}).encode())
    headers = (("Content-Type", "application/json"), ("X-Amzn-Trace-Id", TRACE_HEADER))
    order = Call("POST", urlsplit(url).path, headers, b'{"productId": "p1", "quantity": 2}')
    control = [call for service in CONTROL for call in operations(service)]
    return [order, put_events] * DATA_PLANES + [*operations("xray")] * 10 + control


@st.composite
def requests(draw: st.DrawFn, seeds: Sequence[Call]) -> bytes:
    """Damage the body, the path, or the bytes of a whole request."""
    call = draw(st.sampled_from(seeds))
    kind = draw(_KIND)
    if kind == "body" and is_json(call):
        return call.with_body(damaged_json(draw, json.loads(call.body))).to_bytes()
    if kind == "path":
        path = damaged(draw, call.path, PATH_TOKENS, _IN_PATHS)
        return Call(call.method, path, call.headers, call.body).to_bytes()
    return damaged(draw, call.to_bytes(), WIRE_TOKENS, _BYTES)


_KIND = st.sampled_from(("body", "body", "body", "path", "wire"))
_BYTES = st.binary(max_size=4)
_IN_PATHS = st.text(max_size=4).map(quote)


def attack(port: int, inputs: Sequence[bytes], *, ends: bool = False) -> Tally:
    """Send requests from several clients; a 5xx and a hang are defects."""
    found = Tally()
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = pool.map(partial(send, port, ends=ends), inputs)
        for data, (result, answer) in zip(inputs, answers, strict=True):
            outcome = outcome_of(int(result)) if result.isdigit() else result
            is_defect = outcome in {FAILED, HANGS}
            found.note(data, outcome, f"{result}: {answer[-300:]!r}" if is_defect else "")
    return found


def attack_daemon(port: int, packets: Sequence[bytes]) -> None:
    """Send UDP packets to the X-Ray daemon, which never answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for packet in packets:
            with suppress(OSError):  # longer than a packet can be
                sender.sendto(packet, ("127.0.0.1", port))


def packets() -> st.SearchStrategy[bytes]:
    """Damage what an X-Ray SDK sends."""
    header = b'{"format": "json", "version": 1}\n'
    seeds = [header + json.dumps(one).encode() for one in DOCUMENTS]
    return _damaged_packets(seeds)


@st.composite
def _damaged_packets(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    return damaged(draw, draw(st.sampled_from(seeds)), PACKET_TOKENS, _BYTES)
