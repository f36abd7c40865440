"""What a cause is in a stack: whose resources, and which requests."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tracing_lab.config import SERVICES
from tracing_lab.config.fault_limits import unknown
from tracing_lab.errors import ConfigError
from tracing_lab.rca import Finding
from tracing_lab.rca.model import edge_ends, service_of
from tracing_lab.stack import Names
from tracing_lab.stack.parts import API, EVENTS, known_parts

from .decision import OF_EVIDENCE
from .measures import OwnRequests

Path = Sequence[str]

_FOLLOWING: Final = {
    "order": ("payment", "inventory"),
    "payment": ("notification",),
    "inventory": ("notification",),
}
"""Which services the events of a service start."""

_FED: Final = tuple(service for service in SERVICES if service != "order")
_OF_SERVICE: Final = ("function", "role", "permission", "rule", "retries")
_OF_API: Final = frozenset(
    {"api", "deployment", "stage", "order-permission", "usage-plan", "usage-plan-key", "web-acl"}
)
_OF_BUS: Final = frozenset(
    {"bus", *(f"{service}-{what}" for service in _FED for what in ("rule", "permission"))}
)


@dataclass(frozen=True)
class Suspect:
    """A cause that was named, in terms of a stack.

    Parameters
    ----------
    cause
        As it was named.
    logical
        Logical names of the resources whose differences may be it.
    watched
        Which requests show its own trouble.
    """

    cause: str
    logical: frozenset[str]
    watched: OwnRequests


def causes_and_path(finding: Finding | tuple[str, Path]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the causes and the path of a finding, or of a cause and a path.

    Parameters
    ----------
    finding
        What `tracing_lab.experiments.verify_cause` accepts.

    Raises
    ------
    ConfigError
        If there are none.
    """
    causes: tuple[str, ...]
    if isinstance(finding, tuple):
        causes, path = finding[:1], tuple(finding[1])
    else:
        causes, path = finding.root_causes, finding.path
    if not path:
        msg = (
            "Nothing was changed: there is no path to verify. Pass a finding that names a cause, "
            "or a cause and the nodes from it to where it is noticed."
        )
        raise ConfigError(msg)
    return causes, path


def suspects(causes: Sequence[str], names: Names) -> list[Suspect]:
    """Return what causes are in a stack.

    Parameters
    ----------
    causes
        Services, nodes or edges of the service graph, or the name of the bus or the API.
    names
        Of the stack's resources.

    Raises
    ------
    ConfigError
        If the stack has nothing of one of these names.
    """
    known = known_parts(names)
    found = [(cause, [known[end] for end in _ends(cause) if end in known]) for cause in causes]
    strangers = [cause for cause, parts in found if not parts]
    if strangers:
        problems = [unknown(cause, (*SERVICES, EVENTS, API), what="service") for cause in strangers]
        msg = f"Nothing was changed: {'; '.join(problems)}. The path has nodes of its traces."
        raise ConfigError(msg)
    return [_suspect(cause, parts, names) for cause, parts in found]


def tests_named(finding: Finding | tuple[str, Path]) -> dict[str, frozenset[str]]:
    """Return which tests causes were named for; none where nobody says.

    Parameters
    ----------
    finding
        What `tracing_lab.experiments.verify_cause` accepts.
    """
    if isinstance(finding, tuple):
        return {}
    rows = zip(finding.causes["name"], finding.causes["tests"], strict=True)
    named = {
        str(cause): frozenset[str]().union(*(OF_EVIDENCE.get(test, ()) for test in tests))
        for cause, tests in rows
        if cause in finding.root_causes
    }
    return {cause: tests for cause, tests in named.items() if tests}


def _suspect(cause: str, parts: Sequence[str], names: Names) -> Suspect:
    services = [part for part in parts if part in SERVICES]
    logical = {f"{service}-{what}" for service in services for what in _OF_SERVICE}
    if API in parts:
        logical |= _OF_API
    if parts == [EVENTS]:  # of an edge, the other end says which rule
        logical |= _OF_BUS
    if EVENTS in parts:
        logical.add("bus")
    return Suspect(cause, frozenset(logical), _watched(parts, services, names))


def _watched(parts: Sequence[str], services: Sequence[str], names: Names) -> OwnRequests:
    stage = f"{names.api}/{names.config.api_gateway_stage_name}"
    own = {str(names.function(service)) for service in services}
    own |= {stage} if API in parts else set()
    following = {after for service in services for after in _FOLLOWING.get(service, ())}
    following |= {*_FED} if parts == [EVENTS] else set()
    after = {str(names.function(service)) for service in following}
    if parts == [EVENTS]:
        return OwnRequests(frozenset({EVENTS, *after}), frozenset(after), waits=True)
    return OwnRequests(
        frozenset(own), frozenset(own | after), waits=EVENTS in parts or len(parts) > 1
    )


def _ends(cause: str) -> Iterator[str]:
    """Yield what is at the ends of an edge, or is a node."""
    yield from (service_of(node) for node in edge_ends(cause) if node)
