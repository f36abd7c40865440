"""How the bars of a waterfall look."""

from collections.abc import Mapping
from typing import Any, Final

from tracing_lab.plot.colours import STATUS_COLOURS, Colours, mixed
from tracing_lab.xray_model.documents import INFERRED, SEGMENT, SUBSEGMENT

from .rows import COLLAPSED, INITIALIZATION, WAITING

LOOK_NAMES: Final[Mapping[str, str]] = {
    SEGMENT: "segment",
    SUBSEGMENT: "subsegment",
    INFERRED: "inferred by X-Ray",
    INITIALIZATION: "cold start: initialization",
    WAITING: "waiting in Lambda's queue",
    COLLAPSED: "more spans",
}
"""What each look means, in the order of the legend."""

_HATCHES: Final = {INFERRED: ".....", INITIALIZATION: "/////", COLLAPSED: "|||||"}
_PALE: Final = 0.55  # of a status colour, for subsegments


def bar_look(look: str, status: str, colours: Colours) -> dict[str, Any]:
    """Return how a bar looks; after an error, a throttle or a fault it has that colour.

    Parameters
    ----------
    look, status
        Of a row.
    colours
        Of the figure.

    Returns
    -------
    look
        Properties of a matplotlib patch: ``facecolor``, ``edgecolor`` and perhaps ``hatch``.
    """
    faces = {SEGMENT: colours.calm, SUBSEGMENT: colours.calm_light, WAITING: colours.grid}
    edges = {INFERRED: colours.calm, INITIALIZATION: colours.calm, COLLAPSED: colours.arrow}
    if status != "ok":
        colour = STATUS_COLOURS[status]
        pale = mixed(colour, colours.paper, _PALE)
        faces |= {SEGMENT: colour, SUBSEGMENT: pale}
        edges = dict.fromkeys(LOOK_NAMES, colour)
    face = faces.get(look, colours.paper)
    edges.setdefault(WAITING, colours.faint)
    hatch = {"hatch": _HATCHES[look]} if look in _HATCHES else {}
    return {"facecolor": face, "edgecolor": edges.get(look, face), **hatch}
