"""Ids of traces, segments and subsegments.

An order takes about eighty random ids. They name things and keep no secrets, so a generator of the
process's own makes them, seeded once by the operating system. It is not the one of ``random``'s
functions: the embedded AWS's control plane seeds that one before each call.
"""

import os
import random
import re
import time
from typing import Final

TRACE_ID: Final = re.compile(r"1-[0-9a-fA-F]{8}-[0-9a-fA-F]{24}")
ENTITY_ID: Final = re.compile(r"[0-9a-fA-F]{16}")

_RANDOM = random.Random()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_RANDOM.seed)  # a fork must not repeat its parent's ids


def random_hex(digits: int) -> str:
    """Return random hex digits in lower case.

    Examples
    --------
    >>> len(random_hex(16))
    16
    """
    return f"{_RANDOM.getrandbits(4 * digits):0{digits}x}"


def new_trace_id(now_s: float | None = None) -> str:
    """Return a new trace id: version, start in epoch seconds, 96 random bits.

    Parameters
    ----------
    now_s
        The start of the trace in epoch seconds; now, when it is None.

    Examples
    --------
    >>> new_trace_id(1795435200.5)[:11]
    '1-6b042ac0-'
    """
    seconds = int(time.time() if now_s is None else now_s)
    return f"1-{seconds:08x}-{random_hex(24)}"


def new_entity_id() -> str:
    """Return a new id of a segment or subsegment: 16 hex digits."""
    return random_hex(16)


def is_trace_id(value: object) -> bool:
    """Return whether a value is a trace id.

    Examples
    --------
    >>> is_trace_id("1-6b042ac0-5d09aa705e56bbd015254801"), is_trace_id("1-2-3")
    (True, False)
    """
    return isinstance(value, str) and TRACE_ID.fullmatch(value) is not None


def is_entity_id(value: object) -> bool:
    """Return whether a value is the id of a segment or subsegment.

    Examples
    --------
    >>> is_entity_id("53995c3f42cd8ad8"), is_entity_id("53995c3f")
    (True, False)
    """
    return isinstance(value, str) and ENTITY_ID.fullmatch(value) is not None
