"""Find the root cause of a bad window."""

from typing import Final

import pandas as pd

from tracing_lab.errors import TraceDataError
from tracing_lab.stats.quantiles import check_fraction

from .causes import candidates, ranked
from .evidence import evidence
from .finding import Finding
from .observations import RequestWindow, observations
from .paths import path_from
from .reasons import why, why_not
from .symptoms import symptoms

_MORE_PROBABLE_THAN_NOT: Final = 0.5


def find_root_cause(
    good_spans: pd.DataFrame,
    bad_spans: pd.DataFrame,
    *,
    least_probability: float = _MORE_PROBABLE_THAN_NOT,
    confidence: float = 0.95,
) -> Finding:
    """Return which service or connection made a window of traces bad, and how that was noticed.

    Each node and edge of the service graph is compared with itself in a good window, in what is its
    own: the time that it worked itself, failures that began there, throttled requests, calls and
    events that do not arrive, and time between an event and its target. Cold starts are compared
    with nothing, and what all nodes have in common, as on a busy machine, is subtracted. Traces are
    the unit of the tests, whose p-values are corrected for their number. How probable each
    candidate is follows from its tests and its size by a logistic regression, see
    `tracing_lab.rca.calibration`.

    Parameters
    ----------
    good_spans
        Span frame of a window in which all was well; some 50 traces or more.
    bad_spans
        Span frame of the window to explain, of the same system under similar load.
    least_probability
        A cause is named if it is at least this probable, and significant.
    confidence
        What is left to 1 is the share of false discoveries among significant tests.

    Returns
    -------
    Finding
        The ranking, the path from the cause to where it is noticed, the symptoms, and the
        probability; or that no fault was found, with the reason.

    Raises
    ------
    TraceDataError
        If a window has no traces.
    ValueError
        If `least_probability` or `confidence` is not between 0 and 1.

    Examples
    --------
    >>> import tracing_lab as tl
    >>> spans = tl.spans.spans_from_traces(tl.samples.recorded().traces)
    >>> find_root_cause(spans, spans).found
    False
    """
    for name, fraction in (("least_probability", least_probability), ("confidence", confidence)):
        check_fraction(name, fraction)
    good, bad = (_observed(*window) for window in (("good", good_spans), ("bad", bad_spans)))
    tests = evidence(good, bad, alpha=1 - confidence)
    causes = ranked(candidates(tests))
    significant = causes["q"] <= 1 - confidence
    likely = causes[significant & (causes["probability"] >= least_probability)]
    suspects = likely if len(likely) else causes
    first = [*likely.iloc[0][["name", "kind", "tests"]]] if len(likely) else []
    return Finding(
        found=bool(len(likely)),
        reason=why(likely)
        if len(likely)
        else why_not(tests, causes, (good, bad), alpha=1 - confidence),
        causes=causes,
        root_causes=tuple(likely["name"]),
        path=path_from(*first, good=good, bad=bad) if len(likely) else (),
        symptoms=symptoms(good_spans, bad_spans),
        probability=float(suspects["probability"].max()) if len(suspects) else 0.0,
    )


def _observed(name: str, spans: pd.DataFrame) -> RequestWindow:
    if spans.empty:
        msg = (
            f"The {name} window has no traces. Fetch traces of a time in which requests were sent."
        )
        raise TraceDataError(msg)
    return observations(spans)
