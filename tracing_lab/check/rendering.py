"""Text with ``code`` in backticks as HTML that JupyterLab shows as it is."""

import html
import re
from collections.abc import Sequence

from tracing_lab.tables import html_table, without_math

COLOURS = {
    "right": ("✅", "#1a7f37"),
    "wrong": ("❌", "#cf222e"),
    "blank": ("✏️", "#6e7781"),
    "unchecked": ("⚠️", "#9a6700"),
    "hint": ("💡", "#9a6700"),
    "solution": ("🔑", "#6e7781"),
    "prediction": ("🔮", "#0969da"),
}
_NO_MATH = 'class="tex2jax_ignore mathjax_ignore"'
_CODE = re.compile(r"`([^`]+)`")


def html_from_text(text: str) -> str:
    """Return text as HTML, with code between backticks.

    Examples
    --------
    >>> html_from_text("`a < b` costs $5")
    '<code>a &lt; b</code> costs <span>$</span>5'
    """
    with_code = _CODE.sub(r"<code>\1</code>", html.escape(text))
    return without_math(with_code).replace("\n", "<br>")


def block(state: str, title: str, text: str, code: str = "") -> str:
    """Return a coloured block: a mark, a title, a paragraph, and perhaps code."""
    mark, colour = COLOURS[state]
    style = f"border-left:4px solid {colour};padding:0.3em 0.8em"
    listing = f"<pre>{without_math(html.escape(code))}</pre>" if code else ""
    words = f"{mark} <b>{html_from_text(title)}</b> {html_from_text(text)}"
    return f'<div {_NO_MATH} style="{style}">{words}{listing}</div>'


def table(rows: Sequence[Sequence[str]], *, headers: Sequence[str], caption: str = "") -> str:
    """Return rows as an HTML table."""
    markup = html_table(rows, headers=headers, caption=caption)
    return f"<div {_NO_MATH}>{markup}</div>"
