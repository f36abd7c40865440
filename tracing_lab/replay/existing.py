"""Find out which resources a replay has, from names alone: there is no state file."""

from typing import Final

from tracing_lab.aws import Inventory

from .shape import EVENT, FRONT, ReplayNames, ReplayShape

_FUNCTIONS: Final = "lambda:ListFunctions"
_ROLES: Final = "iam:ListRoles"
_LOG_GROUPS: Final = "logs:DescribeLogGroups"
_APIS: Final = "apigateway:GetRestApis"
_BUSES: Final = "events:ListEventBuses"


def existing_shape(names: ReplayNames, inventory: Inventory) -> ReplayShape:
    """Return a shape with all stand-ins and APIs whose names exist, however they were connected.

    Parameters
    ----------
    names
        The replay's names.
    inventory
        Lists names.
    """
    listed, _ = inventory.names()
    kinds = {operation: _kinds(names, found) for operation, found in listed.items()}
    roles = {kind.removesuffix("-role") for kind in kinds.get(_ROLES, set())}
    services = kinds.get(_FUNCTIONS, set()) | roles | kinds.get(_LOG_GROUPS, set())
    apis = kinds.get(_APIS, set())
    events = {f"{service}/{EVENT}" for service in services}
    has_bus = "bus" in kinds.get(_BUSES, set())
    return ReplayShape(
        routes={
            api: frozenset(services | events if api == FRONT else services) for api in sorted(apis)
        },
        listeners=frozenset(services) if has_bus else frozenset(),
        services=tuple(sorted(services)),
        has_bus=has_bus,
    )


def _kinds(names: ReplayNames, found: list[str]) -> set[str]:
    """Return what the replay's names among others stand for, for example ``service-1``."""
    begin, end = names.stack.name("|").split("|")
    own = (name.rpartition("/")[2] for name in found)
    return {
        name[len(begin) : -len(end)]
        for name in own
        if name.startswith(begin) and name.endswith(end) and len(name) > len(begin) + len(end)
    }
