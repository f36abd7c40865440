"""Columns of span frames that keep their values compactly, and make Python objects when asked."""

import copy
import operator
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api.extensions import ExtensionArray, ExtensionDtype, register_extension_dtype

from tracing_lab.spans.frames import TEXT

NOWHERE = -1


class CompactArray(ExtensionArray):  # noqa: PLW1641 - arrays have no hash
    """An array whose values are made from compact ones when they are read."""

    @abstractmethod
    def _values(self) -> Iterator[Any]:
        """Yield all values."""

    @classmethod
    @abstractmethod
    def _from_sequence(cls, scalars: Any, *, dtype: Any = None, copy: bool = False) -> Self:
        """Return an array of objects' values."""

    @abstractmethod
    def _chosen(self, places: npt.NDArray[np.int64]) -> Self:
        """Return the values at positions from 0 on; an empty one for `NOWHERE`."""

    def __iter__(self) -> Iterator[Any]:
        return self._values()

    def __getitem__(self, item: Any) -> Any:
        item = pd.api.indexers.check_array_indexer(self, item)
        places = np.arange(len(self))[item]
        if isinstance(item, int | np.integer):
            return next(iter(self._chosen(np.array([places]))))
        return self._chosen(places)

    def __setitem__(self, key: Any, value: Any) -> None:
        """Set values; what shares the old ones keeps them."""
        values = self.to_numpy()
        values[pd.api.indexers.check_array_indexer(self, key)] = _assignable(value)
        self.__dict__.update(vars(self._from_sequence(values)))

    def __eq__(self, other: object) -> Any:
        if isinstance(other, pd.Series | pd.Index | pd.DataFrame):
            return NotImplemented
        return self.to_numpy() == other

    def take(self, indices: Any, *, allow_fill: bool = False, fill_value: Any = None) -> Self:
        """Return the values at some places.

        Parameters
        ----------
        indices
            Places; negative ones count from the end, or give an empty value with `allow_fill`.
        allow_fill
            Whether -1 means no place.
        fill_value
            Ignored: what is missing is always the same.

        Raises
        ------
        IndexError
            If a place is beyond the last.
        """
        del fill_value
        places = np.asarray(indices, dtype=np.int64)
        return self._chosen(places if allow_fill else np.arange(len(self))[places])

    def copy(self) -> Self:
        """Return an array with the same values, which are shared."""
        return copy.copy(self)

    @abstractmethod
    def as_arrow(self) -> "pa.Array[Any]":
        """Return the values as texts."""

    def __arrow_array__(self, type: Any = None) -> "pa.Array[Any]":  # noqa: A002 - Arrow's protocol
        return self.as_arrow() if type is None else self.as_arrow().cast(type)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:  # noqa: FBT001 - NumPy's protocol
        """Return the values as objects."""
        del copy
        return np.asarray(self.to_numpy(dtype))

    def map(self, mapper: Any, na_action: Any = None) -> Any:
        """Return the result of a function for each value."""
        return pd.Series(self.to_numpy(), dtype=object).map(mapper, na_action=na_action).array

    def to_numpy(self, dtype: Any = None, *_: Any, **__: Any) -> Any:
        """Return the values as objects."""
        values = np.empty(len(self), dtype=object)
        values[:] = [*self]
        return values if dtype is None else values.astype(dtype)


def _assignable(value: Any) -> Any:
    """Return a value that NumPy assigns as it is, whatever pandas passes."""
    if isinstance(value, ExtensionArray | pd.Series):
        return value.to_numpy(dtype=object)
    return value


def _json_text(value: Any) -> str | None:
    """Return a dictionary as JSON, and none for an empty or a missing one."""
    if isinstance(value, dict):
        return orjson.dumps(value).decode() if value else None
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124 - true of NaN
        return None
    msg = f"Annotations are a dictionary for each span, not {value!r}."
    raise TypeError(msg)


@register_extension_dtype
class AnnotationsDtype(ExtensionDtype):
    """The type of a column of dictionaries."""

    name = "annotations"
    type = dict

    @classmethod
    def construct_array_type(cls) -> Any:
        """Return the class of arrays of this type."""
        return AnnotationsArray


class AnnotationsArray(CompactArray):
    """Dictionaries, each kept as JSON text; one that is empty takes no room.

    A value is a new dictionary each time that it is read, so that changing it changes nothing here.

    Parameters
    ----------
    texts
        JSON texts of objects, missing for an empty dictionary.

    Examples
    --------
    >>> [*AnnotationsArray(pa.array(['{"order_id": "o-1"}', None]))]
    [{'order_id': 'o-1'}, {}]
    """

    dtype = AnnotationsDtype()

    def __init__(self, texts: "pa.Array[Any]") -> None:
        self.texts = texts

    @classmethod
    def _from_sequence(cls, scalars: Any, *, dtype: Any = None, copy: bool = False) -> Self:
        del dtype, copy
        return cls(pa.array([_json_text(value) for value in scalars], pa.string()))

    @property
    def nbytes(self) -> int:
        """The memory that the texts take, in bytes."""
        return int(self.texts.nbytes)

    def __len__(self) -> int:
        return len(self.texts)

    def as_arrow(self) -> "pa.Array[Any]":
        """Return the JSON texts; missing for an empty dictionary."""
        return self.texts

    def _values(self) -> Iterator[dict[str, Any]]:
        return (orjson.loads(text) if text else {} for text in self.texts.to_pylist())

    def _chosen(self, places: npt.NDArray[np.int64]) -> Self:
        return type(self)(self.texts.take(pa.array(places, mask=places == NOWHERE)))

    def isna(self) -> npt.NDArray[np.bool_]:
        """Return that no value is missing: a span without annotations has an empty dictionary."""
        return np.zeros(len(self), dtype=bool)

    @classmethod
    def _concat_same_type(cls, to_concat: Sequence[Self]) -> Self:
        return cls(pa.concat_arrays([part.texts for part in to_concat]))


