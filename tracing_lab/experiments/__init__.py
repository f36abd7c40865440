"""Experiments with a running stack, decided by the analysis of its traces.

::

    finding = tl.rca.find_root_cause(good_spans, bad_spans)
    tl.experiments.verify_cause(config, finding)     remove it and put it back in turns, and compare

`samples` has orders to analyse, from a stack or recorded.
"""

from .verification import Outcome, Verification
from .verifying import verify_cause

__all__ = ["Outcome", "Verification", "verify_cause"]
