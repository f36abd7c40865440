"""Request validators: required parameters, and bodies that must match a model.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
"""

from collections.abc import Callable
from urllib.parse import parse_qsl

from tracing_lab.embedded.apigateway.model import Failure, GatewayRejection, MethodRoute
from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.model import BodyModelSpec, MethodSpec

from .json_schema import compile_model

_DEFAULT = "$default"
_JSON = "application/json"


def validation_rejection(request: HttpRequest, route: MethodRoute) -> GatewayRejection | None:
    """Return why a request is invalid by its method's validator, or None.

    Raises
    ------
    SchemaUnusableError
        The method's model is not a JSON schema.
    """
    method = route.method
    if method.required_parameters:
        missing = _missing(request, route)
        if missing:
            names = ", ".join(missing)
            message = f"Missing required request parameters: [{names}]"
            return GatewayRejection(Failure.BAD_PARAMETERS, message)
    if method.body_models:
        model = _model(method, request.header("Content-Type"))
        problem = compile_model(model)(request.body) if model is not None else None
        if problem is not None:
            return GatewayRejection(Failure.BAD_BODY, detail=f"[{problem}]")
    return None


def _missing(request: HttpRequest, route: MethodRoute) -> list[str]:
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    sources: dict[str, Callable[[str], str | None]] = {
        "header": request.header,
        "path": route.path_parameters.get,
        "querystring": query.get,
    }
    missing = []
    for parameter in route.method.required_parameters:
        place, _, name = parameter.partition(".")
        found = sources[place](name) if place in sources else None
        if not (found or "").strip():  # blank is missing, too
            missing.append(name)
    return missing


def _model(method: MethodSpec, content_type: str | None) -> BodyModelSpec | None:
    """Return the model of a content type; bodies of other types are not checked."""
    kind = (content_type or _JSON).partition(";")[0].strip().lower()
    return method.body_models.get(kind) or method.body_models.get(_DEFAULT)
