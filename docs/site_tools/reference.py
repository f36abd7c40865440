"""The reference of the public modules: pages that are filled in from docstrings."""

from collections.abc import Mapping


def reference_pages(modules: Mapping[str, str]) -> dict[str, bytes]:
    """Return a page for each public module, to be filled in from its docstrings.

    Parameters
    ----------
    modules
        What users call a module below ``tl``, and where it is below ``tracing_lab``.

    Returns
    -------
    dict[str, bytes]
        Path of the page to its content.
    """
    return {
        f"reference/{name}.md": f"# tl.{name}\n\n::: tracing_lab.{module}\n".encode()
        for name, module in modules.items()
    }
