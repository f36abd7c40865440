"""Provisioning: plan, apply, compare and destroy a stack.

Every function observes what exists first, so any of them may be interrupted anywhere and run again.
Only resources with the stack's ownership tag are ever changed or deleted.
"""

from tracing_lab.stack import Plan
from tracing_lab.stack.outputs import Outputs

from .applying import apply
from .correcting import Correction, correction
from .destroying import destroy
from .estimating import estimate_s
from .executor import StepReport
from .inspecting import drift, outputs, plan
from .regions import in_all
from .reports import Drift, Remains, Teardown

__all__ = [
    "Correction",
    "Drift",
    "Outputs",
    "Plan",
    "Remains",
    "StepReport",
    "Teardown",
    "apply",
    "correction",
    "destroy",
    "drift",
    "estimate_s",
    "in_all",
    "outputs",
    "plan",
]
