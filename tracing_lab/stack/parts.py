"""Which part of a stack a name is: a service, the API or the event bus. Pure.

Projects may be called ``order-lab`` or ``api-shop``, so that words of a name say nothing. With the
stack's names at hand, `known_parts` has each name as a whole. Without them, as where only traces
are, `part_of` reads the form that `Names` gives all names: what stands before the suffix.
"""

import re
from typing import Final

from tracing_lab.config import SERVICES

from .names import Names

EVENTS: Final = "Events"
"""How X-Ray names EventBridge, and a user the bus."""

API: Final = "api"
BUS: Final = "bus"

_NAME: Final = re.compile(rf".*-(?P<part>{'|'.join((*SERVICES, API, BUS))})-[0-9a-f]{{8}}(?:/.*)?")


def known_parts(names: Names) -> dict[str, str]:
    """Return how the parts of a stack may be called, and which part each is.

    Parameters
    ----------
    names
        Of the stack's resources.

    Returns
    -------
    dict[str, str]
        Name to a service, `API` or `EVENTS`.

    Examples
    --------
    >>> from tracing_lab.config import Config
    >>> from tracing_lab.stack.names import Site
    >>> names = Names(Config(project_name="order-lab"), Site("123456789012", "us-east-1"))
    >>> known_parts(names)[names.function("payment")]
    'payment'
    """
    stage = f"{names.api}/{names.config.api_gateway_stage_name}"
    services = {str(names.function(service)): service for service in SERVICES}
    others = {str(names.bus): EVENTS, EVENTS: EVENTS, API: API, names.api: API, stage: API}
    return {**services, **dict(zip(SERVICES, SERVICES, strict=True)), **others}


def part_of(name: str) -> str:
    """Return the service that a function's name is of, `API` or `BUS`; empty if it is of none.

    Parameters
    ----------
    name
        A resource's name; for the API, perhaps with its stage.

    Examples
    --------
    >>> part_of("order-lab-dev-payment-0de6b2b1"), part_of("shop-order-dev-api-0de6b2b1/prod")
    ('payment', 'api')
    >>> part_of("my-payment-service")
    ''
    """
    found = _NAME.fullmatch(name)
    return found["part"] if found else ""
