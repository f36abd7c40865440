"""The spans of traces as columns: what documents say, before anything is derived from it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from tracing_lab.spans.frames import LAST_SECOND
from tracing_lab.spans.tree import NO_ROW, Flags, Rows
from tracing_lab.xray_model.documents import INFERRED, KINDS, SEGMENT, SUBSEGMENT
from tracing_lab.xray_model.inferred import inferred_node_name

from .flattening import NAMING, FlatSpans, Seconds
from .rows import SpanRow, is_status

NO_TIME: Final = -1
_US_PER_S: Final = 1e6
_KIND: Final = {kind: number for number, kind in enumerate(KINDS)}


class SpanColumns(NamedTuple):
    """One entry per span in each column.

    Parameters
    ----------
    trace
        Number of the trace.
    part_of
        Row of the span that a subsegment lies in, -1 for what is a document of its own.
    span_id
        Texts.
    name
        Texts by number, as origins and services are.
    parent_id
        Id of the parent, where it is not in the same document.
    service
        Name of a segment's node in the service map; missing for subsegments.
    kind
        Position in `KINDS`.
    origin
        AWS resource type, where there is one.
    start_us, end_us
        Microseconds since 1970; `NO_TIME` for the end of a span in progress.
    error, fault, throttle
        Flags.
    http_status
        Integers, missing where there is none.
    annotations
        JSON texts, missing where there are none.
    """

    trace: Rows
    part_of: Rows
    span_id: "pa.Array[Any]"
    name: "pa.Array[Any]"
    parent_id: "pa.Array[Any]"
    service: "pa.Array[Any]"
    kind: npt.NDArray[np.int8]
    origin: "pa.Array[Any]"
    start_us: Rows
    end_us: Rows
    error: Flags
    fault: Flags
    throttle: Flags
    http_status: "pa.Array[Any]"
    annotations: "pa.Array[Any]"


def columns_from_flat(flat: FlatSpans, trace: Rows) -> SpanColumns:
    """Return the columns of decoded documents, in the order of `flat`.

    Parameters
    ----------
    flat
        Documents that nothing is wrong with.
    trace
        Number of each document's trace.
    """
    spans, segments = flat.spans, flat.segments
    kind = np.full(len(flat.document), _KIND[SUBSEGMENT], dtype=np.int8)
    parts = len(kind) - len(trace)
    kind[: len(trace)] = _kinds(segments)
    in_progress = _are_true(spans["in_progress"])
    end_us = microseconds(flat.end_s)
    end_us[in_progress] = NO_TIME
    return SpanColumns(
        trace=trace[flat.document],
        part_of=flat.part_of,
        span_id=spans["id"],
        name=spans["name"],
        parent_id=_padded(segments["parent_id"], parts),
        service=_padded(_services(flat, kind[: len(trace)]).dictionary_encode(), parts),
        kind=kind,
        origin=spans["origin"],
        start_us=microseconds(flat.start_s),
        end_us=end_us,
        error=_are_true(spans["error"]),
        fault=_are_true(spans["fault"]),
        throttle=_are_true(spans["throttle"]),
        http_status=_statuses(spans["http"]),
        annotations=spans["annotations"],
    )


def columns_from_rows(rows: Sequence[SpanRow], number_of: Mapping[str, int]) -> SpanColumns:
    """Return the columns of rows, in their order.

    Parameters
    ----------
    rows
        Spans.
    number_of
        Number of each trace, by its id.
    """
    fields = zip(*rows, strict=True) if rows else ([] for _ in SpanRow._fields)
    raw: dict[str, Sequence[Any]] = dict(zip(SpanRow._fields, fields, strict=True))
    notes = [orjson.dumps(value).decode() if value else None for value in raw["annotations"]]
    ends = [NO_TIME if end is None else end for end in raw["end_us"]]
    return SpanColumns(
        trace=np.array([number_of[trace_id] for trace_id in raw["trace_id"]], dtype=np.int64),
        part_of=np.full(len(rows), NO_ROW, dtype=np.int64),
        **{name: pa.array(raw[name], pa.string()) for name in ("span_id", "parent_id")},
        **{
            name: pa.array(raw[name], pa.string()).dictionary_encode()
            for name in ("name", "service", "origin")
        },
        kind=np.array([_KIND[kind] for kind in raw["kind"]], dtype=np.int8),
        start_us=np.array(raw["start_us"], dtype=np.int64),
        end_us=np.array(ends, dtype=np.int64),
        **{name: np.array(raw[name], dtype=bool) for name in ("error", "fault", "throttle")},
        http_status=pa.array(raw["http_status"], pa.int64()),
        annotations=pa.array(notes, pa.string()),
    )


def joined(parts: Sequence[SpanColumns]) -> SpanColumns:
    """Return columns one after the other.

    Parameters
    ----------
    parts
        At least one.
    """
    if len(parts) == 1:
        return parts[0]
    first = np.cumsum([0, *(len(part.trace) for part in parts)])
    moved = [
        part._replace(part_of=np.where(part.part_of == NO_ROW, NO_ROW, part.part_of + shift))
        for part, shift in zip(parts, first, strict=False)
    ]
    return SpanColumns(*map(_concatenated, zip(*moved, strict=True)))


def taken(columns: SpanColumns, keep: Flags) -> SpanColumns:
    """Return the rows of some traces.

    Parameters
    ----------
    columns
        Columns.
    keep
        Which rows; all of a document or none.
    """
    mask = pa.array(keep)
    left: list[Any] = [
        column.filter(mask) if isinstance(column, pa.Array) else column[keep] for column in columns
    ]
    new_row = np.cumsum(keep) - 1
    chosen = SpanColumns(*left)
    part_of = np.where(chosen.part_of == NO_ROW, NO_ROW, new_row[chosen.part_of])
    return chosen._replace(part_of=part_of)


def microseconds(times_s: Seconds) -> Rows:
    """Return epoch seconds in microseconds, `NO_TIME` where missing.

    Parameters
    ----------
    times_s
        Seconds since 1970, NaN for none.
    """
    # A double holds today's epoch seconds to a quarter of a microsecond: round there, once.
    known = np.clip(times_s, 0, LAST_SECOND)  # what lies beyond is found to be wrong
    return np.nan_to_num(np.rint(known * _US_PER_S), nan=NO_TIME).astype(np.int64)


def flags(values: "pa.Array[Any]") -> Flags:
    """Return which values are true.

    Parameters
    ----------
    values
        Booleans; a missing one is false.
    """
    return np.asarray(values.fill_null(False).to_numpy(zero_copy_only=False))  # noqa: FBT003


def _are_true(texts: "pa.Array[Any]") -> Flags:
    """Return which values are true, of those given as JSON; 1 and "true" are not."""
    return flags(pc.equal(texts, "true"))


def _padded(values: "pa.Array[Any]", missing: int) -> "pa.Array[Any]":
    return pa.concat_arrays([values, pa.nulls(missing, values.type)])


def _concatenated(columns: Sequence[Any]) -> Any:
    if isinstance(columns[0], pa.Array):
        return pa.concat_arrays([column.cast(columns[0].type) for column in columns])
    return np.concatenate(columns)


def _kinds(segments: Mapping[str, "pa.Array[Any]"]) -> npt.NDArray[np.int8]:
    is_part = flags(pc.equal(segments["type"], "subsegment"))
    kinds = np.where(is_part, _KIND[SUBSEGMENT], _KIND[SEGMENT])
    return np.where(_are_true(segments["inferred"]), _KIND[INFERRED], kinds).astype(np.int8)


def _services(flat: FlatSpans, kind: npt.NDArray[np.int8]) -> "pa.Array[Any]":
    """Return the name of each segment's node in the service map; none for subsegments."""
    names = flat.spans["name"].slice(0, len(kind)).dictionary_decode()
    services = pc.if_else(pa.array(kind == _KIND[SUBSEGMENT]), None, names)
    inferred = pa.array(kind == _KIND[INFERRED])
    known = _inferred_names(
        names.filter(inferred),
        flat.spans["origin"].slice(0, len(kind)).filter(inferred).dictionary_decode(),
        flat.segments["aws"].filter(inferred),
    )
    return pc.replace_with_mask(services, inferred, known)


