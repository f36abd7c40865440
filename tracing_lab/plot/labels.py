"""Text for figures: short names, wrapped lines, readable durations. Nothing here draws."""

import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

_ELLIPSIS: Final = "…"
_LONGEST: Final = 200
"""Characters of a text that are looked at; a name in X-Ray has no more."""

_MOST_LINES: Final = 3
_BREAKS: Final = re.compile(r"(?<=[-/._:@ ])(?=[^-/._:@ ])|(?<=[a-z])(?=[A-Z])")
_PATH_OR_TYPE: Final = re.compile(r"/| \[")
_FEWEST_PARTS: Final = 3  # a name like "order-fn" is short already
_POINTS_PER_INCH: Final = 72


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Return names without what most share, as in ``{project}-{environment}-{kind}-{suffix}``.

    Parameters
    ----------
    names
        Names of services.

    Returns
    -------
    short
        A shorter name for each; the name itself where nothing is to be gained.

    Examples
    --------
    >>> names = ["shop-dev-order-1a2b", "shop-dev-payment-1a2b", "shop-dev-api-1a2b/prod", "Events"]
    >>> list(short_names(names).values())
    ['order', 'payment', 'api/prod', 'Events']
    >>> nodes = ["shop-dev-order-1a2b [AWS::Lambda]", "shop-dev-api-1a2b/prod [client]"]
    >>> list(short_names(nodes).values())
    ['order [AWS::Lambda]', 'api/prod [client]']
    """
    known = list(dict.fromkeys(names))
    split = {name: _parts(name) for name in known}
    long = [parts for parts, _ in split.values() if len(parts) >= _FEWEST_PARTS]
    if len(long) < 2:  # noqa: PLR2004 - a single name has nothing in common with others
        return {name: name for name in known}
    head = _common(long)
    tail = _common([parts[head:][::-1] for parts in long])
    shortest = min(len(parts) for parts in long)
    tail = max(min(tail, shortest - head - 1), 0)
    while head and any(not _telling(parts[head : len(parts) - tail]) for parts in long):
        head -= 1
    return {name: _without(name, *split[name], head, tail) for name in known}


def _parts(name: str) -> tuple[list[str], str]:
    """Split a name into its dashed parts and what follows: a path, or a node's type in brackets."""
    stem = _PATH_OR_TYPE.split(name, maxsplit=1)[0]
    return stem.split("-"), name[len(stem) :]


def _common(names: Sequence[Sequence[str]]) -> int:
    """Count the leading parts that all names share."""
    count = 0
    for parts in zip(*names, strict=False):
        if len(set(parts)) > 1:
            break
        count += 1
    return count


def _telling(parts: Sequence[str]) -> bool:
    """Return whether a shortened name still identifies something: a number alone does not."""
    return any(character.isalpha() for part in parts for character in part)


def _without(name: str, parts: list[str], path: str, head: int, tail: int) -> str:
    if len(parts) < _FEWEST_PARTS:
        return name
    return "-".join(parts[head : len(parts) - tail]) + path


def wrapped(text: str, fits: Callable[[str], bool]) -> str:
    r"""Break a name into at most three lines after dashes, dots and the like.

    Returns
    -------
    text
        Lines; what fits on none of them is cut with an ellipsis.

    Examples
    --------
    >>> wrapped("adoptions@database.example.com", lambda line: len(line) <= 12)
    'adoptions@\ndatabase.\nexample.com'
    >>> wrapped("unbreakablename", lambda line: len(line) <= 8)
    'unb…name'
    """
    lines = [""]
    for part in _BREAKS.split(capped(text)):
        if fits((lines[-1] + part).strip()) or not lines[-1]:
            lines[-1] += part
        else:
            lines.append(part)
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], "".join(lines[_MOST_LINES - 1 :])]
    return "\n".join(shortened(line.strip(), fits) for line in lines)


