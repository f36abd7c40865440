"""Recorded incidents: traces of good and bad windows, and what was wrong.

`tests/bench/record_incidents.py` records them, `tests/bench/incident_plan.py` has the rule for what
is true. Ids are renumbered and annotations left out; everything else is as `spans_from_traces` made
it from the traces of the embedded AWS.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from packed_spans import pack, unpack

FOLDER: Final = Path(__file__).parents[1] / "data" / "incidents"
CHUNK: Final = 10
"""Incidents in a file."""

SPLITS: Final = {"tuning": range(100), "held out": range(100, 200), "poison": range(200, 210)}
"""Which incidents a method may be tuned on, and which ones figures are reported for."""

_TEXTS: Final = ["service", "name", "kind", "origin"]
_TIMES: Final = {"start_us": "BYTE_STREAM_SPLIT", "duration_us": "BYTE_STREAM_SPLIT"}


@dataclass(frozen=True)
class Truth:
    """What was wrong in an incident, by construction of the fault.

    Parameters
    ----------
    causes
        Names of the services with a fault, as nodes of the service graph have them; empty if there
        was none.
    paths
        For each cause, the nodes of the service graph from it to where somebody notices.
    kind
        ``none``, ``latency``, ``errors``, ``timeouts``, ``throttling``, ``permission``, ``two
        services`` or ``poison``.
    strength
        Cause to how strong its fault was.
    seed
        Of the load and of the fault.
    warm
        Whether functions were initialized before the bad window.
    """

    causes: tuple[str, ...]
    paths: tuple[tuple[str, ...], ...]
    kind: str
    strength: Mapping[str, Any]
    seed: int
    warm: bool


@dataclass(frozen=True)
class Incident:
    """A recorded incident.

    Parameters
    ----------
    number
        From 0 on.
    good, bad
        Span frames of the two windows; neighbours may share a good one.
    truth
        What was wrong.
    """

    number: int
    good: pd.DataFrame
    bad: pd.DataFrame
    truth: Truth


@dataclass(frozen=True)
class Window:
    """The traces of a window that is to be saved."""

    name: str
    spans: pd.DataFrame


def incidents(split: str | None = None) -> Iterator[Incident]:
    """Yield the recorded incidents of a split, or all, by number.

    Parameters
    ----------
    split
        One of `SPLITS`.
    """
    for first in range(0, max(numbers.stop for numbers in SPLITS.values()), CHUNK):
        if (split is None or first in SPLITS[split]) and chunk_files(first)[0].exists():
            yield from _chunk(first)


def chunk_files(first: int) -> tuple[Path, Path]:
    """Return the files of the incidents from `first` on: of truths, and of spans."""
    return FOLDER / f"{first:03}.json", FOLDER / f"{first:03}.parquet"


def save_chunk(first: int, windows: Sequence[Window], truths: Sequence[Mapping[str, Any]]) -> None:
    """Save some incidents.

    Parameters
    ----------
    first
        The number of the first one.
    windows
        Their windows.
    truths
        What is true of each, with ``number`` and the names of its windows, ``good`` and ``bad``.
    """
    FOLDER.mkdir(exist_ok=True)
    packed = [pack(window.spans).assign(window=at) for at, window in enumerate(windows)]
    table = pd.concat(packed).astype({"window": "int16"})
    facts, spans = chunk_files(first)
    pq.write_table(
        pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(),
        spans,
        compression="zstd",
        compression_level=19,
        use_dictionary=_TEXTS,
        column_encoding=_TIMES,
    )
    starts = {window.name: window.spans["start"].min().isoformat() for window in windows}
    lines = ",\n".join(json.dumps(truth) for truth in truths)
    facts.write_text(f'{{"windows": {json.dumps(starts)},\n"incidents": [\n{lines}\n]}}\n')


def _chunk(first: int) -> Iterator[Incident]:
    facts, spans = chunk_files(first)
    document = json.loads(facts.read_text())
    parts = dict(iter(pd.read_parquet(spans).groupby("window")))
    windows = {
        name: unpack(parts[at].reset_index(drop=True), start=pd.Timestamp(start))
        for at, (name, start) in enumerate(document["windows"].items())
    }
    for row in document["incidents"]:
        good, bad = (windows[row.pop(which)] for which in ("good", "bad"))
        yield Incident(row.pop("number"), good, bad, _truth(row))


def _truth(row: Mapping[str, Any]) -> Truth:
    paths = tuple(tuple(path) for path in row["paths"])
    return Truth(**{**row, "causes": tuple(row["causes"]), "paths": paths})
