"""The reference of the public modules: pages that are filled in from docstrings."""

from collections.abc import Iterable


def reference_pages(modules: Iterable[str]) -> dict[str, bytes]:
    """Return a page for each public module, to be filled in from its docstrings.

    Parameters
    ----------
    modules
        Names below ``tracing_lab``.

    Returns
    -------
    dict[str, bytes]
        Path of the page to its content.
    """
    return {
        f"reference/{name}.md": f"# tl.{name}\n\n::: tracing_lab.{name}\n".encode()
        for name in modules
    }
