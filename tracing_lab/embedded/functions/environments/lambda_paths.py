"""Paths of Lambda's file system that are elsewhere here. Pure.

A process has no root of its own here, so ``/opt`` (the layers) and ``/var/task`` (the code) are
other folders for each function.
Source: https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
"""

import re
from pathlib import Path

_PATH = re.compile(r"(?<![\w.~/)}\]*-])(/opt|/var/task)(?=/)")


def with_real_paths(text: str, *, layers: Path | None, task_root: Path) -> str:
    r"""Return a text in which Lambda's folders are replaced by the function's own.

    Parameters
    ----------
    text
        A script, or the value of a variable.
    layers
        The unpacked layers; None without layers, whose paths are then left alone.
    task_root
        The unpacked code.

    Examples
    --------
    >>> folders = {"layers": Path("/f/opt"), "task_root": Path("/f/task")}
    >>> with_real_paths("--require /opt/wrap.js:/var/task/lib", **folders)
    '--require /f/opt/wrap.js:/f/task/lib'
    >>> with_real_paths("https://shop.example/opt/in and $HOME/opt/x", **folders)
    'https://shop.example/opt/in and $HOME/opt/x'
    """
    folders = {"/opt": layers, "/var/task": task_root}
    return _PATH.sub(lambda match: str(folders[match[1]] or match[1]), text)
