"""Lambda's two segments: the names in them, and timing that does not follow from ids.

``AWS::Lambda`` is the service, which accepts a request and answers it; ``AWS::Lambda::Function`` is
the environment that runs it. AWS Lambda Developer Guide, "Visualize Lambda function invocations
using AWS X-Ray", and its older page on asynchronous invocations; nesting from published documents.
"""

from typing import Final

SERVICE: Final = "AWS::Lambda"
FUNCTION: Final = "AWS::Lambda::Function"

DWELL_TIME: Final = "Dwell Time"
INITIALIZATION: Final = "Initialization"
INIT: Final = "Init"
RESTORE: Final = "Restore"
INVOCATION: Final = "Invocation"
OVERHEAD: Final = "Overhead"

INIT_NAMES: Final = (INITIALIZATION, INIT)
"""Subsegments of a cold start; newer layouts use the shorter name."""

BEFORE_FUNCTION: Final = (*INIT_NAMES, RESTORE)
"""Subsegments of a function segment that lie before its start, inside what the segment lies in."""

ATTEMPT_PREFIX: Final = "Attempt #"


def attempt_name(number: int) -> str:
    """Return the name of the subsegment for one try of an asynchronous event, counted from 1.

    Examples
    --------
    >>> attempt_name(2)
    'Attempt #2'
    """
    return f"{ATTEMPT_PREFIX}{number}"
