"""moto's items as plain data, and back."""

import base64
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table

BYTES = "$bytes"
"""The only name in a binary value as JSON-able data."""

Plain = dict[str, Any]


class Key(NamedTuple):
    """The key of an item."""

    partition: DynamoType
    sort: DynamoType | None


def plain_value(value: DynamoType) -> Plain:
    """Return an attribute's value as JSON-able data.

    Examples
    --------
    >>> plain_value(DynamoType({"M": {"a": {"L": [{"B": b"1"}]}}}))
    {'M': {'a': {'L': [{'B': {'$bytes': 'MQ=='}}]}}}
    """
    return {value.type: _plain(value.value)}


def plain_item(item: Item) -> Plain:
    """Return an item's attributes as JSON-able data."""
    return {name: plain_value(value) for name, value in item.attrs.items()}


def item_of(key: Key, attributes: Mapping[str, Any]) -> Item:
    """Return the item with plain attributes; its size was checked when it was first written."""
    item: Item = object.__new__(Item)
    item.hash_key, item.range_key = key
    item.attrs = LimitedSizeDict.__new__(LimitedSizeDict)
    for name, value in attributes.items():
        dict.__setitem__(item.attrs, name, value_of(value))
    return item


def value_of(plain: Mapping[str, Any]) -> DynamoType:
    """Return the value of plain data; faster than moto's constructor.

    Examples
    --------
    >>> value_of({"L": [{"B": {"$bytes": "MQ=="}}]}).value[0].value
    b'1'
    """
    value: DynamoType = object.__new__(DynamoType)
    value.type, content = next(iter(plain.items()))
    if value.type == "L":
        value.value = [value_of(inner) for inner in content]
    elif value.type == "M":
        value.value = {name: value_of(inner) for name, inner in content.items()}
    else:
        value.value = content if isinstance(content, (str, bool)) else _with_bytes(content)
    return value


def key_of(partition: Plain, sort: Plain | None) -> Key:
    """Return a key of plain values."""
    return Key(value_of(partition), None if sort is None else value_of(sort))


def comparable(value: Mapping[str, Any] | None) -> tuple[str, Any] | None:
    """Return a plain key value in a form that is equal for equal keys.

    Examples
    --------
    >>> comparable({"N": "1.0"}) == comparable({"N": "1"})
    True
    """
    if value is None:
        return None
    kind, content = next(iter(value.items()))
    if kind == "N":
        return kind, Decimal(content)
    return kind, content[BYTES] if isinstance(content, dict) else content


def all_items(table: Table) -> Iterator[tuple[Key, Item]]:
    """Yield a table's items with their keys, unsorted."""
    for partition, found in table.items.items():
        if table.range_key_attr is None:
            yield Key(partition, None), found  # type: ignore[misc] # moto's types have ranges only
        else:
            yield from ((Key(partition, sort), item) for sort, item in found.items())


def find(table: Table, key: Key) -> Item | None:
    """Return an item; None if there is none."""
    found: Any = table.items.get(key.partition)
    item: Item | None = found if key.sort is None or found is None else found.get(key.sort)
    return item


def place(table: Table, key: Key, item: Item | None) -> None:
    """Put an item into a table, or delete what is there; nothing else happens."""
    items: Any = table.items
    if key.sort is not None:
        items = items[key.partition]
    last = key.partition if key.sort is None else key.sort
    if item is None:
        items.pop(last, None)
    else:
        items[last] = item


def _plain(value: Any) -> Any:
    if isinstance(value, DynamoType):
        return plain_value(value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, set)):
        return [_plain(inner) for inner in value]
    return {BYTES: base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _with_bytes(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {BYTES}:
            return base64.b64decode(value[BYTES])
        return {name: _with_bytes(inner) for name, inner in value.items()}
    return [_with_bytes(inner) for inner in value] if isinstance(value, list) else value
