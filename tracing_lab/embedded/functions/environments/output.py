"""Splits the output of an environment's process into log messages. Pure.

One pipe carries stdout, stderr and the runtime client's telemetry frames, so their order is exact.
A frame begins with a magic number that cannot occur in UTF-8 text; its layout is documented in the
source of AWS's Python runtime client: type (4 bytes), length (4), microseconds (8), message.
"""

MAGIC = b"\xa5\x5a\x00"
_HEADER_BYTES = 16
_MAX_FRAME_BYTES = 16 * 1024**2
_MAX_LINE_BYTES = 256 * 1024  # the largest event of CloudWatch Logs until 2025


class MessageSplitter:
    r"""Turns a byte stream into messages: lines of text, or frames of any number of lines.

    Examples
    --------
    >>> splitter = MessageSplitter()
    >>> splitter.feed(b"one\ntw")
    ['one\n']
    >>> splitter.feed(b"o\n")
    ['two\n']
    """

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """Add bytes, and return the messages that they complete."""
        self._rest += data
        messages = []
        while (message := self._take()) is not None:
            messages.append(message.decode(errors="replace"))
        return messages

    def flush(self) -> list[str]:
        """Return the text without a line end, with a line end, once the invocation has ended."""
        rest, self._rest = self._rest, b""
        return [rest.decode(errors="replace") + "\n"] if rest else []

    def _take(self) -> bytes | None:
        if self._rest.startswith(MAGIC) and len(self._rest) < _HEADER_BYTES:
            return None
        if self._rest.startswith(MAGIC):
            length = int.from_bytes(self._rest[4:8])
            if length <= _MAX_FRAME_BYTES:
                return self._take_frame(_HEADER_BYTES + length)
        return self._take_text()

    def _take_frame(self, end: int) -> bytes | None:
        return self._cut(end)[_HEADER_BYTES:] if len(self._rest) >= end else None

    def _take_text(self) -> bytes | None:
        end = self._rest.find(b"\n", 0, _MAX_LINE_BYTES) + 1
        if not end and len(self._rest) >= _MAX_LINE_BYTES:
            end = _MAX_LINE_BYTES
        frame = self._rest.find(MAGIC, 1, end or len(self._rest))
        if frame > 0:
            return self._cut(frame)
        return self._cut(end) if end else None

    def _cut(self, end: int) -> bytes:
        piece, self._rest = self._rest[:end], self._rest[end:]
        return piece
