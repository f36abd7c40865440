"""Notebooks and pages as Markdown that the site generator understands and whose links it checks."""

import re
from pathlib import Path

from nbconvert import MarkdownExporter
from nbformat import NotebookNode

WIDGET = "application/vnd.jupyter.widget-view+json"
PROGRESS = 'class="tl-progress"'
TEMPLATE = """{% extends 'markdown/index.md.j2' %}
{% block data_png %}
{% set alt = output | get_metadata("alt", "image/png") or "figure" %}
{% set file = output.metadata.filenames["image/png"] %}
![{{ alt | replace("[", "(") | replace("]", ")") }}]({{ file | path2url }})
{% endblock data_png %}
"""
NOTEBOOK_LINK = re.compile(r"(\]\([^)\s:]+)\.ipynb(?=[)#])")


def linked(markdown: str) -> str:
    """Return Markdown whose links to notebooks lead to the notebooks' pages.

    Parameters
    ----------
    markdown
        Text with links such as ``(../notebooks/00_start_here.ipynb)``.

    Returns
    -------
    str
        The text with ``.md`` in place of ``.ipynb``, except in addresses of other hosts.

    Examples
    --------
    >>> linked("[first](notebooks/00_start_here.ipynb#recap)")
    '[first](notebooks/00_start_here.md#recap)'
    """
    return NOTEBOOK_LINK.sub(r"\1.md", markdown)


def notebook_page(notebook: NotebookNode, stem: str) -> dict[str, bytes]:
    """Convert a notebook with outputs to a page and its pictures.

    Parameters
    ----------
    notebook
        The notebook.
    stem
        Its file name without the ending.

    Returns
    -------
    dict[str, bytes]
        Path of each file, relative to the notebook's folder, to its content.
    """
    resources = {"unique_key": stem, "output_files_dir": f"{stem}_files"}
    presentable = _presentable(notebook)
    exporter = MarkdownExporter(raw_template=TEMPLATE)
    markdown, resources = exporter.from_notebook_node(presentable, resources)
    return {f"{stem}.md": linked(markdown).encode(), **resources["outputs"]}


def _presentable(notebook: NotebookNode) -> NotebookNode:
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [_wrapped(output) for output in cell.outputs if not _is_passing(output)]
    return notebook


def _is_passing(output: NotebookNode) -> bool:
    """Return whether an output is a widget, which needs a kernel, or a bar of what is done."""
    data = output.get("data", {})
    return WIDGET in data or PROGRESS in data.get("text/html", "")


def _wrapped(output: NotebookNode) -> NotebookNode:
    """Put HTML into a block of its own, in which the site's Markdown leaves it as it is."""
    if "text/html" in output.get("data", {}):
        html = output.data["text/html"]
        output.data["text/html"] = f'<div class="output">\n{html}\n</div>\n'
    return output


def write_pages(pages: dict[str, bytes], folder: Path) -> None:
    """Write pages below a folder, making the folders between.

    Parameters
    ----------
    pages
        Relative path to content.
    folder
        Where they go.
    """
    for name, content in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
