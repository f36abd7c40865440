"""Print to the terminal, and ask for confirmation."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from tracing_lab.errors import TraceDataWarning


def say(text: str) -> None:
    """Print one paragraph."""
    print(text, flush=True)


def warn(text: str) -> None:
    """Print one paragraph to stderr."""
    sys.stderr.write(f"Warning: {text}\n")


@contextmanager
def data_warnings() -> Iterator[None]:
    """Warn, each once and in our own form, about what is left out of traces in the block."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", TraceDataWarning)
        try:
            yield
        finally:
            for text in dict.fromkeys(str(warning.message) for warning in caught):
                warn(text)


def confirmed(question: str, *, auto_approve: bool) -> bool:
    """Return whether the user types "yes", as in Terraform.

    Without a terminal, the answer is no.
    """
    if auto_approve:
        return True
    if not sys.stdin.isatty():
        say(f"{question}\nThere is no terminal to ask at: add --auto-approve.")
        return False
    return input(f"{question}\nOnly 'yes' will be accepted: ").strip() == "yes"
