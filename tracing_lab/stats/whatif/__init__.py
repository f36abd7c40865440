"""What would happen if: predict how long requests take after a change, from traces alone.

::

    tl.whatif.predict(spans, tl.whatif.Scaled("payment", 0.5), of="chain")
    tl.whatif.predict(spans, tl.whatif.InParallel("checkout", ("price", "stock")))
    tl.whatif.predict(spans, tl.whatif.Retried("payment", attempts=1), of="chain")

`Delayed` adds milliseconds or a distribution, `Replaced` replaces the distribution of a service's
work. `tl.experiments.verify_prediction` makes the change and compares.
"""

from .changes import Change, Delayed, InParallel, Replaced, Retried, Scaled
from .predicting import predict
from .prediction import Prediction, Span

__all__ = [
    "Change",
    "Delayed",
    "InParallel",
    "Prediction",
    "Replaced",
    "Retried",
    "Scaled",
    "Span",
    "predict",
]
