"""Request logs in files, as ``tracing-lab fire`` writes and ``tracing-lab fetch`` reads them."""

import io
from pathlib import Path

import pandas as pd

from tracing_lab import files
from tracing_lab.errors import TrafficError

from .terminal import say

LOG_SUFFIXES = (".csv", ".parquet")


def keep_log(log: pd.DataFrame, path: Path | None) -> None:
    """Write a request log, if there is a path."""
    if path is not None:
        content = io.BytesIO()
        (log.to_csv if path.suffix == ".csv" else log.to_parquet)(content)
        files.write_bytes(path, content.getvalue())
        say(f"{len(log)} orders in {path}")


def check_log_name(path: Path) -> None:
    """Raise if the name of a request log does not tell its format."""
    if path.suffix not in LOG_SUFFIXES:
        msg = f"{path} must end in {' or '.join(LOG_SUFFIXES)}."
        raise TrafficError(msg)


def read_log(path: Path) -> pd.DataFrame:
    """Return the request log in a file."""
    check_log_name(path)
    remedy = "Write one with fire --out"
    try:
        with files.reading(path, remedy=remedy):
            return pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
    except ValueError as error:
        reason = " ".join(str(error).split()).rstrip(".")
        msg = f"{path} cannot be read as a request log: {reason}. {remedy}."
        raise TrafficError(msg) from error
