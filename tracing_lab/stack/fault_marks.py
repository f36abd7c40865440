"""The mark of injected faults: a tag of the function, by which they differ from changes by hand.

Faults change deployed resources. So that any later process can undo them, and tell them from what
somebody else has changed, the function of the service carries a tag that says what was changed. For
example, ``reserved_concurrency=1 rule=disabled`` says that Lambda limits the function to one
environment, and that the rule that feeds it is disabled. A change counts as injected only if the
resource still has what the fault set.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from .model import Change, Step

FAULT_TAG: Final = "tracing-lab:fault"
DENIAL: Final = "tracing-lab-fault"
"""Name of the inline policy by which a fault denies a role an action."""

DISABLED: Final = "disabled"

_FUNCTION: Final = "-function"
_TAG_PATH: Final = f"Tags.{FAULT_TAG}"

Mark = Mapping[str, str]


def mark_text(mark: Mark) -> str:
    """Return a mark as the value of a tag.

    Parameters
    ----------
    mark
        What was changed, and to what.

    Examples
    --------
    >>> mark_text({"rule": "disabled", "denied": "events:PutEvents"})
    'denied=events:PutEvents rule=disabled'
    """
    return " ".join(f"{name}={value}" for name, value in sorted(mark.items()))


def mark_of(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the mark among the tags of a function; empty if there is none.

    Examples
    --------
    >>> mark_of({"tracing-lab:fault": "denied=events:PutEvents rule=disabled"})
    {'denied': 'events:PutEvents', 'rule': 'disabled'}
    >>> mark_of({"Owner": "me"})
    {}
    """
    parts = (part.partition("=") for part in tags.get(FAULT_TAG, "").split())
    return {name: value for name, _, value in parts}


def digest(text: str) -> str:
    """Return a short digest of a value that is too long for a tag.

    Examples
    --------
    >>> digest("x")
    '2d711642'
    """
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def denial(action: str) -> dict[str, Any]:
    """Return the policy that denies an action.

    Parameters
    ----------
    action
        For example ``events:PutEvents``.
    """
    statement = {"Effect": "Deny", "Action": action, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def injected(steps: Iterable[Step]) -> frozenset[tuple[str, str]]:
    """Return which differences are injected faults.

    Parameters
    ----------
    steps
        The steps that would correct them.

    Returns
    -------
    frozenset[tuple[str, str]]
        Logical name of the resource, and path of the attribute.
    """
    differences = {step.resource.logical: step.changes for step in steps}
    return frozenset(
        (logical, change.path)
        for service, mark in _marks(differences).items()
        for logical, changes in differences.items()
        for change in changes
        if _explains(service, mark, logical, change)
    )


def _marks(differences: Mapping[str, Iterable[Change]]) -> dict[str, dict[str, str]]:
    """Return the marks by service: a mark is a tag too many, so a difference itself."""
    return {
        logical.removesuffix(_FUNCTION): mark_of({FAULT_TAG: str(change.old)})
        for logical, changes in differences.items()
        for change in changes
        if logical.endswith(_FUNCTION) and change.path == _TAG_PATH and change.old is not None
    }


def _explains(service: str, mark: Mark, logical: str, change: Change) -> bool:
    if (logical, change.path) == (f"{service}{_FUNCTION}", _TAG_PATH):
        return True
    return any(
        (logical, change.path) == (f"{service}-{kind}", path) and is_set(change.old, mark[name])
        for name, (kind, path, is_set) in _PLACES.items()
        if name in mark
    )


def _is_same(value: object, marked: str) -> bool:
    return str(value).lower() == marked


def _has_digest(value: object, marked: str) -> bool:
    return digest(str(value)) == marked.rpartition("/")[2]


def _is_denial(value: object, marked: str) -> bool:
    return value == denial(marked)


_PLACES: Mapping[str, tuple[str, str, Callable[[object, str], bool]]] = {
    "variables": ("function", "Environment.Variables.FAULTS", _has_digest),
    "reserved_concurrency": ("function", "ReservedConcurrentExecutions", _is_same),
    "release": ("function", "CodeSha256", _has_digest),
    "denied": ("role", f"Policies.{DENIAL}", _is_denial),
    "rule": ("rule", "State", _is_same),
}
"""What a part of a mark is about: a resource of the service, its attribute, and what it is then."""
