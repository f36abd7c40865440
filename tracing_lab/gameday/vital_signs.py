"""How the services are, as a table: what an investigation looks at first. Pure."""

from typing import Final

import pandas as pd

from tracing_lab.config import SERVICES
from tracing_lab.stack.parts import part_of
from tracing_lab.xray_model.lambda_segments import FUNCTION

COLUMNS: Final = ("orders", "runs", "failed", "throttled", "cold", "p50_ms", "p95_ms")

_LAMBDA: Final = "AWS::Lambda"
_OF_EVENTS: Final = frozenset({"lost-events", "duplicated-events"})
_FOLLOWING: Final = {
    "order": ("payment", "inventory"),
    "payment": ("notification",),
    "inventory": ("notification",),
}
"""Which services the events of a service start."""

_COLUMN: Final = {
    "latency": "p50_ms",
    "slow-deploy": "p50_ms",
    "slow-consumer": "p50_ms",
    "retry-storm": "p95_ms",
    "throttling": "throttled",
    "cold-starts": "cold",
}
"""Kind to the column that shows it; the others fail."""


def vital_signs(spans: pd.DataFrame) -> pd.DataFrame:
    """Return how each service is, a row for each.

    Parameters
    ----------
    spans
        The span frame of some orders.

    Returns
    -------
    pandas.DataFrame
        Index ``service``. ``orders`` is the share of orders that reached it, ``runs`` how often its
        function ran for each of these (retries and doubled events count), ``failed``, ``throttled``
        and ``cold`` the shares of runs that failed, were throttled and started an environment, and
        ``p50_ms`` and ``p95_ms`` how long a run took that did none of these.
    """
    parts = spans["service"].astype(str).map(part_of)
    rows = {service: _signs(spans, spans[parts == service]) for service in SERVICES}
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=list(COLUMNS))
    return frame.rename_axis("service")


def _signs(spans: pd.DataFrame, own: pd.DataFrame) -> tuple[float, ...]:
    segments = own[own["kind"] != "subsegment"]
    runs = segments[segments["origin"] == FUNCTION]
    throttled = int(segments.loc[segments["origin"] == _LAMBDA, "throttle"].sum())
    traces = spans.index.unique("trace_id").size
    reached = segments.index.unique("trace_id").size
    tried = max(len(runs) + throttled, 1)
    failed = runs["status"] != "ok"
    usual_ms = runs.loc[~failed & ~runs["cold_start"], "duration_s"] * 1000
    return (
        reached / max(traces, 1),
        tried / max(reached, 1) if reached else 0.0,
        float(failed.sum()) / tried,
        throttled / tried,
        float(runs["cold_start"].sum()) / tried,
        float(usual_ms.median()),
        float(usual_ms.quantile(0.95)),
    )


def trouble(signs: pd.DataFrame, service: str, kind: str) -> float:
    """Return how much of a kind of trouble a service has.

    Parameters
    ----------
    signs
        What `vital_signs` returned.
    service
        The service.
    kind
        A scenario of `tracing_lab.faults`; not ``none``.

    Returns
    -------
    float
        More is worse; what it counts depends on the kind.
    """
    own = signs.loc[service].to_dict()
    if kind in _OF_EVENTS:
        following = signs.loc[[*_FOLLOWING.get(service, ())]]
        arrived = float((following["orders"] * following["runs"]).sum())
        return arrived if kind == "duplicated-events" else -arrived
    if kind == "disabled-rule":
        return -float(own["orders"])
    return float(own[_COLUMN.get(kind, "failed")])


def is_gone(healthy: float, bad: float, after: float) -> bool:
    """Return whether at least half of a trouble has gone.

    Parameters
    ----------
    healthy, bad, after
        How much there was when all was well, in the incident, and is after a change.

    Examples
    --------
    >>> is_gone(0.0, 0.4, 0.1), is_gone(0.0, 0.4, 0.4), is_gone(0.2, 0.2, 0.2)
    (True, False, False)
    """
    return bad > healthy and bad - after >= (bad - healthy) / 2