def _of_texts(operation: Callable[[Any, Any], Any]) -> Callable[["SpanIdArray", Any], Any]:
    """Return an operator of columns of ids that does what it does with columns of texts."""

    def operate(self: "SpanIdArray", other: Any) -> Any:
        if isinstance(other, pd.Series | pd.Index | pd.DataFrame):
            return NotImplemented
        return operation(
            self.as_texts(), other.as_texts() if isinstance(other, SpanIdArray) else other
        )

    return operate


def _added_to(right: Any, left: Any) -> Any:
    return left + right


@register_extension_dtype
class SpanIdDtype(ExtensionDtype):
    """The type of a column of ids, most of which are those of other rows."""

    name = "span id"
    type = str
    na_value = np.nan

    @classmethod
    def construct_array_type(cls) -> Any:
        """Return the class of arrays of this type."""
        return SpanIdArray


class SpanIdArray(CompactArray):  # noqa: PLW1641 - see above
    """Ids, each kept as its number in a list of ids that the index of the frame has anyway.

    Parameters
    ----------
    numbers
        Numbers, -1 for a missing id.
    ids
        The id of each number, without repetition.

    Examples
    --------
    >>> column = SpanIdArray(np.array([1, -1], dtype=np.int32), pa.array(["a", "b"]))
    >>> [*column], (column == "b").tolist()
    (['b', nan], [True, False])
    """

    dtype = SpanIdDtype()

    def __init__(self, numbers: npt.NDArray[np.int32], ids: "pa.Array[Any]") -> None:
        self.numbers = numbers
        self.ids = ids

    @classmethod
    def _from_sequence(cls, scalars: Any, *, dtype: Any = None, copy: bool = False) -> Self:
        del dtype, copy
        objects = np.asarray(scalars, dtype=object)
        return cls._encoded(pa.array(objects, pa.large_string(), from_pandas=True))

    @classmethod
    def _encoded(cls, texts: "pa.Array[Any]") -> Self:
        encoded = texts.dictionary_encode()
        return cls(encoded.indices.fill_null(NOWHERE).to_numpy(), encoded.dictionary)

    @property
    def nbytes(self) -> int:
        """The memory that the numbers take, in bytes."""
        return self.numbers.nbytes

    def __len__(self) -> int:
        return len(self.numbers)

    def __eq__(self, other: object) -> Any:
        if not isinstance(other, str):
            return super().__eq__(other)
        number = pc.index(self.ids, other).as_py()
        return (self.numbers == number) & (self.numbers != NOWHERE)

    def as_arrow(self) -> "pa.Array[Any]":
        """Return the ids as texts."""
        return self.ids.take(pa.array(self.numbers, mask=self.isna()))

    def as_texts(self) -> Any:
        """Return the ids as a column of texts, with all that pandas can do with these."""
        return pd.array(self.as_arrow(), dtype=TEXT)

    def __getattr__(self, name: str) -> Any:
        """Return the method that one of the accessor ``str`` calls."""
        if name.startswith("_str_"):
            return getattr(self.as_texts(), name)
        msg = f"{type(self).__name__} has no attribute {name}"
        raise AttributeError(msg)

    def _reduce(self, name: str, **more: Any) -> Any:
        return self.as_texts()._reduce(name, **more)  # noqa: SLF001 - pandas' own protocol

    def _accumulate(self, name: str, **more: Any) -> Any:
        return self.as_texts()._accumulate(name, **more)  # noqa: SLF001 - likewise

    __lt__, __le__, __gt__, __ge__, __add__, __radd__ = map(
        _of_texts, (operator.lt, operator.le, operator.gt, operator.ge, operator.add, _added_to)
    )

    def _values(self) -> Iterator[Any]:
        return (np.nan if text is None else text for text in self.as_arrow().to_pylist())

    def _chosen(self, places: npt.NDArray[np.int64]) -> Self:
        padded = np.append(self.numbers, np.int32(NOWHERE))
        return type(self)(padded[places], self.ids)

    def _values_for_factorize(self) -> tuple[npt.NDArray[np.object_], float]:
        return self.to_numpy(), np.nan

    @classmethod
    def _from_factorized(cls, values: Any, original: Self) -> Self:
        return cls._from_sequence(values, dtype=original.dtype)

    def isna(self) -> npt.NDArray[np.bool_]:
        """Return which ids are missing."""
        return np.asarray(self.numbers == NOWHERE)

    @classmethod
    def _concat_same_type(cls, to_concat: Sequence[Self]) -> Self:
        if all(part.ids is to_concat[0].ids for part in to_concat):
            return cls(np.concatenate([part.numbers for part in to_concat]), to_concat[0].ids)
        return cls._encoded(pa.concat_arrays([part.as_arrow() for part in to_concat]))
