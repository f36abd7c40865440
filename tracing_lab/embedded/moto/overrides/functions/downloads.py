"""Where the zips of functions and layers are downloaded, which moto only makes up."""

from typing import Any

from tracing_lab.embedded.http.code_urls import CodeAddress, code_path
from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.adapter import backend, is_region
from tracing_lab.embedded.moto.calling import CallNext, content_of, succeeded, with_content
from tracing_lab.embedded.moto.errors import MOTO_ERRORS
from tracing_lab.embedded.protocol.api_call import ApiCall

_LOCATION = "Location"


def with_location(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Show a URL at which the zip of a function or layer is.

    https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html and
    https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersion.html
    """
    response = call_next(call)
    if not succeeded(response):
        return response
    content = content_of(response)
    address, shown = _address(call.region, content)
    if _LOCATION not in shown:  # of an image
        return response
    host = call.request.header("Host") or "127.0.0.1"
    shown[_LOCATION] = f"http://{host}{code_path(address)}"
    return with_content(response, content)


def _address(region: str, content: dict[str, Any]) -> tuple[CodeAddress, dict[str, Any]]:
    """Return whose zip a response describes, and the part of it that has the URL."""
    if "Configuration" in content:
        found, code = content["Configuration"], content["Code"]
        name, version, sha256 = found["FunctionName"], found["Version"], found["CodeSha256"]
        return CodeAddress(region, "functions", name, version, sha256), code
    name, layer = content["LayerArn"].rpartition(":")[2], content["Content"]
    version, sha256 = str(content["Version"]), layer["CodeSha256"]
    return CodeAddress(region, "layers", name, version, sha256), layer


def zip_at(address: CodeAddress) -> bytes:
    """Return the zip of a function or layer.

    Raises
    ------
    KeyError
        There is no such function or layer, or it has another zip.
    """
    if not is_region(address.region):
        raise KeyError(address)
    lambdas: Any = backend("lambda", address.region)
    read = lambdas.get_function if address.kind == "functions" else lambdas.get_layer_version
    try:
        found = read(address.name, address.version)
    except (*MOTO_ERRORS, ValueError) as error:
        raise KeyError(address) from error
    if found is None or found.code_sha_256 != address.sha256:
        raise KeyError(address)
    zipped: bytes = found.code_bytes
    return zipped
