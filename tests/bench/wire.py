"""Send raw bytes to the server, and tell what it makes of them."""

import re
import socket

import httptools

ANSWER_S = 20.0
UNFINISHED_S = 0.02
WAITS, HANGS, CUT = "waits for more", "hangs", "cut"
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_ENOUGH_BYTES = 64 * 1024


def send(port: int, data: bytes, *, ends: bool = False) -> tuple[str, bytes]:
    """Send a request in any shape; gives the status, or what happened instead, and the answer.

    ``waits for more`` when the bytes are the beginning of a request and the server waits for its
    rest, ``cut`` when it ended the connection without an answer, ``hangs`` when it neither
    answers nor ends it.

    Parameters
    ----------
    port
        Where to.
    data
        What to send.
    ends
        Whether to say that nothing more will come, for a server that then answers all the same.
    """
    expects = ends or expects_answer(data)
    with socket.create_connection(("127.0.0.1", port), timeout=ANSWER_S) as connection:
        try:
            connection.sendall(data)
            if ends:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has read enough, and may have said why
        connection.settimeout(ANSWER_S if expects else UNFINISHED_S)
        return _read(connection, expects=expects)


def expects_answer(data: bytes) -> bool:
    """Return whether bytes hold a whole request, or something that is none."""
    counter = _Counter()
    try:
        httptools.HttpRequestParser(counter).feed_data(data)
    except (httptools.HttpParserError, httptools.HttpParserUpgrade):
        return True
    return counter.complete > 0


class _Counter:
    complete = 0

    def on_message_complete(self) -> None:
        self.complete += 1


def _read(connection: socket.socket, *, expects: bool) -> tuple[str, bytes]:
    answer = b""
    try:
        while len(answer) < _ENOUGH_BYTES:
            more = connection.recv(_ENOUGH_BYTES)
            answer += more
            statuses = [one for one in _STATUS.findall(answer) if one != b"100"]
            if statuses:
                return statuses[0].decode(), answer
            if not more:
                return CUT, answer
    except TimeoutError:
        return (HANGS if expects else WAITS), answer
    except ConnectionError:
        return CUT, answer
    return HANGS, answer
