"""Recorded interventions: traces before a change of a running stack, and times after it.

`tests/bench/record_interventions.py` records them, `tests/bench/intervention_plan.py` says what was
changed. Ids are renumbered and annotations left out.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from packed_spans import pack, unpack

FOLDER: Final = Path(__file__).parents[1] / "data" / "interventions"
CHUNK: Final = 10
"""Interventions in a file."""

_TEXTS: Final = ["service", "name", "kind", "origin"]
_TIMES: Final = {"start_us": "BYTE_STREAM_SPLIT", "duration_us": "BYTE_STREAM_SPLIT"}

Seconds = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Recorded:
    """An intervention that was made.

    Parameters
    ----------
    number
        Of the intervention in the plan.
    spans
        The traces before the change.
    request_s, chain_s
        How long requests, and whole traces, took after it, in the order of arrival.
    """

    number: int
    spans: pd.DataFrame
    request_s: Seconds
    chain_s: Seconds


def recorded() -> Iterator[Recorded]:
    """Yield all recorded interventions, by number."""
    for facts in sorted(FOLDER.glob("*.json")):
        spans = dict(iter(pd.read_parquet(facts.with_suffix(".parquet")).groupby("window")))
        for row in json.loads(facts.read_text()):
            packed = spans[row["number"]].reset_index(drop=True)
            yield Recorded(
                row["number"],
                unpack(packed, start=pd.Timestamp(row["start"])),
                np.array(row["request_us"]) / 1e6,
                np.array(row["chain_us"]) / 1e6,
            )


def files_of(first: int) -> tuple[Path, Path]:
    """Return the files of the interventions from `first` on: of times, and of spans before."""
    return FOLDER / f"{first:02}.json", FOLDER / f"{first:02}.parquet"


def save(first: int, interventions: Sequence[Recorded]) -> None:
    """Save some interventions.

    Parameters
    ----------
    first
        The number of the first one.
    interventions
        What was recorded.
    """
    FOLDER.mkdir(exist_ok=True)
    facts, spans = files_of(first)
    packed = [pack(known.spans).assign(window=known.number) for known in interventions]
    table = pd.concat(packed).astype({"window": "int16"})
    pq.write_table(
        pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(),
        spans,
        compression="zstd",
        compression_level=19,
        use_dictionary=_TEXTS,
        column_encoding=_TIMES,
    )
    lines = ",\n".join(json.dumps(_facts(known)) for known in interventions)
    facts.write_text(f"[\n{lines}\n]\n")


def _facts(known: Recorded) -> dict[str, object]:
    return {
        "number": known.number,
        "start": known.spans["start"].min().isoformat(),
        "request_us": _microseconds(known.request_s),
        "chain_us": _microseconds(known.chain_s),
    }


def _microseconds(seconds: Seconds) -> list[int]:
    return [round(value * 1e6) for value in seconds]
