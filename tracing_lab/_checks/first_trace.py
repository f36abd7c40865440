"""Exercises of notebook 02: the raw documents of one trace."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from .compare import CheckTable, Hint, number, text
from .documents import documents_of, is_service, subsegments_of


def started(answer: Any, *, trace: Mapping[str, Any]) -> Hint:
    """Check the epoch second that the trace id carries."""
    hint = "The second part of the id is a number in base 16: int(text, 16)."
    return number(answer, int(trace["Id"].split("-")[1], 16), hint=hint)


def parent(answer: Any, *, trace: Mapping[str, Any]) -> Hint:
    """Check the name of the segment that the payment service's first segment hangs on."""
    documents = documents_of(trace)
    payment = next(each for each in documents if is_service(each, "payment", "AWS::Lambda"))
    names = {each["id"]: each["name"] for each in documents}
    hint = "Take the payment document's parent_id and find the document with that id."
    return text(answer, names[payment["parent_id"]], hint=hint)


def header(answer: Any, *, trace: Mapping[str, Any]) -> Hint:
    """Check the header that the order function sent along with its event."""
    documents = documents_of(trace)
    order = next(each for each in documents if is_service(each, "order", "AWS::Lambda::Function"))
    call = next(each for each in subsegments_of(order) if each["name"].lower() == "events")
    truth = {"Root": trace["Id"], "Parent": call["id"], "Sampled": "1"}
    return _compare_headers(answer, truth)


def _compare_headers(answer: Any, truth: Mapping[str, str]) -> Hint:
    if not isinstance(answer, str) or "=" not in answer:
        return "A header is a string of parts like 'Root=...;Parent=...;Sampled=...'."
    found = dict(part.strip().partition("=")[::2] for part in answer.split(";"))
    wrong = [key for key, value in truth.items() if found.get(key) != value]
    if wrong:
        return f"Have another look at {' and '.join(wrong)}: which call sends this header?"
    return None


CHECKS: CheckTable = MappingProxyType(
    {"02.started": started, "02.parent": parent, "02.header": header}
)
