"""Request validators: required parameters, and bodies that must fit a model.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
"""

from collections.abc import Callable
from urllib.parse import parse_qsl

from tracing_lab.embedded.model import BodyModelSpec, MethodSpec

from .json_schema import compile_model
from .model import Failure, GatewayRequest, Refusal, Route

_DEFAULT = "$default"
_JSON = "application/json"


def invalidity(request: GatewayRequest, route: Route) -> Refusal | None:
    """Tell why a request does not pass its method's validator, or None.

    Parameters
    ----------
    request
        The request.
    route
        The method that serves it.

    Raises
    ------
    SchemaUnusableError
        The method's model is no JSON schema.
    """
    method = route.method
    if method.required_parameters:
        missing = _missing(request, route)
        if missing:
            names = ", ".join(missing)
            message = f"Missing required request parameters: [{names}]"
            return Refusal(Failure.BAD_PARAMETERS, message)
    if method.body_models:
        model = _model(method, request.header("Content-Type"))
        problem = compile_model(model)(request.body) if model is not None else None
        if problem is not None:
            return Refusal(Failure.BAD_BODY, detail=f"[{problem}]")
    return None


def _missing(request: GatewayRequest, route: Route) -> list[str]:
    query = dict(parse_qsl(request.raw_query, keep_blank_values=True))
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
    """Choose the model; a body of a type that has none is not checked."""
    kind = (content_type or _JSON).partition(";")[0].strip().lower()
    return method.body_models.get(kind) or method.body_models.get(_DEFAULT)
