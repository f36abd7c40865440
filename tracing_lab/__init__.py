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
        experiments as experiments,
        export as export,
        faults as faults,
        filters as filters,
        gameday as gameday,
        graph as graph,
        infrastructure as infrastructure,
        logs as logs,
        package as package,
        plot as plot,
        progress as progress,
        rca as rca,
        replay as replay,
        scale as scale,
        spans as spans,
        stack as stack,
        stats as stats,
        summaries as summaries,
        tables as tables,
        traffic as traffic,
        xray as xray,
    )
    from .config import Config as Config
    from .deploy import push as push
    from .experiments import samples as samples
    from .faults import dead_letters
    from .plot import widgets as widgets
    from .stack import outputs as outputs
    from .stats import whatif as whatif

    failures = dead_letters

__version__ = "0.1.0"

_MODULES = {
    "aws": "aws",
    "check": "check",
    "classroom": "classroom",
    "config": "config",
    "cost": "cost",
    "deploy": "deploy",
    "doctor": "doctor",
    "errors": "errors",
    "experiments": "experiments",
    "export": "export",
    "failures": "faults.dead_letters",
    "faults": "faults",
    "filters": "filters",
    "gameday": "gameday",
    "graph": "graph",
    "infrastructure": "infrastructure",
    "logs": "logs",
    "outputs": "stack.outputs",
    "package": "package",
    "plot": "plot",
    "progress": "progress",
    "push": "deploy.push",
    "rca": "rca",
    "replay": "replay",
    "samples": "experiments.samples",
    "scale": "scale",
    "spans": "spans",
    "stack": "stack",
    "stats": "stats",
    "summaries": "summaries",
    "tables": "tables",
    "traffic": "traffic",
    "whatif": "stats.whatif",
    "widgets": "plot.widgets",
    "xray": "xray",
}
"""What users call a module, and where it is."""

logging.getLogger(__name__).addHandler(logging.NullHandler())


def __getattr__(name: str) -> ModuleType | Any:
    if name == "Config":
        return importlib.import_module(".config", __name__).Config
    if name in _MODULES:
        return importlib.import_module(f".{_MODULES[name]}", __name__)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES, "Config"])
