"""Random identifiers, made without asking the operating system each time.

An order takes about eighty of them. They name things and keep no secrets, so a generator of the
process's own does, seeded once by the operating system. It is not the one of ``random``'s
functions: the control plane seeds that one before each call, to repeat the call after a restart.
"""

import os
import random

_RANDOM = random.Random()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_RANDOM.seed)  # a fork must not repeat its parent's ids


def random_hex(digits: int) -> str:
    """Make lower-case hex digits.

    Examples
    --------
    >>> len(random_hex(16))
    16
    """
    return f"{_RANDOM.getrandbits(4 * digits):0{digits}x}"


def random_uuid() -> str:
    """Make a UUID of version 4.

    Examples
    --------
    >>> import uuid
    >>> made = uuid.UUID(random_uuid())
    >>> made.version, made.variant == uuid.RFC_4122
    (4, True)
    """
    # `uuid` takes twice as long
    hexes, variant = random_hex(30), "89ab"[_RANDOM.getrandbits(2)]
    return f"{hexes[:8]}-{hexes[8:12]}-4{hexes[12:15]}-{variant}{hexes[15:18]}-{hexes[18:]}"
