"""Progress on the command line: a bar in a terminal, and lines everywhere."""

import sys
from types import TracebackType
from typing import Self

from tqdm import tqdm

WORTH_SAYING_S = 2.0
_MINUTE_S = 60.0
_LONG_S = 90.0


class BarDisplay:
    """A bar on stderr, which only a terminal has, and lines on stdout."""

    def __init__(self, total: int, bar_format: str) -> None:
        # Without a terminal there is no bar (`disable=None`), only lines.
        self._bar = tqdm(
            total=total, bar_format=bar_format, disable=None, leave=False, file=sys.stderr
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.close()

    def write(self, line: str) -> None:
        """Print a line above the bar, at once."""
        tqdm.write(line, file=sys.stdout)
        sys.stdout.flush()


def duration_text(seconds: float) -> str:
    """Return a duration in words, for example ``about 40 s`` or ``about 16 min``.

    Examples
    --------
    >>> duration_text(0.2), duration_text(40.4), duration_text(960)
    ('about 1 s', 'about 40 s', 'about 16 min')
    """
    if seconds < _LONG_S:
        return f"about {max(1, round(seconds))} s"
    return f"about {round(seconds / _MINUTE_S)} min"
