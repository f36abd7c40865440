"""Still pictures and tables for pages without a kernel."""

import base64
from collections.abc import Sequence
from html import escape
from typing import Final

from tracing_lab.tables import html_table

STILL_DPI: Final = 100
_NOTE: Final = "What this cell has shown; run it again to click through it."
# JupyterLab's words in the output below, when a notebook is opened again: "model not found".
_STYLE: Final = (
    "<style>.jp-OutputArea-child:has(.tl-still) + "
    ".jp-OutputArea-child > .jupyter-widgets:not(:has(*)) { display: none }</style>"
)


def still(
    png: bytes | None,
    *,
    key: str,
    alt: str,
    caption: str,
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
) -> str:
    """Return a picture and a table as HTML.

    Parameters
    ----------
    png
        The picture; None for none.
    key
        The widget's, which hides what has its key.
    alt
        What the picture shows.
    caption, headers, rows
        Of the table; plain text.

    Returns
    -------
    html
        One element without scripts; all text is escaped.
    """
    picture = "" if png is None else f'<img alt="{escape(alt)}" src="{_data_url(png)}">'
    table = html_table(rows, headers=headers, caption=caption)
    scrolled = f'<div style="max-height: 24em; overflow: auto">{table}</div>'
    inside = f"{_STYLE}<p>{_NOTE}</p>{picture}{scrolled}"
    return f'<div class="tl-still" data-tl-key="{escape(key)}">{inside}</div>'


def _data_url(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()
