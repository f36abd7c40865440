"""Deployment zips of the four Lambda functions, for either tracer, and OpenTelemetry's layer.

`build` and `build_all` make the functions' zips, in memory, with the same bytes on any platform;
`otel_layer` makes the layer, once.
"""

from .distro import EXEC_WRAPPER, otel_layer
from .functions import SERVICES, DeploymentPackage, build, build_all
from .sources import Tracer, default_source_dir, source_files
from .vendored import DISTRIBUTIONS
from .zips import code_sha256, zip_bytes

__all__ = [
    "DISTRIBUTIONS",
    "EXEC_WRAPPER",
    "SERVICES",
    "DeploymentPackage",
    "Tracer",
    "build",
    "build_all",
    "code_sha256",
    "default_source_dir",
    "otel_layer",
    "source_files",
    "zip_bytes",
]
