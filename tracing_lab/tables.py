"""Tables that take little room in a notebook."""

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # so that folding does not load pandas
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
        return f"<details><summary>{_inert(escape(self.title))}</summary>{self._body()}</details>"

    def _body(self) -> str:
        write = getattr(self.content, "_repr_html_", None)
        html = None if write is None else write()
        return _inert(f"<pre>{escape(str(self.content))}</pre>" if html is None else str(html))


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


def in_milliseconds(table: "pd.DataFrame") -> "pd.DataFrame":
    """Return a table with its seconds as milliseconds, to one decimal, as plots show them.

    Parameters
    ----------
    table
        A table; the columns whose names end in ``_s`` are in seconds.

    Returns
    -------
    pandas.DataFrame
        The same table with ``_ms`` in place of those columns. For reading: digits are lost.

    Examples
    --------
    >>> import pandas as pd
    >>> in_milliseconds(pd.DataFrame({"count": [2], "p50_s": [0.01234]}))
       count  p50_ms
    0      2    12.3
    """
    seconds = [name for name in table.columns if str(name).endswith("_s")]
    scaled = table.assign(**{name: (table[name] * 1000).round(1) for name in seconds})
    return scaled.rename(columns={name: f"{name.removesuffix('_s')}_ms" for name in seconds})


def _inert(html: str) -> str:
    """Return HTML whose dollar signs MathJax does not take for formulas."""
    return html.replace("$", "&#36;")
