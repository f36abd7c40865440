"""Tables that take little room in a notebook and are easy to read there."""

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from ._render import without_math

if TYPE_CHECKING:  # pandas takes long to import
    import pandas as pd

__all__ = ["Folded", "folded", "in_milliseconds"]


@dataclass(frozen=True, repr=False)
class Folded:
    """Something that a notebook shows as one line, and in full after a click.

    Parameters
    ----------
    content
        What is folded: a data frame, a plan, outputs, or anything else.
    title
        The line that is always shown.
    """

    content: Any
    title: str

    def __repr__(self) -> str:
        return f"{self.title}\n{self.content}"

    def _repr_html_(self) -> str:
        title = escape(self.title)
        return without_math(f"<details><summary>{title}</summary>{self._body()}</details>")

    def _body(self) -> str:
        write = getattr(self.content, "_repr_html_", None)
        html = None if write is None else write()
        return f"<pre>{escape(str(self.content))}</pre>" if html is None else str(html)


def folded(content: Any, title: str) -> Folded:
    """Return an object that a notebook shows folded: its title, and the content after a click.

    Parameters
    ----------
    content
        A data frame, a plan, outputs, or anything else that can be shown.
    title
        What the content is, in a few words.

    Returns
    -------
    Folded
        The last line of a cell; a terminal prints title and content.

    Examples
    --------
    >>> print(folded("26 rows", "Everything that was deleted"))
    Everything that was deleted
    26 rows
    """
    return Folded(content, title)


def in_milliseconds(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return a frame with its seconds as milliseconds, as plots show them, to one decimal.

    Parameters
    ----------
    frame
        A frame; columns whose name ends in ``_s`` are durations in seconds.

    Returns
    -------
    pd.DataFrame
        The same frame, where those columns end in ``_ms``; for display, since they are rounded.

    Examples
    --------
    >>> import pandas as pd
    >>> in_milliseconds(pd.DataFrame({"count": [3], "p50_s": [0.0123456]})).to_dict("list")
    {'count': [3], 'p50_ms': [12.3]}
    """
    seconds = [name for name in frame.columns if str(name).endswith("_s")]
    rounded = {name: (frame[name].astype(float) * 1000).round(1) for name in seconds}
    return frame.assign(**rounded).rename(
        columns={name: f"{name.removesuffix('_s')}_ms" for name in seconds}
    )
