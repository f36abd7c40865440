"""The stack as plain data: the wanted resources, and how they differ from what exists.

Nothing here does I/O. `resources` describes the wanted resources in the vocabulary of
CloudFormation (types, property names), with strings that know what they refer to, so that the same
description can be provisioned, compared and exported. `plan` is a pure function from wanted and
observed resources to steps.
"""

from .model import Action, Change, Observed, Plan, Resource, Step
from .names import Names, Site
from .planning import plan, step_for
from .references import Attribute, Location, LocationKind, Part, Text, output, resolve
from .resources import NO_CODE, FunctionCode, resources, retired
from .settings_before import config_before

__all__ = [
    "NO_CODE",
    "Action",
    "Attribute",
    "Change",
    "FunctionCode",
    "Location",
    "LocationKind",
    "Names",
    "Observed",
    "Part",
    "Plan",
    "Resource",
    "Site",
    "Step",
    "Text",
    "config_before",
    "output",
    "plan",
    "resolve",
    "resources",
    "retired",
    "step_for",
]
