"""The X-Ray service of the embedded AWS.

::

    service     XRay: everything below in one object
    api         requests and responses           requests   members of requests, page tokens
    documents   accept or reject documents       conform    leave out what does not conform
    store       raw documents in SQLite          writer     group commit
    processing  raw documents -> processed trace inference  inferred segments
    rendering   processed documents as JSON      tree       walk segments
    summaries   TraceSummary                     views      derived data, cached by trace version
    graph       service graph as map and merge   nodes      which node a segment belongs to
    window      graph of a time window, cached   graph_output  the Services list
    rules       sampling rules                   sampling   decisions and quotas
    reading     operations that read traces      assumptions  what AWS does not document
"""

from .api import ApiResponse
from .sampling import Sampler, SamplingDecision
from .service import XRay

__all__ = ["ApiResponse", "Sampler", "SamplingDecision", "XRay"]
