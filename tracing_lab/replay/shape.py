"""What a replay's resources depend on, and their names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tracing_lab.stack import Names
from tracing_lab.stack.references import Text, output

from .model import HTTP, PUBLISH, SEND, ReplayModel, ReplayTarget

FRONT: Final = "front"
"""The API, without tracing, in front of what the recorded clients called directly."""

EVENT: Final = "event"
"""The last part of a route by which a stand-in is invoked asynchronously."""


def route_of(target: ReplayTarget) -> tuple[str, str]:
    """Return the API through which a stand-in is reached by HTTP, and the route there.

    Parameters
    ----------
    target
        The stand-in, and how it was reached.

    Examples
    --------
    >>> route_of(ReplayTarget("http", "a", 0, "api-1")), route_of(ReplayTarget("send", "a", 0))
    (('api-1', 'a'), ('front', 'a/event'))
    """
    if target.how == HTTP:
        return target.api, target.service
    return FRONT, f"{target.service}/{EVENT}" if target.how == SEND else target.service


@dataclass(frozen=True)
class ReplayShape:
    """What a replay's resources depend on.

    Parameters
    ----------
    routes
        Names of the APIs, and the routes of each: the name of the stand-in that it leads to, and
        ``/event`` if asynchronously.
    listeners
        Names of the stand-ins that receive events.
    services
        Names of all stand-ins.
    has_bus
        Whether there are events.
    """

    routes: Mapping[str, frozenset[str]]
    listeners: frozenset[str]
    services: tuple[str, ...]
    has_bus: bool

    @classmethod
    def of(cls, model: ReplayModel) -> "ReplayShape":
        """Return the shape of a model."""
        called = [target for item in model.stand_ins.values() for target in item.targets]
        entered = [request.target for request in model.requests]
        routes: dict[str, set[str]] = {}
        for target in [*entered, *(target for target in called if target.how == HTTP)]:
            api, route = route_of(target)
            routes.setdefault(api, set()).add(route)
        listeners = frozenset(target.service for target in called if target.how == PUBLISH)
        return cls(
            {api: frozenset(paths) for api, paths in routes.items()},
            listeners,
            tuple(model.stand_ins),
            has_bus=bool(listeners),
        )


@dataclass(frozen=True)
class ReplayNames:
    """The names of a replay's resources.

    Parameters
    ----------
    stack
        Those of a stack whose environment is the replay's own.
    endpoint_url
        The emulator; None on a real account.
    """

    stack: Names
    endpoint_url: str | None

    def api(self, name: str) -> str:
        """Return the physical name of an API."""
        return self.stack.name(name)

    def stage(self, api: str) -> str:
        """Return the name of an API's node in the service graph."""
        return f"{self.api(api)}/{self.stack.config.api_gateway_stage_name}"

    @property
    def function_pattern(self) -> str:
        """A function's name, ``{}`` for its stand-in's."""
        return self.stack.name("{}")

    def api_url(self, api: str) -> Text:
        """Return the base URL of an API, known once it exists."""
        stage = self.stack.config.api_gateway_stage_name
        if self.endpoint_url is not None:
            return Text(f"{self.endpoint_url}/_aws/execute-api/", output(api), f"/{stage}")
        site = self.stack.site
        domain = "amazonaws.com.cn" if site.partition == "aws-cn" else "amazonaws.com"
        return Text("https://", output(api), f".execute-api.{site.region}.{domain}/{stage}")
