"""How spans are grouped by service, node or operation."""

from typing import Any, Final, Literal, TypeAlias

import pandas as pd

from tracing_lab.spans.frames import TEXT
from tracing_lab.spans.tree import families
from tracing_lab.xray_model import lambda_segments
from tracing_lab.xray_model.documents import REQUEST_KINDS

Grouping: TypeAlias = Literal["service", "node", "operation"]
"""What to group spans by.

``service``: one group per service, with the spans that serve its requests (a Lambda function's own
segment, not the Lambda service's; an inferred segment where a callee sends none);
``node``: one group per node of the service graph, so a function counts twice; ``operation``: one
group per node and span name, subsegments included.
"""

_KEYS: Final[dict[str, list[str]]] = {
    "service": ["service"],
    "node": ["service", "origin"],
    "operation": ["service", "origin", "name"],
}


def request_spans(spans: pd.DataFrame, *, by: Grouping = "service") -> pd.DataFrame:
    """Return the spans that represent requests.

    Parameters
    ----------
    spans
        A span frame.
    by
        ``service``, ``node`` or ``operation``, see `Grouping`.

    Returns
    -------
    requests
        Rows of `spans`, each with the ``origin`` of the segment that it is part of.

    Raises
    ------
    ValueError
        If `by` is not one of the values above.
    """
    group_keys(by)
    named = with_node_origin(spans)
    if by == "operation":
        return named
    segments = named[named["kind"].isin(REQUEST_KINDS)]
    if by == "node":
        return segments
    functions = segments.loc[segments["origin"] == lambda_segments.FUNCTION, "service"].unique()
    doubled = (segments["origin"] == lambda_segments.SERVICE) & segments["service"].isin(functions)
    return segments[~doubled]


def group_keys(by: Grouping) -> list[str]:
    """Return the columns to group by.

    Parameters
    ----------
    by
        ``service``, ``node`` or ``operation``.

    Raises
    ------
    ValueError
        If `by` is something else.
    """
    if by not in _KEYS:
        msg = f"by is {by!r}; it must be one of {', '.join(_KEYS)}."
        raise ValueError(msg)
    return _KEYS[by]


def with_node_origin(spans: pd.DataFrame) -> pd.DataFrame:
    """Return spans with the ``origin`` of the segment that each is part of.

    Parameters
    ----------
    spans
        A span frame.

    Returns
    -------
    pd.DataFrame
        The same rows, which can be grouped by node.
    """
    _, owners = families(spans)
    origins = spans["origin"].astype(TEXT).fillna("").astype("category")
    return spans.assign(origin=origins.iloc[owners].array)


def table_of_groups(
    rows: dict[Any, dict[str, Any]], keys: list[str], template: dict[str, Any]
) -> pd.DataFrame:
    """Return a table with a row per group; without rows, it still has its columns.

    Parameters
    ----------
    rows
        Group key to the group's row.
    keys
        Names of the index's levels.
    template
        A row with all columns.
    """
    index = pd.MultiIndex.from_tuples(list(rows), names=keys)
    table = pd.DataFrame(list(rows.values()), index=index, columns=list(template))
    return table if len(keys) > 1 else table.set_axis(index.get_level_values(0))
