"""botocore's models of services by signing name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from urllib.parse import parse_qsl, unquote

import botocore.loaders
from botocore.exceptions import DataNotFoundError, UnknownServiceError
from botocore.model import OperationModel, ServiceModel

from tracing_lab.embedded.http.messages import HttpRequest

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
"""Signing names whose model has another name, or which several models share."""


@dataclass(frozen=True)
class RestOperation:
    """The form of a REST operation's requests.

    Some differ from those of another operation by their query only: ImportRestApi is
    ``POST /restapis?mode=import``, CreateRestApi ``POST /restapis``.
    """

    model: OperationModel
    method: str
    path: re.Pattern[str]
    query: frozenset[tuple[str, str]]

    @property
    def service(self) -> str:
        """Botocore's name of the service."""
        return self.model.service_model.service_name

    @property
    def protocol(self) -> str:
        """Botocore's name of the protocol."""
        return str(self.model.service_model.metadata["protocol"])

    def path_members(self, match: re.Match[str]) -> dict[str, str]:
        """Return the members in the path of a request that matches, decoded."""
        found = match.groupdict()
        shape = self.model.input_shape
        members = {} if shape is None or not found else shape.members
        return {
            name: unquote(found[key])
            for name, member in members.items()
            if member.serialization.get("location") == "uri"
            and (key := member.serialization.get("name", name)) in found
        }

    def match(self, request: HttpRequest) -> re.Match[str] | None:
        """Return the match of a request's path when it calls this operation, else None."""
        match = self.match_path(request.method, request.path)
        if match is None or not self.query:
            return match
        return match if self.query <= set(_pairs(request.query)) else None

    def match_path(self, method: str, path: str) -> re.Match[str] | None:
        """Return the match of a path, whatever the query is; None for another method."""
        return self.path.fullmatch(path) if method == self.method else None


def service_names(signing_name: str) -> tuple[str, ...]:
    """Return botocore's names of the services that may be signed for by a name.

    Examples
    --------
    >>> service_names("monitoring"), service_names("sqs")
    (('cloudwatch',), ('sqs',))
    """
    return _MODELS.get(signing_name, (signing_name,))


@lru_cache(maxsize=128)
def service_model(service: str) -> ServiceModel | None:
    """Return the model of a service by botocore's name; None when there is none."""
    try:
        content = _loader().load_service_model(service, "service-2")
    except (DataNotFoundError, UnknownServiceError):
        return None
    return ServiceModel(content, service)


def operation_model(service: str, operation: str) -> OperationModel:
    """Return botocore's model of an operation; KeyError if there is none.

    Examples
    --------
    >>> operation_model("sqs", "SendMessage").input_shape.required_members
    ['QueueUrl', 'MessageBody']
    """
    model = service_model(service)
    if model is None or operation not in model.operation_names:
        raise KeyError(service, operation)
    return model.operation_model(operation)


@lru_cache(maxsize=128)
def service_models(signing_name: str) -> tuple[ServiceModel, ...]:
    """Return the models of the services that share a signing name; empty when none is known.

    Examples
    --------
    >>> [model.metadata["targetPrefix"] for model in service_models("dynamodb")]
    ['DynamoDB_20120810', 'DynamoDBStreams_20120810']
    """
    return tuple(filter(None, map(service_model, service_names(signing_name))))


@lru_cache(maxsize=128)
def protocols_of(model: ServiceModel) -> frozenset[str]:
    """Return the protocols that a service speaks, for example ``json``."""
    return frozenset([model.metadata["protocol"], *model.metadata.get("protocols", ())])


def sent_protocol(model: ServiceModel) -> str:
    """Return the protocol of our own calls to a service: JSON where CBOR is the first choice.

    Examples
    --------
    >>> [sent_protocol(service_model(name)) for name in ("cloudwatch", "sns", "lambda")]
    ['json', 'query', 'rest-json']
    """
    return "json" if "json" in protocols_of(model) else str(model.metadata["protocol"])


@lru_cache(maxsize=128)
def rest_operations(signing_name: str) -> tuple[RestOperation, ...]:
    """Return the REST operations of a signing name, most specific first."""
    found = [
        model.operation_model(name)
        for model in service_models(signing_name)
        if model.metadata["protocol"].startswith("rest-")
        for name in model.operation_names
    ]
    return tuple(map(_rest_operation, sorted(found, key=_precision)))


@cache  # listing the models' folders takes longer than reading most models
def _loader() -> botocore.loaders.Loader:
    return botocore.loaders.Loader()


def _rest_operation(model: OperationModel) -> RestOperation:
    path, _, query = model.http["requestUri"].partition("?")
    return RestOperation(model, model.http["method"], _pattern(path), frozenset(_pairs(query)))


def _precision(model: OperationModel) -> tuple[int, int, str]:
    path, _, query = model.http["requestUri"].partition("?")
    return -len(_pairs(query)), len(_VARIABLE.findall(path)), path


def _pairs(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)


def _pattern(path: str) -> re.Pattern[str]:
    parts = _VARIABLE.split(path.rstrip("/"))  # text, variable, plus, text, ..., text
    pattern = re.escape(parts[0])
    for name, plus, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        pattern += f"(?P<{name}>{'.+' if plus else '[^/]+'}){re.escape(text)}"
    return re.compile(f"{pattern}/?")
