"""Answers that are tried on the exercises of notebook 00."""

import exercise_samples as samples
import pandas as pd

from exercise_rows.rows import Rows

ROWS = {
    "00.status": Rows(
        data=lambda: {"spans": samples.spans_of_one()},
        right=(201, "201", 201.0, pd.Series([201])),
        wrong=((200, "guess"), (1, "rows"), (0, "label"), (202, "inside"), (404, "")),
    ),
    "00.segments": Rows(
        data=lambda: {"spans": samples.spans_of_one()},
        right=(11, "11", 11.0, [11]),
        wrong=(
            (15, "rows"),
            (12, "with_inferred"),
            (3, "subsegments"),
            (6, "services"),
            (10, "off_by_one"),
            ({"a", "b"}, "collection"),
            (samples.log(), "table"),
        ),
    ),
}
