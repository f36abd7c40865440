"""X-Ray's filter expressions: read them, write them down, match traces with them.

``parse`` gives the syntax tree of an expression, ``matcher`` the function that tells whether it
holds for the `TraceFacts` of a trace. The language: AWS X-Ray Developer Guide, "Using filter
expressions".
"""

from .facts import EdgeFacts, NodeFacts, NodeId, Request, TraceFacts, is_ok
from .matching import Groups, Matcher, matcher, no_groups
from .parser import parse
from .syntax import Edge, Expression, RootCause, RootCauseShape, Service, Test, render, walk

__all__ = [
    "Edge",
    "EdgeFacts",
    "Expression",
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
    "is_ok",
    "matcher",
    "no_groups",
    "parse",
    "render",
    "walk",
]
