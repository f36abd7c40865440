"""Paths of a service map's edges."""

import itertools
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from matplotlib.path import Path

from .layout import Point

Corner = npt.NDArray[np.float64]

_STEEPNESS: Final = 0.62  # of the way to the other end before a curve leaves the horizontal
_CORNER_IN: Final = 0.14


def forward_path(points: Sequence[Point]) -> Path:
    """Make a curve through points that is horizontal in each of them.

    Parameters
    ----------
    points
        From left to right, two at least.
    """
    vertices, codes = [points[0]], [Path.MOVETO]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        reach = (x1 - x0) * _STEEPNESS
        vertices += [(x0 + reach, y0), (x1 - reach, y1), (x1, y1)]
        codes += [Path.CURVE4] * 3
    return Path(vertices, codes)


def curve_point(start: Point, end: Point, share: float) -> Point:
    """Return a point on a curve of `forward_path`.

    Parameters
    ----------
    start, end
        Two neighbouring points of the path.
    share
        How far from start to end, 0 to 1.

    Examples
    --------
    >>> curve_point((0, 0), (2, 4), 0.5)
    (1.0, 2.0)
    """
    (x0, y0), (x1, y1) = start, end
    reach, rest = (x1 - x0) * _STEEPNESS, 1 - share
    near, far = 3 * rest**2 * share, 3 * rest * share**2
    x = rest**3 * x0 + near * (x0 + reach) + far * (x1 - reach) + share**3 * x1
    return x, (rest**3 + near) * y0 + (far + share**3) * y1


def rounded_path(points: Sequence[Point]) -> Path:
    """Make a line through points with rounded corners."""
    corners = np.array(points, dtype=float)
    vertices, codes = [corners[0]], [Path.MOVETO]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        vertices += [_towards(corner, before), corner, _towards(corner, after)]
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    return Path([*vertices, corners[-1]], [*codes, Path.LINETO])


def loop_path(centre: Point, radius: float) -> Path:
    """Make a loop above a circle, back to itself.

    Returns
    -------
    path
        From the upper right to the upper left, as high above the circle as the circle is wide.
    """
    (x, y), side, rise = centre, radius * 0.55, radius * 0.84
    ends = (x + side, y + rise), (x - side, y + rise)
    bows = (x + 2 * side, y + 3 * radius), (x - 2 * side, y + 3 * radius)
    return Path([ends[0], *bows, ends[1]], [Path.MOVETO, *[Path.CURVE4] * 3])


def _towards(corner: Corner, other: Corner) -> Corner:
    away = other - corner
    length = float(np.hypot(*away))
    return corner + away * min(_CORNER_IN, length / 2) / max(length, 1e-9)
