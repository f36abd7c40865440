"""Talking to the person at the terminal."""

import sys


def say(text: str) -> None:
    """Print one paragraph."""
    print(text, flush=True)


def warn(text: str) -> None:
    """Print one paragraph where it does not get into what a pipe takes on."""
    sys.stderr.write(f"Warning: {text}\n")


def confirmed(question: str, *, auto_approve: bool) -> bool:
    """Ask for a yes, as Terraform does; nothing else counts.

    Without a terminal to ask at, the answer is no.
    """
    if auto_approve:
        return True
    if not sys.stdin.isatty():
        say(f"{question}\nThere is no terminal to ask at: add --auto-approve.")
        return False
    return input(f"{question}\nOnly 'yes' will be accepted: ").strip() == "yes"
