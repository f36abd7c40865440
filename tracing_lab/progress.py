"""A progress bar for whoever wants one; the library itself prints nothing."""

from collections.abc import Callable
from typing import Any

from tqdm.auto import tqdm


def progress_bar(description: str) -> Callable[[int, int], None]:
    """Make a callback that draws a bar, in a terminal or a notebook.

    Parameters
    ----------
    description
        What goes on, shown before the bar.

    Returns
    -------
    Callable[[int, int], None]
        Takes the number of things done and of all things; closes the bar when they are equal.
    """
    bar: list[Any] = []

    def show(done: int, total: int) -> None:
        if not bar:
            bar.append(tqdm(desc=description, total=total))
        bar[0].total = total
        bar[0].update(done - bar[0].n)
        if done >= total:
            bar[0].close()

    return show
