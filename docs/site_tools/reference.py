"""Pages that are written from the code: the reference of the public modules and the settings."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

# A name or several in the docstring's section of parameters, and the indented lines below it.
PARAMETER = re.compile(r"^(\w+(?:, \w+)*)\n((?:    .*\n?)+)", re.MULTILINE)
PARAMETERS = re.compile(r"^Parameters\n-+\n(.*?)(?=\n\n\w+\n-+\n|\Z)", re.MULTILINE | re.DOTALL)

SETTINGS_HEAD = """# Settings

Each field of `tl.Config`. An argument wins over the environment variable, which is the field's name
in capitals after `TRACING_LAB_`, as in `TRACING_LAB_AWS_REGION`. That wins over `tracing_lab.toml`
in the working directory or above it, and that over the default.

| field | default | meaning |
|---|---|---|
"""


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


def settings_page(docstring: str, defaults: Mapping[str, Any]) -> str:
    """Return the page of the settings.

    Parameters
    ----------
    docstring
        numpydoc text that describes every setting as a parameter.
    defaults
        Setting to its default.

    Returns
    -------
    str
        The page, with a row per setting.

    Raises
    ------
    ValueError
        If a setting is not described, or something described is not a setting.
    """
    meanings = described(docstring)
    if meanings.keys() != defaults.keys():
        msg = f"Settings and docstring differ in {sorted(meanings.keys() ^ defaults.keys())}."
        raise ValueError(msg)
    return SETTINGS_HEAD + "".join(_row(name, defaults[name], meanings[name]) for name in defaults)


def described(docstring: str) -> dict[str, str]:
    """Return the description of each parameter in a numpydoc docstring without indentation.

    Parameters
    ----------
    docstring
        As `inspect.getdoc` returns it.

    Returns
    -------
    dict[str, str]
        Parameter to its description on one line; parameters described together have the same.
    """
    section = PARAMETERS.search(docstring)
    return {
        name: " ".join(text.split()).replace("``", "`")
        for names, text in PARAMETER.findall(section.group(1) if section else "")
        for name in names.split(", ")
    }


def _row(name: str, default: object, meaning: str) -> str:
    shown = "none" if default is None or default in ({}, ()) else f"`{default}`"
    cells = (f"`{name}`", shown, meaning)
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |\n"
