"""URLs at which the zips of functions and layers are downloaded.

On AWS they are presigned URLs of S3, valid for ten minutes. Here a URL has the hash of the zip in
place of a signature, and is valid as long as the function or layer has that zip.
Source: https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCodeLocation.html
"""

import base64
import re
from typing import Literal, NamedTuple, cast
from urllib.parse import quote, unquote

from .messages import HttpRequest

Kind = Literal["functions", "layers"]

_PATH = re.compile(
    r"/_aws/lambda-code/(?P<region>[^/]+)/(?P<kind>functions|layers)"
    r"/(?P<name>[^/]+)/(?P<version>[^/]+)/(?P<digest>[0-9a-f]{64})"
)


class CodeAddress(NamedTuple):
    """A version of a function or layer, and the SHA-256 of its zip in base64."""

    region: str
    kind: Kind
    name: str
    version: str
    sha256: str


def code_path(address: CodeAddress) -> str:
    """Return the path of a zip's URL.

    Examples
    --------
    >>> digest = base64.b64encode(bytes(32)).decode()
    >>> code_path(CodeAddress("eu-west-1", "functions", "pay", "$LATEST", digest))[:60]
    '/_aws/lambda-code/eu-west-1/functions/pay/%24LATEST/00000000'
    """
    place = "/".join(quote(part, safe="") for part in address[:-1])
    return f"/_aws/lambda-code/{place}/{base64.b64decode(address.sha256).hex()}"


def code_address(request: HttpRequest) -> CodeAddress | None:
    """Return whose zip a request is for; None if it is for something else.

    Examples
    --------
    >>> code_address(HttpRequest("GET", f"/_aws/lambda-code/eu-west-1/layers/sdk/2/{'0' * 64}"))[:4]
    ('eu-west-1', 'layers', 'sdk', '2')
    """
    match = _PATH.fullmatch(request.path)
    if match is None or request.method not in {"GET", "HEAD"}:
        return None
    sha256 = base64.b64encode(bytes.fromhex(match["digest"])).decode()
    kind = cast("Kind", match["kind"])
    return CodeAddress(
        match["region"], kind, unquote(match["name"]), unquote(match["version"]), sha256
    )
