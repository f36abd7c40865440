"""Experiments with a running stack, decided by the analysis of its traces.

::

    finding = tl.rca.find_root_cause(good_spans, bad_spans)
    tl.experiments.verify_cause(config, finding)     remove it and put it back in turns, and compare
    tl.experiments.verify_prediction(config, prediction)   make the change, and compare

`samples` has orders to analyse, from a stack or recorded.
"""

from .predictions import verify_prediction
from .scoring import PredictionScore
from .verification import Outcome, Verification
from .verifying import verify_cause

__all__ = ["Outcome", "PredictionScore", "Verification", "verify_cause", "verify_prediction"]
