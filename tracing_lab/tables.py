"""Tables for terminals and notebooks.

JupyterLab typesets what stands between dollar signs in any HTML output, also where they are written
as entities. No formula can cross the boundary of an element, so each dollar sign and backslash gets
an element of its own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # pandas takes long to import
    import pandas as pd

__all__ = ["Folded", "folded", "in_milliseconds"]

Row = Sequence[str]

_TAG_OR_MATH = re.compile(r"(<[^>]*>)|[$\\]|&#36;")


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


def text_table(rows: Sequence[Row], *, headers: Row) -> str:
    """Return rows as text, in left-aligned columns under a header.

    Parameters
    ----------
    rows
        Cells as text; every row as long as `headers`.
    headers
        One title per column.

    Returns
    -------
    str
        Lines without trailing blanks.

    Examples
    --------
    >>> print(text_table([("bus", "created")], headers=("what", "state")))
    what  state
    ----  -------
    bus   created
    """
    table = [headers, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(headers))]
    rule = ["-" * width for width in widths]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (headers, rule, *rows)
    ]
    return "\n".join(lines)


def html_table(rows: Sequence[Row], *, headers: Row, caption: str = "") -> str:
    """Return rows as an HTML table; every cell is escaped.

    Parameters
    ----------
    rows
        Cells as text; every row as long as `headers`.
    headers
        One title per column.
    caption
        Text above the table; none when empty.

    Returns
    -------
    str
        One ``<table>`` element, in which nothing is typeset as a formula.

    Examples
    --------
    >>> html_table([("<a>",)], headers=("x",))
    '<table><thead><tr><th>x</th></tr></thead><tbody><tr><td>&lt;a&gt;</td></tr></tbody></table>'
    """
    head = "".join(f"<th>{escape(title)}</th>" for title in headers)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    markup = f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return without_math(markup)


def without_math(markup: str) -> str:
    """Return HTML in which nothing is typeset as a formula.

    Parameters
    ----------
    markup
        HTML; tags stay as they are.

    Returns
    -------
    str
        The same text, with an element around each dollar sign and backslash.

    Examples
    --------
    >>> without_math("<td title='$'>$5</td>")
    "<td title='$'><span>$</span>5</td>"
    """
    return _TAG_OR_MATH.sub(lambda m: m[1] or f"<span>{m[0]}</span>", markup)
