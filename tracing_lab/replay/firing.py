"""Send the recorded requests to the stand-ins."""

import math
from collections.abc import Sequence

import pandas as pd

from tracing_lab import traffic
from tracing_lab.errors import ReplayError

from .deploying import DeployedReplay
from .model import EntryRequest, ReplayTarget
from .shape import route_of

WARM_UP_GAP_S = 0.05


def fire(
    deployed: DeployedReplay, *, speed: float = 1.0, progress: traffic.Progress | None = None
) -> pd.DataFrame:
    """Send the recorded requests at the recorded times, and log them.

    Parameters
    ----------
    deployed
        From `apply`.
    speed
        How many times as fast; 2 is twice the recorded rate.
    progress
        As for `traffic.fire`.

    Returns
    -------
    pandas.DataFrame
        The log, as `traffic.fire` returns it, for `xray.fetch_traces`.

    Raises
    ------
    ReplayError
        If the speed is no number above 0.
    EndpointUnreachableError, EndpointLostError, FireInterruptedError
        As `traffic.fire` does.
    """
    check_speed(speed)
    timed = [(request.at_s / speed, request.target) for request in deployed.model.requests]
    return _sent(deployed, timed, progress)


def check_speed(speed: float) -> None:
    """Raise if requests cannot be sent at a speed; before anything is deployed.

    Parameters
    ----------
    speed
        As for `fire`.

    Raises
    ------
    ReplayError
        If the speed is no number above 0.
    """
    if isinstance(speed, bool) or not 0 < speed < math.inf:
        msg = f"speed={speed!r} must be a number above 0."
        raise ReplayError(msg)


def warm_up(
    deployed: DeployedReplay, *, requests: int = 20, progress: traffic.Progress | None = None
) -> pd.DataFrame:
    """Send some of the recorded requests, so that functions are initialized before the replay.

    Parameters
    ----------
    deployed
        From `apply`.
    requests
        How many, spread evenly over the recorded ones.
    progress
        As for `traffic.fire`.

    Returns
    -------
    pandas.DataFrame
        The log, as `traffic.fire` returns it.

    Raises
    ------
    ReplayError
        If `requests` is no whole number above 0.
    EndpointUnreachableError, EndpointLostError, FireInterruptedError
        As `traffic.fire` does.
    """
    if type(requests) is not int or requests < 1:
        msg = f"requests={requests!r} must be a whole number above 0."
        raise ReplayError(msg)
    chosen = _spread(deployed.model.requests, requests)
    timed = [(place * WARM_UP_GAP_S, request.target) for place, request in enumerate(chosen)]
    return _sent(deployed, timed, progress)


def _spread(requests: Sequence[EntryRequest], count: int) -> list[EntryRequest]:
    """Return so many requests, all kinds of entry among them."""
    first: dict[tuple[str, str], EntryRequest] = {}
    for request in requests:
        first.setdefault(route_of(request.target), request)
    others = [requests[place * len(requests) // count] for place in range(count)]
    return [*first.values(), *others][: max(count, len(first))]


def _sent(
    deployed: DeployedReplay,
    timed: Sequence[tuple[float, ReplayTarget]],
    progress: traffic.Progress | None,
) -> pd.DataFrame:
    requests = [
        traffic.TimedRequest(at_s, _url(deployed, target), {"run": target.run})
        for at_s, target in timed
    ]
    return traffic.fire_requests(requests, endpoint_url=deployed.endpoint_url, progress=progress)


def _url(deployed: DeployedReplay, target: ReplayTarget) -> str:
    api, route = route_of(target)
    return f"{deployed.api_urls[api]}/{route}"
