"""The ``cause`` of a segment from a span's exception events.

Their attributes: https://opentelemetry.io/docs/specs/semconv/exceptions/. A traceback of Python
becomes a stack of frames, the innermost first, and what an exception was raised from its cause, as
the OpenTelemetry collector's X-Ray exporter has it.
"""

import hashlib
import re
from collections.abc import Iterator
from itertools import dropwhile, pairwise
from typing import Any, Final

from tracing_lab.otlp import model
from tracing_lab.otlp.model import OtelSpan

_EVENT: Final = "exception"
_FRAME: Final = re.compile(
    r'  File "(?P<path>[^"\n]*)", line (?P<line>\d{1,9}), in (?P<label>[^\n]+)'
)
_NEXT: Final = re.compile(
    r"\n*(?:During handling of the above exception, another exception occurred|"
    r"The above exception was the direct cause of the following exception):\n*"
)
_RAISED: Final = re.compile(r"^(?P<type>[\w.]+)(?:: (?P<message>.*))?", re.MULTILINE | re.DOTALL)


def cause_of(span: OtelSpan) -> dict[str, Any]:
    """Return the ``cause`` member of a document: its exceptions, else the status's message.

    Parameters
    ----------
    span
        A span.
    """
    described = [event["attributes"] for event in span.events if event["name"] == _EVENT]
    if not described and span.status == "error" and span.message:
        described = [{"exception.message": span.message}]
    exceptions = [
        exception
        for number, attributes in enumerate(described)
        for exception in _exceptions(attributes, span, number)
    ]
    return {"cause": {"exceptions": exceptions}} if exceptions else {}


def _exceptions(attributes: dict[str, Any], span: OtelSpan, number: int) -> list[dict[str, Any]]:
    """Return an exception and those that it was raised from, each with the id of the next."""
    trace = str(attributes.get("exception.stacktrace", ""))
    raised, *causes = reversed(_NEXT.split(trace))
    first = {
        "type": str(attributes.get("exception.type", "")),
        "message": str(attributes.get("exception.message", "")),
    }
    described = [(first, raised), *((_raised(text), text) for text in causes)]
    is_remote = span.kind in (model.CLIENT, model.PRODUCER)
    exceptions = [
        {"id": _id(span, number, depth), **members, "remote": is_remote, **_stack(text)}
        for depth, (members, text) in enumerate(described)
    ]
    for outer, inner in pairwise(exceptions):
        outer["cause"] = inner["id"]
    return exceptions


def _id(span: OtelSpan, *numbers: int) -> str:
    text = "/".join([span.span_id, *map(str, numbers)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _raised(text: str) -> dict[str, str]:
    """Return type and message from the end of a traceback."""
    lines = text.rstrip().splitlines()
    below = max((at for at, line in enumerate(lines, 1) if line.startswith('  File "')), default=0)
    # the source follows; lines of the message may be indented, too
    raised = dropwhile(lambda line: line.startswith("  "), lines[below:])
    found = _RAISED.match("\n".join(raised))
    return {key: (found[key] or "") if found else "" for key in ("type", "message")}


def _stack(text: str) -> dict[str, Any]:
    frames = [*_frames(text)]
    return {"stack": frames[::-1]} if frames else {}


def _frames(text: str) -> Iterator[dict[str, Any]]:
    for frame in _FRAME.finditer(text):
        yield {"path": frame["path"], "label": frame["label"], "line": int(frame["line"])}
