"""Read what learners write as causes, kinds and paths. Pure."""

from collections.abc import Iterable
from typing import Final

from tracing_lab.config import SERVICES
from tracing_lab.config.fault_limits import unknown
from tracing_lab.errors import GameDayError
from tracing_lab.faults import SCENARIOS
from tracing_lab.rca.model import edge_ends
from tracing_lab.stack import parts as of_stack

NOTHING: Final = "nothing"
"""The cause where the shop is well."""

NONE: Final = "none"
"""The kind of it."""

API: Final = of_stack.API
BUS: Final = of_stack.BUS

Path = tuple[str, ...]

_PARTS: Final = (API, BUS, *SERVICES)
_BUS_NAMES: Final = frozenset({of_stack.EVENTS.lower(), "eventbridge", BUS})
_NOTHING_NAMES: Final = frozenset({"", NOTHING, NONE})


def read_cause(text: str) -> str:
    """Return the service that a cause names, or `NOTHING`.

    Parameters
    ----------
    text
        A service, a node or an edge of the service graph, or ``nothing``.

    Raises
    ------
    GameDayError
        If it is none of these.

    Examples
    --------
    >>> read_cause("Payment"), read_cause("order-lab-dev-payment-0de6b2b1 [AWS::Lambda]")
    ('payment', 'payment')
    >>> read_cause("shop-dev-order-0de6b2b1 [AWS::Lambda::Function] -> Events [AWS::Events]")
    'order'
    """
    source, target = edge_ends(str(text).strip())
    ends = [part for part in (_part(target), _part(source)) if part in SERVICES]
    if str(text).strip().lower() in _NOTHING_NAMES:
        return NOTHING
    if not ends:
        raise _unknown(text, (*SERVICES, NOTHING), what="service")
    return ends[0]


def read_service(text: str) -> str:
    """Return the service that is named, which has to be one.

    Parameters
    ----------
    text
        A service, a node or an edge of the service graph.

    Raises
    ------
    GameDayError
        If it is none of these.
    """
    service = read_cause(text)
    if service == NOTHING:
        raise _unknown(text, SERVICES, what="service")
    return service


def read_kind(text: str) -> str:
    """Return the name of a scenario of `tracing_lab.faults`.

    Parameters
    ----------
    text
        The name, with blanks or underscores if you like.

    Raises
    ------
    GameDayError
        If there is no such scenario.

    Examples
    --------
    >>> read_kind("Lost events"), read_kind("nothing")
    ('lost-events', 'none')
    """
    name = "-".join(str(text).strip().lower().replace("_", " ").replace("-", " ").split())
    if name in _NOTHING_NAMES:
        return NONE
    if name not in SCENARIOS:
        raise _unknown(text, SCENARIOS, what="kind")
    return name


def read_path(nodes: str | Iterable[str]) -> Path:
    """Return the parts of the shop on a path, with the bus between two services.

    Parameters
    ----------
    nodes
        Parts (``payment``, ``bus``, ``api``) or nodes of the service graph, from the cause on; or
        a text of them with commas or arrows.

    Raises
    ------
    GameDayError
        If something of it is no part of the shop.

    Examples
    --------
    >>> read_path("payment -> notification")
    ('payment', 'bus', 'notification')
    >>> read_path(["shop-dev-order-0de6b2b1 [AWS::Lambda]", "api"])
    ('order', 'api')
    """
    texts = nodes.replace("->", ",").split(",") if isinstance(nodes, str) else [*map(str, nodes)]
    parts: list[str] = []
    for text in filter(None, map(str.strip, texts)):
        part = _part(text)
        if not part:
            raise _unknown(text, _PARTS, what="part of the shop")
        if part in SERVICES and parts and parts[-1] in SERVICES and parts[-1] != part:
            parts.append(BUS)
        if parts[-1:] != [part]:
            parts.append(part)
    return tuple(parts)


def _part(text: str) -> str:
    """Return the part of the shop that a node belongs to; empty if to none."""
    name = text.partition(" [")[0].strip().lower()
    if name in _BUS_NAMES:
        return BUS
    plain = name.removesuffix("-service")
    return plain if plain in _PARTS else of_stack.part_of(name)


def _unknown(text: object, known: Iterable[str], *, what: str) -> GameDayError:
    return GameDayError(f"Nothing was changed: {unknown(text, [*known], what=what)}.")
