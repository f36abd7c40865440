"""A bar in a terminal."""

from tqdm import tqdm


class TerminalBar:
    """A bar on stderr.

    Parameters
    ----------
    description
        The label before the bar.
    """

    def __init__(self, description: str) -> None:
        self._bar = tqdm(desc=description)

    def show(self, done: int, total: int, text: str = "") -> None:
        """Draw the progress, with a text beside it."""
        self._bar.total = total
        self._bar.set_postfix_str(text, refresh=False)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """Keep the bar, and move to the next line."""
        self._bar.close()
