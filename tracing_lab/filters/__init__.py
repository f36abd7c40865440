"""X-Ray's filter expressions: parse them, format them, and match traces with them.

``parse`` returns the syntax tree of an expression, ``chooser`` the function that tells which traces
in `FactColumns` match it, ``matcher`` the one that tells whether the `TraceFacts` of one trace do.
The language: AWS X-Ray Developer Guide, "Using filter expressions".
"""

from .columns import FactColumns
from .evaluation import Chooser, GroupLookup, TraceMatcher, chooser, matcher, no_groups
from .facts import EdgeFacts, NodeFacts, NodeId, RequestFacts, TraceFacts
from .parser import parse
from .syntax import (
    EdgeCondition,
    FilterExpression,
    KeywordCondition,
    RootCauseCondition,
    RootCauseShape,
    ServiceCondition,
    render,
    walk,
)

__all__ = [
    "Chooser",
    "EdgeCondition",
    "EdgeFacts",
    "FactColumns",
    "FilterExpression",
    "GroupLookup",
    "KeywordCondition",
    "NodeFacts",
    "NodeId",
    "RequestFacts",
    "RootCauseCondition",
    "RootCauseShape",
    "ServiceCondition",
    "TraceFacts",
    "TraceMatcher",
    "chooser",
    "matcher",
    "no_groups",
    "parse",
    "render",
    "walk",
]
