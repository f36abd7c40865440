"""What a replay's resources depend on, and their names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tracing_lab.stack import Names
from tracing_lab.stack.references import Text, output

from .model import HTTP, PUBLISH, ReplayModel

FRONT: Final = "front"
"""The API, without tracing, in front of what the recorded clients called directly."""


@dataclass(frozen=True)
class ReplayShape:
    """What a replay's resources depend on.

    Parameters
    ----------
    routes
        Names of the APIs, and the stand-ins that each leads to.
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
            api = target.api if target.how == HTTP else FRONT
            routes.setdefault(api, set()).add(target.service)
        listeners = frozenset(target.service for target in called if target.how == PUBLISH)
        return cls(
            {api: frozenset(services) for api, services in routes.items()},
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
