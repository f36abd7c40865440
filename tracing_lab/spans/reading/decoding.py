"""JSON texts decoded to columns by DuckDB, without a Python object for each value."""

import functools
from typing import Any, Final

import duckdb
import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

_SETTINGS: Final[dict[str, str | bool | int | float | list[str]]] = {
    "threads": 1,
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
}


def decode(texts: "pa.Array[Any]", structure: Any) -> "pa.Array[Any]":
    """Return the values of JSON texts, one per text; missing where it is not JSON.

    Parameters
    ----------
    texts
        JSON texts.
    structure
        Names and DuckDB's types, nested as the values are; a value of type ``JSON`` stays text.
        Keys that are not named are skipped, and values of another type are converted or missing:
        https://duckdb.org/docs/stable/data/json/json_functions#transforming-json-to-nested-types

    Examples
    --------
    >>> decode(pa.array(['{"status": 404}', "?"]), {"status": "BIGINT"}).to_pylist()
    [{'status': 404}, None]
    """
    call = f"from_json(text::VARCHAR, '{orjson.dumps(structure).decode()}')"
    try:
        return _evaluated(call, texts)
    except duckdb.InvalidInputException:  # a text is not JSON: ask for each by itself
        return _evaluated(f"try({call})", texts)


def seconds(texts: "pa.Array[Any]") -> npt.NDArray[np.float64]:
    """Return numbers that are given as JSON; NaN where there is none, or something else.

    Parameters
    ----------
    texts
        JSON texts, missing where there is no value.

    Examples
    --------
    >>> seconds(pa.array(["1.5", '"1.5"', None])).tolist()
    [1.5, nan, nan]
    """
    try:
        numbers = pc.cast(texts, pa.float64())
    except pa.ArrowInvalid:
        is_number = pc.match_substring_regex(texts, r"^-?[0-9.]+([eE][-+]?[0-9]+)?$")
        numbers = pc.cast(pc.if_else(is_number, texts, None), pa.float64())
    return np.asarray(numbers.to_numpy(zero_copy_only=False))


def _evaluated(expression: str, texts: "pa.Array[Any]") -> "pa.Array[Any]":
    """Return the value of an SQL expression for each text."""
    with _database().cursor() as cursor:
        table = cursor.from_arrow(pa.table({"text": texts}))
        values = table.project(f"{expression} AS value").to_arrow_table()
    return values.column("value").combine_chunks()


@functools.cache
def _database() -> duckdb.DuckDBPyConnection:
    """Return an empty database in memory; cursors of it may be used in any thread."""
    return duckdb.connect(":memory:", config=_SETTINGS)
