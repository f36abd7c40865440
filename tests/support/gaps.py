"""Whether gaps between arrivals are those of a Poisson process."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

BINS = 20
CHI_SQUARE_LIMIT = 30.144
"""The 95th percentile of the chi-square distribution with 19 degrees of freedom."""


def chi_square_of_gaps(offsets: Sequence[float], *, rate: float) -> float:
    """Return Pearson's statistic of gaps in 20 bins that are equally likely if exponential."""
    shares = [1 - math.exp(-rate * (later - earlier)) for earlier, later in pairwise(offsets)]
    counts = Counter(min(int(share * BINS), BINS - 1) for share in shares)
    expected = len(shares) / BINS
    return sum((counts[bin_] - expected) ** 2 / expected for bin_ in range(BINS))
