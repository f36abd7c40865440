"""A table of the personal data and secrets in traces."""

from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from .assignments import without_scheme
from .detectors import matches
from .kinds import Match
from .places import Place, places_of
from .secret_names import secret_kind_at

COLUMNS: Final = ("kind", "path", "service", "name", "trace_id", "span_id", "shown")
_SHOWN: Final = 2  # characters at each end
_NEAR: Final = 4


def scan_privacy(source: Any) -> pd.DataFrame:
    """Return what looks like personal data or a secret, and where it is.

    Parameters
    ----------
    source
        Traces as `tracing_lab.spans.load_traces` returns them: all their texts are looked at, in
        names, URLs, annotations, metadata, messages of exceptions, users and statements. Or a span
        frame, of which there are names and annotations only, or a frame of log lines.

    Returns
    -------
    findings
        One row for each, with the columns ``kind``, ``path`` (such as ``http.request.url``),
        ``service``, ``name``, ``trace_id``, ``span_id``, and ``shown``: the text with its middle
        hidden.

    Raises
    ------
    TraceDataError
        If it is something else, or a document cannot be read.

    Examples
    --------
    >>> document = '{"id": "1", "name": "shop", "annotations": {"mail": "ada@example.org"}}'
    >>> trace = {"Id": "1-2-3", "Segments": [{"Id": "1", "Document": document}]}
    >>> scan_privacy([trace])[["kind", "path", "shown"]].values.tolist()
    [['email', 'annotations.mail', 'ad***********rg']]
    """
    rows = [
        (match.kind, place.path, place.service, place.name, place.trace_id, place.span_id, shown)
        for place in places_of(source)
        for match, shown in _found(place)
    ]
    return pd.DataFrame(rows, columns=[*COLUMNS])


def _found(place: Place) -> Iterator[tuple[Match, str]]:
    for match in matches_in(place.path, place.text):
        yield match, _hidden(place.text[match.start : match.end])


def matches_in(path: str, text: str) -> list[Match]:
    """Return what is found in a text, or all of it where a name on its path says it is a secret.

    Parameters
    ----------
    path
        The members that lead to it.
    text
        The text.

    Examples
    --------
    >>> matches_in("metadata.default.password", "10.0.0.1-hunter22")
    [Match(kind='token', start=0, end=17)]
    """
    found = matches(text)
    kind = secret_kind_at(path, text)
    if kind is None:
        return found
    start, end = without_scheme(path, text), len(text)
    is_whole = [(match.start, match.end) for match in found] == [(start, end)]
    return found if is_whole else [Match(kind, start, end)]


def _hidden(text: str) -> str:
    """Return a text with only its ends, enough to find it again."""
    ends = _SHOWN if len(text) > _NEAR + 2 * _SHOWN else 0
    return text[:ends] + "*" * (len(text) - 2 * ends) + text[len(text) - ends :]
