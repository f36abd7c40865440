"""Learn and do distributed tracing on AWS: X-Ray and EventBridge from Python.

The modules are the namespaces: ``tl.deploy.apply``, ``tl.spans.spans_from_traces``. They are
loaded when first touched, so ``import tracing_lab`` costs neither pandas, boto3 nor matplotlib.
"""

import importlib
import logging
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import (
        aws as aws,
        check as check,
        classroom as classroom,
        config as config,
        cost as cost,
        deploy as deploy,
        doctor as doctor,
        errors as errors,
        export as export,
        failures as failures,
        faults as faults,
        filters as filters,
        graph as graph,
        infrastructure as infrastructure,
        logs as logs,
        outputs as outputs,
        package as package,
        plot as plot,
        progress as progress,
        push as push,
        samples as samples,
        spans as spans,
        stack as stack,
        stats as stats,
        summaries as summaries,
        tables as tables,
        traffic as traffic,
        widgets as widgets,
        xray as xray,
    )
    from .config import Config as Config

__version__ = "0.1.0"

_MODULES = (
    "aws",
    "check",
    "classroom",
    "config",
    "cost",
    "deploy",
    "doctor",
    "errors",
    "export",
    "failures",
    "faults",
    "filters",
    "graph",
    "infrastructure",
    "logs",
    "outputs",
    "package",
    "plot",
    "progress",
    "push",
    "samples",
    "spans",
    "stack",
    "stats",
    "summaries",
    "tables",
    "traffic",
    "widgets",
    "xray",
)

logging.getLogger(__name__).addHandler(logging.NullHandler())


def __getattr__(name: str) -> ModuleType | Any:
    if name == "Config":
        return importlib.import_module(".config", __name__).Config
    if name in _MODULES:
        return importlib.import_module(f".{name}", __name__)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES, "Config"])