def _inferred_names(
    names: "pa.Array[Any]", origins: "pa.Array[Any]", aws: "pa.Array[Any]"
) -> "pa.Array[Any]":
    """Return the names of inferred segments' nodes, asking once for those that say the same."""
    parts = [pc.struct_field(aws, name).fill_null("null") for name in NAMING]
    said = [names.fill_null(""), origins.fill_null(""), *parts]
    encoded = pc.binary_join_element_wise(*said, "\n").dictionary_encode()
    _, first = np.unique(encoded.indices.to_numpy(), return_index=True)
    distinct = zip(*(part.take(pa.array(first)).to_pylist() for part in said), strict=True)
    called = pa.array([_inferred_name(*texts) for texts in distinct], names.type)
    return called.take(encoded.indices)


def _inferred_name(name: str, origin: str, *parts: str) -> str:
    aws = {key: orjson.loads(part) for key, part in zip(NAMING, parts, strict=True)}
    return inferred_node_name({"name": name, "origin": origin, "aws": aws})


def _statuses(codes: "pa.DictionaryArray") -> "pa.Array[Any]":
    """Return the status of each response; text and fractions are no status."""
    values = [orjson.loads(text) for text in codes.dictionary.to_pylist()]
    whole = pa.array([value if is_status(value) else None for value in values], pa.int64())
    return whole.take(codes.indices)
