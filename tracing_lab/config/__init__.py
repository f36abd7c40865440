"""The settings of the stack and where it lives.

Each setting comes from, in this order: the argument, the environment variable
``TRACING_LAB_<NAME>``, the nearest ``tracing_lab.toml`` (in the working directory or above it),
the default. That holds for ``Config(...)`` as well as for `Config.load`, because people type the
first and expect it to know their settings; pass every setting to depend on nothing around.

`tracing_lab/config/settings/` declares each of them once; what checks and reads their values, the
command line's options and the page of settings come from there.
"""

from .declaring import Setting
from .model import SETTINGS, VARIABLES, Config, parse_variable
from .services import OWNERSHIP_TAG, SERVICES
from .settings.tracing import OPENTELEMETRY, TRACERS

__all__ = [
    "OPENTELEMETRY",
    "OWNERSHIP_TAG",
    "SERVICES",
    "SETTINGS",
    "TRACERS",
    "VARIABLES",
    "Config",
    "Setting",
    "parse_variable",
]
