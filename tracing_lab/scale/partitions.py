"""The partitions of spans: frames in memory, Parquet files, or parts of trace lakes."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from tracing_lab.errors import MissingFileError
from tracing_lab.spans import load_spans
from tracing_lab.spans.lake import LakePart, is_lake, lake_parts

Partition: TypeAlias = pd.DataFrame | Path | LakePart
"""A span frame, a Parquet file with one, or a part of a trace lake."""

Partitions: TypeAlias = Partition | str | os.PathLike[str] | Iterable[Partition | str]
"""One partition, a folder of Parquet files, a trace lake, or several partitions."""


def partitions_of(spans: Partitions) -> Sequence[Partition]:
    """Return the partitions of spans, without loading them.

    Parameters
    ----------
    spans
        A span frame, a Parquet file, a folder with Parquet files at any depth, a trace lake, or
        several of these.

    Returns
    -------
    partitions
        Frames, files in the order of their names, and parts of lakes.

    Raises
    ------
    MissingFileError
        If there is no such file, or none in the folder.
    """
    if isinstance(spans, pd.DataFrame | LakePart):
        return [spans]
    if not isinstance(spans, str | os.PathLike):
        return [part for span in spans for part in partitions_of(span)]
    path = Path(spans)
    if is_lake(path):
        return lake_parts(path)
    files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    if not files or not path.exists():
        msg = f"{path} has no Parquet files. Write them with tracing_lab.spans.save_spans."
        raise MissingFileError(msg)
    return files


def loaded(partition: Partition) -> pd.DataFrame:
    """Return the spans of a partition.

    Parameters
    ----------
    partition
        A frame, a file or a part of a lake.
    """
    if isinstance(partition, LakePart):
        return partition.spans()
    return partition if isinstance(partition, pd.DataFrame) else load_spans(partition)
