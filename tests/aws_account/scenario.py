"""Orders on a stack of their own, what X-Ray says of them, and probes of its API."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from botocore.exceptions import ClientError
from observations import Document, Observations

from tracing_lab import deploy, faults, traffic, xray
from tracing_lab.aws.clients import connect
from tracing_lab.config import Config
from tracing_lab.xray_model.trace_ids import new_entity_id, new_trace_id

ORDERS = 20
_ACCEPTED = "accepted"
_OLD_S = 20 * 24 * 3600


def own_stack(config: Config) -> Config:
    """Return the settings of a stack that nobody else has."""
    return config.replace(environment=f"check-{uuid.uuid4().hex[:6]}")


@contextmanager
def provisioned(config: Config, say: Callable[[str], None]) -> Iterator[Config]:
    """Create a stack of its own for the block, and delete it whatever happens."""
    own = own_stack(config)
    try:
        say(f"creating the stack {own.stack_name}")
        deploy.apply(own)
        yield own
    finally:
        say(f"deleting the stack {own.stack_name}")
        gone = deploy.destroy(own, confirm=True)
        say(str(gone))


def observe(config: Config, say: Callable[[str], None], *, orders: int = ORDERS) -> Observations:
    """Send orders and an event that fails at each attempt; return what X-Ray says, and probes.

    Parameters
    ----------
    config
        A provisioned stack.
    say
        Reports progress.
    orders
        How many orders.
    """
    say(f"sending {orders} orders and an event that cannot be processed")
    log = traffic.fire(deploy.outputs(config), orders=orders, rate=5, seed=1)
    poison = faults.send_poison(config)
    say("waiting for the traces; the retries of the event take up to four minutes")
    with xray.retries_are_known():
        traces = xray.fetch_traces(config, log)
    failed = xray.fetch_traces(config, poison.trace_id, wait_for_retries=True)
    say("asking X-Ray what its documentation leaves open")
    return Observations(
        [_documents(trace) for trace in traces],
        [_documents(trace) for trace in failed],
        probes_of(connect(config)("xray")),
    )


def probes_of(client: Any, *, now_s: float | None = None) -> dict[str, Any]:
    """Return how X-Ray's API answers where its documentation does not say it.

    Parameters
    ----------
    client
        A boto3 client of X-Ray.
    now_s
        The time, epoch seconds.
    """
    now_s = time.time() if now_s is None else now_s
    put = partial(_put, client)
    return {
        "too large": put(segment(now_s, metadata={"a": {"b": "x" * 70_000}})),
        "milliseconds": put(segment(now_s * 1000)),
        "bad id": put(segment(now_s, id="nonsense")),
        "old trace id": put(segment(now_s, trace_id=new_trace_id(now_s - _OLD_S))),
        "51 documents": put(*(segment(now_s) for _ in range(51))),
        "unknown id": _unknown(client),
        "summaries of 10 hours": _range(client.get_trace_summaries, now_s, hours=10),
        "summaries of 25 hours": _range(client.get_trace_summaries, now_s, hours=25),
        "statistics of 7 hours": _statistics(client, now_s, hours=7),
        "period of 120 s": _statistics(client, now_s, hours=1, Period=120),
        "filter by a colon key": _filter(client, now_s, "annotation[aws:api_id] CONTAINS 'x'"),
        "filter with NOT": _filter(client, now_s, "NOT fault"),
    }


def segment(start_s: float, **members: Any) -> Document:
    """Return a small segment."""
    document = {"id": new_entity_id(), "trace_id": new_trace_id(), "name": "account-check"}
    return {**document, "start_time": start_s, "end_time": start_s + 0.001, **members}


def _put(client: Any, *documents: Document) -> str:
    texts = [json.dumps(document) for document in documents]
    return _answer(
        lambda: client.put_trace_segments(TraceSegmentDocuments=texts)["UnprocessedTraceSegments"],
        lambda rejected: rejected[0]["ErrorCode"] if rejected else _ACCEPTED,
    )


def _unknown(client: Any) -> str:
    unknown = new_trace_id()
    return _answer(
        lambda: client.batch_get_traces(TraceIds=[unknown]),
        lambda found: "unprocessed" if unknown in found["UnprocessedTraceIds"] else "absent",
    )


def _range(call: Callable[..., Any], now_s: float, *, hours: int, **options: Any) -> str:
    end = datetime.fromtimestamp(now_s, UTC)
    start = end - timedelta(hours=hours)
    return _answer(lambda: call(StartTime=start, EndTime=end, **options), lambda _: _ACCEPTED)


def _statistics(client: Any, now_s: float, *, hours: int, **options: Any) -> str:
    return _range(client.get_time_series_service_statistics, now_s, hours=hours, **options)


def _filter(client: Any, now_s: float, expression: str) -> str:
    expression = expression.replace("'", '"')
    return _range(client.get_trace_summaries, now_s, hours=1, FilterExpression=expression)


def _answer(call: Callable[[], Any], read: Callable[[Any], str]) -> str:
    """Return what is read from a response, or the code of an error."""
    try:
        return read(call())
    except ClientError as error:
        return str(error.response["Error"]["Code"])


def _documents(trace: dict[str, Any]) -> list[Document]:
    documents = [segment["Document"] for segment in trace["Segments"]]
    return [json.loads(text) if isinstance(text, str) else text for text in documents]
