"""X-Ray's filter expressions: read them, write them down, match traces with them.

``parse`` gives the syntax tree of an expression, ``matcher`` the function that tells whether it
holds for the `TraceFacts` of a trace, ``chooser`` the one that tells which traces in `FactColumns`
it holds for. The language: AWS X-Ray Developer Guide, "Using filter
expressions".
"""

from .choosing import Chooser, chooser
from .columns import FactColumns
from .compiling import Groups, no_groups
from .facts import EdgeFacts, NodeFacts, NodeId, Request, TraceFacts, is_ok
from .matching import Matcher, matcher
from .parser import parse
from .syntax import Edge, Expression, RootCause, RootCauseShape, Service, Test, render, walk

__all__ = [
    "Chooser",
    "Edge",
    "EdgeFacts",
    "Expression",
    "FactColumns",
    "Groups",
    "Matcher",
    "NodeFacts",
    "NodeId",
    "Request",
    "RootCause",
    "RootCauseShape",
    "Service",
    "Test",
    "TraceFacts",
    "chooser",
    "is_ok",
    "matcher",
    "no_groups",
    "parse",
    "render",
    "walk",
]
