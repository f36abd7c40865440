"""The ways of edges as SVG paths, in inches from the upper left corner of the map."""

from typing import Final

from matplotlib.path import Path

from .layout import Point
from .plan import MapPlan

_COMMANDS: Final = {
    Path.MOVETO: ("M", 1),
    Path.LINETO: ("L", 1),
    Path.CURVE3: ("Q", 2),
    Path.CURVE4: ("C", 3),
}


def svg_path(path: Path, plan: MapPlan) -> str:
    """Return a matplotlib path as SVG path data.

    Parameters
    ----------
    path
        The path, in inches of the plan.
    plan
        Of the map.
    """
    pieces = []
    for vertices, code in path.iter_segments(simplify=False, curves=True):
        command, count = _COMMANDS[code]
        pairs = zip(vertices[::2], vertices[1::2], strict=True)
        points = [svg_point((float(x), float(y)), plan) for x, y in pairs]
        pieces.append(command + " ".join(points[:count]))
    return "".join(pieces)


def svg_point(at: Point, plan: MapPlan) -> str:
    """Return a point as SVG path data.

    Parameters
    ----------
    at
        The point, in inches of the plan.
    plan
        Of the map.
    """
    return f"{at[0] - plan.left:.3f} {plan.top - at[1]:.3f}"
