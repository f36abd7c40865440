"""Ctrl-C during apply or destroy: completed steps stay, and the next call continues."""

from collections.abc import Iterator
from contextlib import contextmanager

from tracing_lab.errors import DeployInterruptedError


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise `DeployInterruptedError` if Ctrl-C is pressed in the block.

    Yields
    ------
    nothing
        The block may be left at any call to AWS.
    """
    try:
        yield
    except DeployInterruptedError:
        raise
    except KeyboardInterrupt as error:
        msg = "Interrupted. What was done stays; run the same again to continue."
        raise DeployInterruptedError(msg) from error
