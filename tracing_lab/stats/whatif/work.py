"""Whose time traces were: the work of a service, without the calls that it made."""

import difflib
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from tracing_lab.errors import TraceDataError
from tracing_lab.spans.tree import NO_ROW, Flags, Rows
from tracing_lab.xray_model.documents import SUBSEGMENT
from tracing_lab.xray_model.lambda_segments import (
    ATTEMPT_PREFIX,
    BEFORE_FUNCTION,
    DWELL_TIME,
    FUNCTION,
    INVOCATION,
    OVERHEAD,
    SERVICE as LAMBDA,
)

from .happening import Happening

_OF_LAMBDA: Final = (*BEFORE_FUNCTION, DWELL_TIME, OVERHEAD)


@dataclass(frozen=True)
class Work:
    """Events whose lags are the work of a service, and to which request to it each belongs.

    Parameters
    ----------
    event
        The events.
    request
        Row of the span that stands for the request: the service's segment, or the operation.
    """

    event: Rows
    request: Rows


def service_named(spans: pd.DataFrame, service: str) -> str:
    """Return the name of a service as traces have it.

    Parameters
    ----------
    spans
        A span frame.
    service
        The whole name, or a part of one name only, such as ``payment``.

    Raises
    ------
    TraceDataError
        If there is none, or several.
    """
    names = sorted(str(name) for name in spans["service"].dropna().unique())
    if service in names:
        return service
    fitting = [name for name in names if service and service in name]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        msg = f"{service!r} is a part of several services' names: {', '.join(fitting)}; use one."
        raise TraceDataError(msg)
    likely = difflib.get_close_matches(service, names, 1, 0.4)
    remedy = f"did you mean {likely[0]!r}?" if likely else f"they have: {', '.join(names)}."
    msg = f"These traces have no service {service!r}; {remedy}"
    raise TraceDataError(msg)


def work_of(spans: pd.DataFrame, happened: Happening, service: str, operation: str | None) -> Work:
    """Return the work of a service.

    Lambda's own time (waiting, initialization, what follows the response) is not the service's, and
    neither is the time of calls that it made.

    Parameters
    ----------
    spans
        A span frame.
    happened
        Its events.
    service
        As `service_named` accepts it.
    operation
        Name of spans of the service, for their own time alone; all of its work by default.

    Raises
    ------
    TraceDataError
        If there is no such service or operation.
    """
    name = service_named(spans, service)
    is_its = (spans["service"] == name).to_numpy(dtype=bool)
    if operation is None:
        mask, request = is_its & _is_work(spans, happened), happened.owners
    else:
        mask = is_its & (spans["name"] == operation).to_numpy(dtype=bool)
        request = np.arange(len(spans))
        if not mask.any():
            raise TraceDataError(_no_operation(spans[is_its], name, operation))
    owner = happened.owner
    event = np.flatnonzero((owner != NO_ROW) & mask[owner])
    return Work(event, request[owner[event]])


def _is_work(spans: pd.DataFrame, happened: Happening) -> Flags:
    """Return which spans' own time is their service's."""
    names = spans["name"]
    origin = spans["origin"].iloc[happened.owners].to_numpy()
    is_part = (spans["kind"] == SUBSEGMENT).to_numpy(dtype=bool)
    of_lambda = names.isin(_OF_LAMBDA) | names.str.startswith(ATTEMPT_PREFIX)
    is_function = (spans["origin"] == FUNCTION).to_numpy(dtype=bool)
    parents = happened.parents
    invoked = np.flatnonzero((names == INVOCATION).to_numpy(dtype=bool) & is_part)
    has_invocation = np.zeros(len(spans), dtype=bool)
    has_invocation[parents[invoked]] = True
    makes_call = np.zeros(len(spans), dtype=bool)
    called = np.flatnonzero(~is_part & (parents != NO_ROW))
    makes_call[parents[called]] = True
    makes_call &= is_part
    own_of_lambda = (origin == LAMBDA) | (of_lambda.to_numpy(dtype=bool) & is_part)
    is_work: Flags = ~own_of_lambda & ~(is_function & has_invocation) & ~makes_call
    return is_work


def _no_operation(spans: pd.DataFrame, service: str, operation: str) -> str:
    names = sorted(str(name) for name in spans["name"].dropna().unique())
    likely = difflib.get_close_matches(operation, names, 1)
    remedy = f"did you mean {likely[0]!r}?" if likely else f"it has: {', '.join(names)}."
    return f"The service {service!r} has no operation {operation!r} in these traces; {remedy}"
