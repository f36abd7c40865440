"""GetAccountSettings and GetLayerVersionByArn, which moto does not know, and deletions."""

from typing import Any

from tracing_lab.embedded.http.messages import HttpResponse, json_response
from tracing_lab.embedded.model import MAX_UNZIPPED_BYTES
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.calling import CallNext
from tracing_lab.embedded.moto.errors import MOTO_ERRORS
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import ApiError

CONCURRENT_EXECUTIONS = 1000
_KEPT_LAYERS = "tracing_lab_kept_layers"
_ZIPPED_BYTES = 50 * 1024**2
_STORAGE_BYTES = 75 * 1024**3
"""Quotas of an account.

Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""


def get_account_settings(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to GetAccountSettings.

    https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html
    """
    functions = list(backend("lambda", call.region).list_functions())
    reserved = sum(int(function.reserved_concurrency or 0) for function in functions)
    limits = {
        "TotalCodeSize": _STORAGE_BYTES,
        "CodeSizeUnzipped": MAX_UNZIPPED_BYTES,
        "CodeSizeZipped": _ZIPPED_BYTES,
        "ConcurrentExecutions": CONCURRENT_EXECUTIONS,
        "UnreservedConcurrentExecutions": CONCURRENT_EXECUTIONS - reserved,
    }
    size = sum(int(version.code_size) for version in functions)
    usage = {"TotalCodeSize": size, "FunctionCount": len(functions)}
    return json_response(200, {"AccountLimit": limits, "AccountUsage": usage})


def get_layer_version_by_arn(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to GetLayerVersionByArn.

    https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionByArn.html
    """
    arn = call.query.get("Arn", "")
    try:
        version: Any = backend("lambda", call.region).layers_versions_by_arn(arn)
    except (*MOTO_ERRORS, ValueError):
        version = None
    if version is None:
        code = "ResourceNotFoundException"
        raise ApiError(code, "The resource you requested does not exist.", status=404)
    return json_response(200, version.get_layer_version())


def delete_layer_version(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Keep a deleted version for the functions that have it.

    https://docs.aws.amazon.com/lambda/latest/api/API_DeleteLayerVersion.html
    """
    lambdas: Any = backend("lambda", call.region)
    name, number = str(call.members["LayerName"]), str(call.members["VersionNumber"])
    try:
        version = lambdas.get_layer_version(name, number)
    except (*MOTO_ERRORS, ValueError):
        version = None
    response = call_next(call)
    kept, in_use = kept_layers(lambdas), _layers_in_use(lambdas)
    if version is not None:
        kept[version.arn] = version
    for arn in kept.keys() - in_use:
        del kept[arn]
    return response


def kept_layers(lambdas: Any) -> dict[str, Any]:
    """Return the deleted versions of layers that functions still have, by their ARNs.

    Parameters
    ----------
    lambdas
        moto's backend.
    """
    kept: dict[str, Any] = lambdas.__dict__.setdefault(_KEPT_LAYERS, {})
    return kept


def _layers_in_use(lambdas: Any) -> set[str]:
    groups = lambdas._lambdas._functions.values()  # noqa: SLF001 - the public ones copy functions
    functions = [each for group in groups for each in (group["latest"], *group["versions"])]
    return {layer["Arn"] for each in functions if each is not None for layer in each.layers}


def delete_function(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Keep versions that aliases refer to.

    https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html
    """
    name, _, in_name = str(call.members["FunctionName"]).partition(":")
    version = in_name or call.query.get("Qualifier")
    using = _aliases_of(call, name, version) if version else []
    if using:
        code = "ResourceConflictException"
        message = f"Unable to delete version because the following aliases reference it: {using}"
        raise ApiError(code, message, status=409)
    return call_next(call)


def _aliases_of(call: ApiCall, name: str, version: str) -> list[str]:
    """Return the names of the aliases that lead to a version."""
    try:
        aliases = backend("lambda", call.region).list_aliases(name)
    except MOTO_ERRORS:
        return []
    return [alias.name for alias in aliases if version in _versions_of(alias)]


def _versions_of(alias: Any) -> set[str]:
    routing = alias.routing_config or {}
    return {alias.function_version, *(routing.get("AdditionalVersionWeights") or {})}
