"""A bar in a terminal."""

from tqdm import tqdm


class TerminalBar:
    """A bar on stderr.

    Parameters
    ----------
    description
        What goes on, shown before the bar.
    """

    def __init__(self, description: str) -> None:
        self._bar = tqdm(desc=description)

    def show(self, done: int, total: int) -> None:
        """Draw how far it is."""
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """Leave the bar as it is, and go on in the next line."""
        self._bar.close()
