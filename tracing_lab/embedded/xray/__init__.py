"""The X-Ray service of the embedded AWS.

`service` combines all parts in one object. In the order of a document's way: `ingest` accepts or
rejects it, `store` stores it, `derive` builds summaries and graphs of a trace's documents, `api`
responds to requests. `sampling` decides which requests are traced. Behaviour that AWS does not
document is chosen in `undocumented`.
"""

from .derive.cache_sizes import DEFAULT_CACHE_MB, MIN_CACHE_MB
from .sampling.head import HeadDecision, Sampler
from .service import XRayService

__all__ = [
    "DEFAULT_CACHE_MB",
    "MIN_CACHE_MB",
    "HeadDecision",
    "Sampler",
    "XRayService",
]
