"""A bar in a notebook, as HTML that is saved with it.

A widget would be gone when the notebook is opened again: its state is the kernel's.
"""

import sys
import time
from collections.abc import Callable
from html import escape
from typing import Any, Final

EVERY_S: Final = 0.1
_HTML: Final = (
    '<div class="tl-progress" style="display: flex; align-items: center; gap: 0.6em">'
    "<span>{description}</span>"
    '<progress style="width: 16em" value="{done}" max="{total}"></progress>'
    "<span>{numbers}</span></div>"
)


def is_notebook() -> bool:
    """Return whether this process is the kernel of a notebook."""
    module: Any = sys.modules.get("IPython")
    return module is not None and hasattr(module.get_ipython(), "kernel")


class NotebookBar:
    """A bar in the output of the cell that runs.

    Parameters
    ----------
    description
        The label before the bar.
    begun_s
        Start time, by `now`.
    publish
        Shows data by MIME type; the second argument says whether it replaces what was shown
        before. The notebook's by default.
    now
        The time in seconds.
    """

    def __init__(
        self,
        description: str,
        *,
        begun_s: float,
        publish: Callable[[dict[str, str], bool], None] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._description = description
        self._publish = publish or _publisher()
        self._now = now
        self._begun_s = begun_s
        self._progress = 0, 0
        self._text = ""
        self._drawn: tuple[int, int] | None = None
        self._drawn_at = 0.0

    def show(self, done: int, total: int, text: str = "") -> None:
        """Draw the progress, with a text beside it, at most ten times a second."""
        self._progress = done, total
        self._text = text
        if self._drawn is None or self._now() - self._drawn_at >= EVERY_S:
            self._draw()

    def close(self) -> None:
        """Draw the final progress."""
        if self._drawn != self._progress:
            self._draw()

    def _draw(self) -> None:
        done, total = self._progress
        numbers = f"{done:,} of {total:,}, {self._times(done, total)}"
        numbers += f"; {self._text}" if self._text else ""
        plain = f"{self._description}: {numbers}"
        html = _HTML.format(
            description=escape(self._description),
            done=done,
            total=max(total, 1),
            numbers=escape(numbers),
        )
        self._publish({"text/plain": plain, "text/html": html}, self._drawn is not None)
        self._drawn, self._drawn_at = self._progress, self._now()

    def _times(self, done: int, total: int) -> str:
        passed_s = self._now() - self._begun_s
        if not 0 < done < total:
            return f"{passed_s:.1f} s"
        return f"{passed_s:.1f} s, about {passed_s * (total - done) / done:.0f} s left"


def _publisher() -> Callable[[dict[str, str], bool], None]:
    """Return a function that shows data in the running cell, and then replaces it."""
    from IPython.display import DisplayHandle  # noqa: PLC0415 - only a kernel has it for sure

    handle: Any = DisplayHandle()  # type: ignore[no-untyped-call]

    def publish(data: dict[str, str], replaces: bool) -> None:  # noqa: FBT001 - a callback
        (handle.update if replaces else handle.display)(data, raw=True)

    return publish
