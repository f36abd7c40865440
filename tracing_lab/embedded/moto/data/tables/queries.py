"""Makes moto's queries and scans of large tables take a fraction of the time.

moto sorts all items of a table, by comparing decimal numbers and texts that it makes for each
comparison, for each query. Meanwhile the control plane's other calls wait.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

from .items import all_items

_QUERIED = "_queried"


def adopt_queries() -> None:
    """Wrap moto's methods."""
    patched: Any = Table
    patched.query = _with_partition(Table.query)
    patched.all_items = _sorted_items


def _with_partition(query: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(query)
    def of_partition(table: Table, hash_key: DynamoType | None, *args: Any, **more: Any) -> Any:
        index = more.get("index_name") or next(iter(args[6:7]), None)
        if index is None and hash_key is not None:
            vars(table)[_QUERIED] = hash_key
        try:
            return query(table, hash_key, *args, **more)
        finally:
            vars(table).pop(_QUERIED, None)

    return of_partition


def _sorted_items(table: Table) -> list[Item]:
    """Replace moto's method: return the items in the order of their keys."""
    queried = vars(table).get(_QUERIED)
    if queried is None:
        items = [item for _key, item in all_items(table)]
    else:
        found: Any = table.items.get(queried)
        items = (
            [] if found is None else [found] if table.range_key_attr is None else [*found.values()]
        )
    return sorted(items, key=_order)


def _order(item: Item) -> Any:
    partition, sort = item.hash_key, item.range_key
    return partition.cast_value if sort is None else (partition.cast_value, sort.cast_value)
