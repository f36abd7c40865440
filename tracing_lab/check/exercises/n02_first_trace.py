"""Exercises of notebook 02: the raw documents of one trace."""

from collections.abc import Mapping
from typing import Any

from tracing_lab.check.documents import documents_of, is_service, subsegments_of
from tracing_lab.check.exercise import Exercise, Facts, Mistake
from tracing_lab.check.forms import Count, Name, Pairs
from tracing_lab.check.forms.spelling import spelled
from tracing_lab.config import SERVICES

Trace = Mapping[str, Any]


def _started(trace: Trace) -> Facts:
    _, second, random = trace["Id"].split("-")
    truth = int(second, 16)
    return {
        "truth": truth,
        "decimal": int(second) if second.isdecimal() else None,
        "random": int(random, 16),
        "both": int(second + random, 16),
        "milliseconds": truth * 1000,
        "first": min(each["start_time"] for each in documents_of(trace)),
    }


STARTED = Exercise(
    id="02.started",
    form=Count(),
    facts=_started,
    mistakes=(
        Mistake("decimal", "Its digits are hexadecimal, even where all of them are below ten."),
        Mistake("random", "Those are the random bits. The time is in another part of the id."),
        Mistake("both", "That is more than the middle part: the rest of the id is random."),
        Mistake("milliseconds", "X-Ray's times are in seconds since 1970; do not multiply them."),
        Mistake(
            "start_time",
            "That is close, but it is a document's start time. The id holds whole seconds.",
            lambda value, facts: value != int(value) and abs(value - facts["first"]) < 60,  # noqa: PLR2004
        ),
    ),
    hints=(
        "The id has three parts with hyphens between them; the time is the middle one.",
        "The middle part is a number in base 16. Python's `int` takes the base as well.",
        '`trace["Id"].split("-")` makes a list of the parts, `int(text, base)` a number of one.',
    ),
)


def _parent(trace: Trace) -> Facts:
    documents = documents_of(trace)
    payment = next(each for each in documents if is_service(each, "payment", "AWS::Lambda"))
    names = {each["id"]: each["name"] for each in documents}
    order = next(each for each in documents if is_service(each, "order", "AWS::Lambda"))
    entry = next(each for each in documents if not each.get("parent_id"))
    return {
        "truth": names[payment["parent_id"]],
        "publisher": order["name"],
        "itself": payment["name"],
        "entry": entry["name"],
        "id": payment["parent_id"],
    }


PARENT = Exercise(
    id="02.parent",
    form=Name(),
    facts=_parent,
    mistakes=(
        Mistake(
            "publisher",
            "That service published the event, but payment's `parent_id` is not the id of any of "
            "its documents. Something stands between the two.",
        ),
        Mistake(
            "itself",
            "That is where the search starts. Two documents have this name; the caller is a third.",
        ),
        Mistake("entry", "That is where the whole trace begins, several steps further up."),
        Mistake("id", "That is the caller's id. Find the document that has it, and take its name."),
        Mistake(
            "another",
            "None of its documents has the id that you are looking for.",
            lambda value, _: spelled(value).name in SERVICES,
        ),
    ),
    hints=(
        "Every document has an `id`; a `parent_id` is the `id` of another document.",
        "Take the `parent_id` of the payment document and search all documents for that `id`.",
        '`{d["id"]: d["name"] for d in documents}` finds a name by its id.',
    ),
)


def _header(trace: Trace) -> Facts:
    documents = documents_of(trace)
    order = next(each for each in documents if is_service(each, "order", "AWS::Lambda::Function"))
    parts = list(subsegments_of(order))
    call = next(each for each in parts if each["name"].lower() == "events")
    run = next((each for each in parts if each["name"] == "Invocation"), {})
    bus = next((each for each in documents if each.get("parent_id") == call["id"]), {})
    truth = {"Root": trace["Id"], "Parent": call["id"], "Sampled": "1"}
    return {
        "truth": truth,
        "segment": {**truth, "Parent": order["id"]},
        "invocation": {**truth, "Parent": run.get("id")},
        "inferred": {**truth, "Parent": bus.get("id")},
        "unsampled": {**truth, "Sampled": "0"},
    }


HEADER = Exercise(
    id="02.header",
    form=Pairs(("Root", "Parent", "Sampled"), prefix="X-Amzn-Trace-Id"),
    facts=_header,
    mistakes=(
        Mistake(
            "segment",
            "`Parent` is the whole segment of the function here. The header is sent by one call "
            "inside it.",
        ),
        Mistake(
            "invocation",
            "`Parent` is the subsegment around your code here. Go further down, to the call.",
        ),
        Mistake(
            "inferred",
            "`Parent` is the document that X-Ray derives *from* the call here. The caller could "
            "not know that id.",
        ),
        Mistake("unsampled", "With this `Sampled`, you would not have seen a trace at all."),
    ),
    hints=(
        "`Root` and `Sampled` are the same at every hop. Only `Parent` takes a search.",
        "`Parent` is the id of the subsegment of order's function that stands for the call.",
        'Walk `order["subsegments"]`, and theirs, to the one whose name is that of the bus.',
    ),
)

EXERCISES = (STARTED, PARENT, HEADER)
