"""What botocore's models say about a service, found by the name that requests are signed for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import botocore.loaders
from botocore.exceptions import DataNotFoundError, UnknownServiceError

_VARIABLE = re.compile(r"\{(\w+)(\+?)\}")

_MODELS: Mapping[str, tuple[str, ...]] = {
    "apigateway": ("apigateway", "apigatewayv2"),
    "dynamodb": ("dynamodb", "dynamodbstreams"),
    "elasticloadbalancing": ("elbv2", "elb"),
    "elasticfilesystem": ("efs",),
    "email": ("ses",),
    "monitoring": ("cloudwatch",),
    "ses": ("ses", "sesv2"),
    "states": ("stepfunctions",),
    "tagging": ("resourcegroupstaggingapi",),
}
"""Signing names that are not the name of the only model with it."""


@dataclass(frozen=True)
class Model:
    """The parts of a service's model that tell its calls apart.

    Parameters
    ----------
    protocols
        Those that it speaks, for example ``json``.
    target
        What its ``X-Amz-Target`` begins with; empty without one.
    operations
        The names of its operations.
    """

    protocols: frozenset[str]
    target: str
    operations: frozenset[str]


@dataclass(frozen=True)
class Route:
    """Method and path of a REST operation."""

    operation: str
    method: str
    path: re.Pattern[str]

    def match(self, method: str, path: str) -> re.Match[str] | None:
        """Return the match of a request with this operation; None when it is another's."""
        return self.path.fullmatch(path) if method == self.method else None


@cache
def models(service: str) -> tuple[Model, ...]:
    """Return the models of the services that share a signing name; empty when none is known.

    Parameters
    ----------
    service
        As in a request's signature.

    Examples
    --------
    >>> [model.target for model in models("dynamodb")]
    ['DynamoDB_20120810', 'DynamoDBStreams_20120810']
    """
    return tuple(
        Model(
            protocols=frozenset(content["metadata"].get("protocols", ()))
            | {content["metadata"]["protocol"]},
            target=content["metadata"].get("targetPrefix", ""),
            operations=frozenset(content["operations"]),
        )
        for content in _contents(service)
    )


@cache
def routes(service: str) -> tuple[Route, ...]:
    """Return the REST operations of a signing name; the most literal paths first.

    Parameters
    ----------
    service
        As in a request's signature.
    """
    found = [
        (name, shape["http"]["method"], shape["http"]["requestUri"].partition("?")[0])
        for content in _contents(service)
        if content["metadata"]["protocol"].startswith("rest-")
        for name, shape in content["operations"].items()
    ]
    found.sort(key=lambda route: (len(_VARIABLE.findall(route[2])), route[2]))
    return tuple(Route(name, method, _pattern(path)) for name, method, path in found)


def _contents(service: str) -> list[Mapping[str, Any]]:
    loader = botocore.loaders.Loader()
    contents = []
    for name in _MODELS.get(service, (service,)):
        try:
            contents.append(loader.load_service_model(name, "service-2"))
        except (DataNotFoundError, UnknownServiceError):
            continue
    return contents


def _pattern(path: str) -> re.Pattern[str]:
    parts = _VARIABLE.split(path.rstrip("/"))  # text, variable, plus, text, ..., text
    pattern = re.escape(parts[0])
    for name, plus, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        pattern += f"(?P<{name}>{'.+' if plus else '[^/]+'}){re.escape(text)}"
    return re.compile(f"{pattern}/?")
