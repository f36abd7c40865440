"""Random UUIDs, AWS's ids of requests and events."""

from tracing_lab.xray_model.trace_ids import random_hex


def random_uuid() -> str:
    """Return a UUID of version 4.

    Examples
    --------
    >>> import uuid
    >>> made = uuid.UUID(random_uuid())
    >>> made.version, made.variant == uuid.RFC_4122
    (4, True)
    """
    # half the time of `uuid`
    digits = random_hex(31)
    variant = "89ab"[int(digits[30], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[12:15]}-{variant}{digits[15:18]}-{digits[18:30]}"
