"""Tables for terminals and notebooks, without a dependency.

JupyterLab typesets what stands between dollar signs in any HTML output, also where they are written
as entities. No formula can cross the boundary of an element, so each dollar sign and backslash gets
an element of its own.
"""

import re
from collections.abc import Sequence
from html import escape

Row = Sequence[str]

_TAG_OR_MATH = re.compile(r"(<[^>]*>)|[$\\]|&#36;")


def text_table(rows: Sequence[Row], *, headers: Row) -> str:
    """Lay rows out in left-aligned columns under a header.

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
    """Write rows as an HTML table; every cell is escaped.

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