def shortened(text: str, fits: Callable[[str], bool]) -> str:
    """Return a text without its middle, so that it fits.

    Parameters
    ----------
    text
        One line.
    fits
        Returns whether a line is short enough.

    Returns
    -------
    text
        The line, with an ellipsis where it was cut.

    Examples
    --------
    >>> shortened("SimpleSystemsManagement", lambda line: len(line) <= 12)
    'Simpl…gement'
    """
    text = capped(text)
    if fits(text):
        return text
    too_many = bisect_left(range(len(text)), x=True, key=lambda kept: not fits(_cut(text, kept)))
    return _cut(text, max(too_many - 1, 1))


def capped(text: str) -> str:
    """Return a text without its middle if it is longer than any name in X-Ray.

    Measuring text takes time, and nobody reads so much of it in a figure.

    Returns
    -------
    text
        At most 200 characters, with an ellipsis where it was cut.

    Examples
    --------
    >>> capped("order"), len(capped("x" * 1000))
    ('order', 200)
    """
    return text if len(text) <= _LONGEST else _cut(text, _LONGEST - 1)


def _cut(text: str, kept: int) -> str:
    """Return a number of characters of a text, half of them its end, around an ellipsis."""
    head = kept // 2
    return text[:head] + _ELLIPSIS + text[len(text) - (kept - head) :]


def duration(seconds: float) -> str:
    """Return a duration as text with two or three digits.

    Parameters
    ----------
    seconds
        The duration; NaN gives nothing.

    Returns
    -------
    text
        For example ``0.42 ms``, ``34 ms`` or ``1.20 s``; ``<1 ms`` for what is too short for the
        milliseconds in which some AWS services write their times.

    Examples
    --------
    >>> [duration(s) for s in (0.00042, 0.0068, 0.0342, 1.2, 75)]
    ['0.42 ms', '6.8 ms', '34 ms', '1.20 s', '75 s']
    >>> duration(0.0), duration(float("nan"))
    ('<1 ms', '')
    """
    if math.isnan(seconds):
        return ""
    if seconds < 5e-6:  # noqa: PLR2004 - would read 0.00 ms
        return "<1 ms"
    if seconds >= 0.9995:  # noqa: PLR2004 - rounds to a second
        return f"{seconds:.2f} s" if seconds < 9.995 else f"{seconds:.0f} s"  # noqa: PLR2004
    value = seconds * 1e3
    digits = 0 if value >= 9.95 else 1 if value >= 0.995 else 2  # noqa: PLR2004 - two digits each
    return f"{value:.{digits}f} ms"


def percent(share: float) -> str:
    """Return a share as a percentage.

    Parameters
    ----------
    share
        Between 0 and 1.

    Returns
    -------
    text
        With one decimal below ten per cent.

    Examples
    --------
    >>> [percent(share) for share in (0, 0.0001, 0.005, 0.0625, 0.162, 1)]
    ['0%', '<0.1%', '0.5%', '6.2%', '16%', '100%']
    """
    if share == 0:
        return "0%"
    if share < 0.001:  # noqa: PLR2004 - would be written as zero
        return "<0.1%"
    return f"{share:.1%}" if share < 0.0995 else f"{share:.0%}"  # noqa: PLR2004 - rounds to 10%


@lru_cache(maxsize=4096)
def text_width(text: str, size_pt: float, weight: str = "normal") -> float:
    """Return the width of a line of text in inches, without drawing it."""
    font = FontProperties(family="DejaVu Sans", weight=weight, size=size_pt)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width) / _POINTS_PER_INCH


def hidden_parts(short: Mapping[str, str]) -> str:
    """Return what `short_names` left out.

    Parameters
    ----------
    short
        Short names by name.

    Returns
    -------
    parts
        The common beginning and end around an ellipsis; empty when nothing was left out.

    Examples
    --------
    >>> hidden_parts(short_names(["shop-dev-order-1a2b", "shop-dev-payment-1a2b", "Events"]))
    'shop-dev-…-1a2b'
    """
    for name, kept in short.items():
        stem, brief = name.partition("/")[0], kept.partition("/")[0]
        if stem != brief:
            return capped(stem.replace(brief, _ELLIPSIS, 1))
    return ""
