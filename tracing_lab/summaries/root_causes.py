"""Root causes, as GetTraceSummaries returns them, as lines of text."""

from collections.abc import Sequence
from typing import Any

Item = dict[str, Any]


def cause_text(cause: Item) -> str:
    """Return a root cause as one line: the path to it, and what happened there.

    Parameters
    ----------
    cause
        A member of ``FaultRootCauses``, ``ErrorRootCauses`` or ``ResponseTimeRootCauses``.

    Returns
    -------
    text
        Services on the path, the last entity, and its exception or its share of the time.

    Examples
    --------
    >>> entities = [{"Name": "order-fn"}, {"Name": "charge", "Coverage": 0.62}]
    >>> cause_text({"Services": [{"Name": "api"}, {"Name": "order-fn", "EntityPath": entities}]})
    'api > order-fn > charge (62%)'
    """
    services = cause.get("Services") or []
    entities = [entity for service in services for entity in service.get("EntityPath") or []]
    names = [service["Name"] for service in services] + [entity["Name"] for entity in entities[-1:]]
    path = [name for at, name in enumerate(names) if at == 0 or name != names[at - 1]]
    return " > ".join(path) + _outcome(entities)


def _outcome(entities: Sequence[Item]) -> str:
    if entities and entities[-1].get("Coverage") is not None:
        return f" ({entities[-1]['Coverage']:.0%})"
    for entity in reversed(entities):
        for exception in entity.get("Exceptions") or ():
            words = (exception.get("Name"), exception.get("Message"))
            return "".join(f": {word}" for word in words if word)
    return ""
