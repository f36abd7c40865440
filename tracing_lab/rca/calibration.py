"""How probable it is that a candidate is a cause, from what it shows: a logistic regression.

`tests/bench/calibrate_root_cause.py` fits the coefficients on the recorded incidents 0 to 99, and
prints this module's constants. The other incidents are held out; `tests/bench/root_cause.py`
measures on them.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from .model import FAILURES, LOST, REPEATED, THROTTLES, WAIT

MOST_SURPRISE: Final = 8.0
"""A p-value below ten to the power of minus this counts no more than that."""

LEAST_IMPACT: Final = 1e-3

COEFFICIENTS: Final = {
    "intercept": 8.16,
    "log_impact": 3.12,
    "surprise": 0.19,
    "log_share": 0.88,
    "fails": 1.43,
    "waits": -0.49,
}
"""As `tests/bench/calibrate_root_cause.py` prints them, with 182 candidates of 94 incidents."""

_FAILING: Final = frozenset({FAILURES, THROTTLES, LOST, REPEATED})


def features(candidates: pd.DataFrame) -> pd.DataFrame:
    """Return what the probability of each candidate depends on.

    Parameters
    ----------
    candidates
        As `tracing_lab.rca.causes.candidates` returns them.

    Returns
    -------
    features
        Columns of `COEFFICIENTS`: a constant, the logarithm of the impact, how small the p-value is
        (in powers of ten), the logarithm of the impact as a share of the largest one, whether
        something fails, and whether something only waits.
    """
    impact = candidates["impact"].clip(lower=LEAST_IMPACT)
    p = candidates["p"].clip(lower=10**-MOST_SURPRISE)
    return pd.DataFrame(
        {
            "intercept": 1.0,
            "log_impact": np.log(impact),
            "surprise": -np.log10(p),
            "log_share": np.log(impact / impact.max()),
            "fails": [float(not _FAILING.isdisjoint(tests)) for tests in candidates["tests"]],
            "waits": [float(set(tests) == {WAIT}) for tests in candidates["tests"]],
        },
        index=candidates.index,
    )


def probabilities(candidates: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return the probability of each candidate.

    Parameters
    ----------
    candidates
        As `tracing_lab.rca.causes.candidates` returns them.
    """
    of = features(candidates)[[*COEFFICIENTS]].to_numpy(dtype=np.float64)
    return np.asarray(1 / (1 + np.exp(-of @ np.array([*COEFFICIENTS.values()]))))
