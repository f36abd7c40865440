"""Deployment zips of the four Lambda functions, for either tracer, and OpenTelemetry's layer.

`build` and `build_all` make the functions' zips, in memory, with the same bytes on any platform;
`otel_layer` makes the layer, once; `stack_code` makes what a config's stack needs of both.
`build_stand_in` makes the zip of a function that stands in for a recorded service.
"""

from tracing_lab.config import SERVICES

from .distro import layer_path, otel_layer
from .functions import DeploymentPackage, build, build_all
from .sources import default_source_dir, source_files
from .stack_code import StackCode, stack_code
from .stand_ins import build_stand_in
from .vendored import DISTRIBUTIONS
from .zips import code_sha256, zip_bytes

__all__ = [
    "DISTRIBUTIONS",
    "SERVICES",
    "DeploymentPackage",
    "StackCode",
    "build",
    "build_all",
    "build_stand_in",
    "code_sha256",
    "default_source_dir",
    "layer_path",
    "otel_layer",
    "source_files",
    "stack_code",
    "zip_bytes",
]
