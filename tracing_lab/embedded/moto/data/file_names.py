"""Names of files for the names of resources."""

import hashlib
import re

_NAME_CHARACTERS = 40


def file_name(name: str) -> str:
    """Return a file name for a resource's name or ARN, on every file system.

    Examples
    --------
    >>> file_name("Orders"), file_name("orders")
    ('orders-b7e8acdd522e6190', 'orders-1c168adb00d208e4')
    """
    plain = re.sub("[^a-z0-9]+", "-", name.rpartition("/")[2].lower())[:_NAME_CHARACTERS]
    return f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
