"""Root causes: which service or connection made a window of traces bad, and the path to where.

::

    finding = tl.rca.find_root_cause(good_spans, bad_spans)
    finding                       the verdict, the ranking, and the symptoms
    finding.path                  nodes from the cause to where it is noticed
    tl.plot.plot_root_cause(finding, tl.graph.service_graph_from_spans(bad_spans))
"""

from .finding import Finding
from .root_cause import find_root_cause

__all__ = ["Finding", "find_root_cause"]
