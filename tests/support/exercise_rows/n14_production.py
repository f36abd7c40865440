"""Answers that are tried on the exercises of notebook 14."""

import exercise_samples as samples
import numpy as np
import pandas as pd

from exercise_rows.rows import Rows, no_data
from tracing_lab.spans import spans_from_traces
from tracing_lab.xray_model.lambda_segments import FUNCTION


def _part() -> pd.DataFrame:
    """Return the first sample order as if only `order` and `inventory` had run."""
    trace = samples.trace()
    kept = [segment for segment in trace["Segments"] if segment["Id"][0] in "abd"]
    return spans_from_traces([{**trace, "Segments": kept}])


ROWS = {
    "14.saved": Rows(
        data=no_data,
        right=(6, "6", np.int64(6), 6.0),
        wrong=(
            (14, "lost"),
            (2, "first_only"),
            (4, "not_added"),
            (20, "all"),
            (0, "none"),
            (7, "off_by_one"),
            (0.3, "fraction"),
            (True, "bool"),
        ),
    ),
    "14.added": Rows(
        data=lambda: {"before": _part(), "after": samples.spans_of_one()},
        right=(3, "3", pd.Series([3])),
        wrong=(
            (5, "total"),
            (2, "before"),
            (4, "off_by_one"),
            (6, "rows"),
            (1, "repaired"),
            (samples.spans_of_one()["origin"] == FUNCTION, "mask"),
            (-3, "negative"),
        ),
    ),
    "14.passing": Rows(
        data=no_data,
        right=({"plain", "gift"}, ["gift", "plain"], "plain, gift"),
        wrong=(
            ({"plain"}, "strict"),
            ({"plain", "gift", "words", "free"}, "only_required"),
            ({"plain", "gift", "free"}, "zero"),
            ({"plain", "gift", "words"}, "types"),
            ({"words", "free", "empty"}, "refused"),
            ({"plain", "gfit"}, "spelling"),
            ({"empty"}, ""),
            (2, "size"),
        ),
    ),
}
