"""The stack as plain data: what is wanted, and how that differs from what exists.

Nothing here does I/O. `resources` describes the wanted resources in the vocabulary of
CloudFormation (types, property names, ``${logical.Attribute}`` references), so that the same
description can be provisioned, compared and exported. `plan` is a pure function from wanted and
observed resources to steps; whoever executes them need not know why.
"""

from .model import Action, Change, Observed, Plan, Resource, Step
from .names import Names, Site
from .planning import plan, step_for
from .references import resolve
from .resources import FunctionCode, resources, retired

__all__ = [
    "Action",
    "Change",
    "FunctionCode",
    "Names",
    "Observed",
    "Plan",
    "Resource",
    "Site",
    "Step",
    "plan",
    "resolve",
    "resources",
    "retired",
    "step_for",
]
