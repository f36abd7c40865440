"""Write items of DynamoDB as fast as they are accepted, kill the server, and start it again."""

import http.client
import json
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from report import row

from tracing_lab.embedded import lifecycle

BATCH = 25
"""Items of one BatchWriteItem, at most as on AWS."""

CLIENTS = 2
_SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=t/20260101/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host, Signature=" + "0" * 64,
    "Content-Type": "application/x-amz-json-1.0",
}


class TableClient:
    """Calls DynamoDB over one connection, without an SDK, whose time would count.

    Parameters
    ----------
    port
        The server's.
    """

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def call(self, operation: str, **members: Any) -> Any:
        """Return the members of a response."""
        headers = {**_SIGNED, "X-Amz-Target": f"DynamoDB_20120810.{operation}"}
        self._connection.request("POST", "/", json.dumps(members), headers)
        response = self._connection.getresponse()
        content = json.loads(response.read())
        if response.status != http.client.OK:
            raise RuntimeError(content)
        return content

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def bench_tables(items: int = 100_000) -> None:
    """Write, kill, start, count."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        running = lifecycle.start(state_dir=state)
        try:
            _write(running.port, items)
            os.kill(running.pid, signal.SIGKILL)
            started = time.perf_counter()
            running = lifecycle.start(state_dir=state)
            row(
                "restart after kill -9, with these items",
                time.perf_counter() - started,
                "s",
                limit=2,
            )
            _read(running.port, items)
        finally:
            lifecycle.stop(state_dir=state)


def _write(port: int, items: int) -> None:
    client = TableClient(port)
    client.call(
        "CreateTable",
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.close()
    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        for future in [pool.submit(_write_some, port, part) for part in _parts(items)]:
            future.result()
    row("items written with BatchWriteItem", items, "")
    row("items a second", items / (time.perf_counter() - started), "/s")


def _parts(items: int) -> Iterator[range]:
    size = -(-items // CLIENTS)
    return (range(start, min(start + size, items)) for start in range(0, items, size))


def _write_some(port: int, numbers: range) -> None:
    client = TableClient(port)
    for start in range(numbers.start, numbers.stop, BATCH):
        some = range(start, min(start + BATCH, numbers.stop))
        requests = [{"PutRequest": {"Item": _item(number)}} for number in some]
        client.call("BatchWriteItem", RequestItems={"orders": requests})
    client.close()


def _item(number: int) -> dict[str, Any]:
    return {
        "id": {"S": f"order-{number}"},
        "amount": {"N": str(number / 100)},
        "items": {"L": [{"M": {"sku": {"S": f"sku-{number % 97}"}, "count": {"N": "2"}}}]},
        "note": {"S": "x" * 100},
    }


def _read(port: int, items: int) -> None:
    client = TableClient(port)
    started = time.perf_counter()
    found = client.call("GetItem", TableName="orders", Key={"id": {"S": "order-0"}})["Item"]
    row(
        "first item read afterwards, all of its table's",
        time.perf_counter() - started,
        "s",
        limit=4,
    )
    if found != _item(0):
        msg = f"the item is another one: {found}"
        raise RuntimeError(msg)
    count = client.call("DescribeTable", TableName="orders")["Table"]["ItemCount"]
    row("items that are there", count, "", limit=items)
    client.close()
