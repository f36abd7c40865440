"""Finishes segments whose process has ended, so that their traces settle."""

from typing import Any

from tracing_lab.embedded.model import Document
from tracing_lab.xray_model.trace_ids import new_entity_id

MESSAGE = "The embedded AWS ended before this did; how far it came is not known."


def interrupted(document: Document, *, end_s: float) -> Document:
    """Return an in-progress document as one that has ended with an error.

    Parameters
    ----------
    document
        The segment; subsegments of it may be in progress, too.
    end_s
        When it ended, epoch seconds.

    Examples
    --------
    >>> finished = interrupted({"id": "a", "start_time": 5.0, "in_progress": True}, end_s=4.0)
    >>> finished["end_time"], finished["error"], "in_progress" in finished
    (5.0, True, False)
    """
    exception = {"id": new_entity_id(), "type": "Interrupted", "message": MESSAGE}
    cause = {"working_directory": "", "paths": [], "exceptions": [exception]}
    return {**_ended(document, end_s), "error": True, "cause": cause}


def _ended(entity: Document, end_s: float) -> Document:
    ended: dict[str, Any] = {**entity}
    if ended.pop("in_progress", False):
        ended["end_time"] = max(end_s, ended["start_time"])
    if "subsegments" in ended:
        ended["subsegments"] = [_ended(child, end_s) for child in ended["subsegments"]]
    return ended
