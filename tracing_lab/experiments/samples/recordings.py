"""Recorded orders: the request log and the traces, in files of compressed JSON."""

import gzip
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files as package_files
from pathlib import Path
from typing import Any, Final

import orjson
import pandas as pd

from tracing_lab import files
from tracing_lab.errors import TraceDataError
from tracing_lab.spans import load_traces

FILE_NAME = "orders.json.gz"
RETRIES_FILE_NAME = "retries.json"

_TIMES: Final = ("scheduled", "sent", "finished")


@dataclass(frozen=True, repr=False)
class Orders:
    """Orders with their traces.

    Parameters
    ----------
    log
        The request log, as `traffic.fire` returns it.
    traces
        Their traces, as `xray.fetch_traces` returns them.
    source
        A sentence that says where they are from.
    """

    log: pd.DataFrame
    traces: Sequence[Mapping[str, Any]]
    source: str

    def __repr__(self) -> str:
        return f"{len(self.log)} orders with {len(self.traces)} traces. {self.source}"


def save_orders(orders: Orders, path: str | os.PathLike[str]) -> Path:
    """Write orders to a compressed JSON file.

    Parameters
    ----------
    orders
        The orders.
    path
        File to write; its folder is made when missing.

    Returns
    -------
    path
        The file written.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    log = orders.log.reset_index().to_dict("records")
    content = {"source": orders.source, "log": log, "traces": [*orders.traces]}
    text = orjson.dumps(content, default=_plain)
    return files.write_bytes(path, gzip.compress(text, mtime=0))  # the same orders, the same file


def _plain(value: Any) -> Any:
    if value is pd.NA:
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    raise TypeError


def load_orders(path: str | os.PathLike[str]) -> Orders:
    """Read orders that `save_orders` wrote.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    FileError
        If the file cannot be read; a MissingFileError if there is none.
    TraceDataError
        If the file holds something else.
    """
    packed = files.read_bytes(path, remedy="Name a file that samples.save_orders wrote")
    try:
        content = orjson.loads(gzip.decompress(packed))
        log = pd.DataFrame(content["log"]).set_index("order_no")
        times = {name: pd.to_datetime(log[name], utc=True, format="ISO8601") for name in _TIMES}
        log = log.assign(**times).astype({"status": "Int64"})
        return Orders(log, content["traces"], content["source"])
    except (EOFError, KeyError, OSError, TypeError, ValueError) as error:
        msg = f"{path} does not hold orders ({error}). Write it with samples.save_orders."
        raise TraceDataError(msg) from error


def recorded() -> Orders:
    """Return the orders that ship with the package.

    Returns
    -------
    orders
        The request log and the traces of 24 orders.

    Examples
    --------
    >>> recorded()
    24 orders with 24 traces. Recorded on the embedded AWS, with slowed-down services.
    """
    with as_file(package_files(__package__) / FILE_NAME) as path:
        return load_orders(path)


def retries() -> list[dict[str, Any]]:
    """Return the recorded trace of an event that payment failed with three times.

    Returns
    -------
    list[dict]
        One trace, as BatchGetTraces returns it, with the waits of Lambda's retries.

    Examples
    --------
    >>> len(retries())
    1
    """
    with as_file(package_files(__package__) / RETRIES_FILE_NAME) as path:
        return load_traces(path)
