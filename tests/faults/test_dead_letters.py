"""Dead letters as a frame, and sent again."""

import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from tracing_lab import Config
from tracing_lab.aws import Identity
from tracing_lab.errors import AwsError, ConfigError, TraceDataError
from tracing_lab.faults.dead_letters import read, send_again

CONFIG = Config(target="embedded", enable_dead_letter_queues=True)
RULE = "arn:aws:events:us-east-1:123456789012:rule/shop/payment"
TRACE = "1-6b042ac0-5d09aa705e56bbd015254801"
EVENT = {"source": "order.service", "detail-type": "Order Created", "detail": {"orderId": "o-1"}}


def text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def letter(number: int, body: Any = EVENT, **attributes: str) -> dict[str, Any]:
    return {
        "MessageId": f"m{number}",
        "ReceiptHandle": f"h{number}",
        "Body": body if isinstance(body, str) else json.dumps(body),
        "Attributes": {
            "SentTimestamp": "1795435200000",
            "AWSTraceHeader": f"Root={TRACE};Parent=5e56bbd015254801;Sampled=1",
        },
        "MessageAttributes": {name: text(value) for name, value in attributes.items()},
    }


UNDELIVERED = letter(
    1,
    RULE_ARN=RULE,
    ERROR_CODE="NO_PERMISSIONS",
    ERROR_MESSAGE="not allowed",
    RETRY_ATTEMPTS="3",
    EXHAUSTED_RETRY_CONDITION="MaximumRetryAttempts",
)
FAILED = letter(2, RequestID="r-1", ErrorCode="200", ErrorMessage="boom")
STRANGE = letter(3, "no json", RequestID="r-2", ErrorCode="200", ErrorMessage="boom")


@dataclass
class FakeQueues:
    """Queues by URL, whose received messages are hidden."""

    queues: dict[str, list[dict[str, Any]]]
    hidden: set[str] = field(default_factory=set)
    fails_to_show: bool = False

    def url(self, name: str) -> str:
        return name.split("-")[3]  # the service

    def receive(self, url: str, *, visibility_s: int) -> list[dict[str, Any]]:
        batch = [one for one in self.queues.get(url, []) if one["ReceiptHandle"] not in self.hidden]
        self.hidden |= {one["ReceiptHandle"] for one in batch[:2]}
        return batch[:2]

    def delete_message(self, url: str, handle: str) -> None:
        self.queues[url] = [one for one in self.queues[url] if one["ReceiptHandle"] != handle]

    def show_message(self, url: str, handle: str) -> None:
        if self.fails_to_show:
            msg = "gone"
            raise AwsError(msg)
        self.hidden.remove(handle)


class World:
    """AWS with these dead letters of payment; keeps what is sent."""

    def __init__(self, *letters: dict[str, Any], refuses: str = "") -> None:
        self.sqs = FakeQueues({"payment": list(letters)})
        self.invoked: list[tuple[str, bytes]] = []
        self.put: list[dict[str, Any]] = []
        self._refuses = refuses
        self.aws: Any = SimpleNamespace(
            sqs=self.sqs,
            sts=SimpleNamespace(caller_identity=lambda: Identity("123456789012", "aws")),
            lambda_=SimpleNamespace(invoke_event=self._invoke),
            events=SimpleNamespace(put_event=lambda bus, **entry: self.put.append(entry)),
        )

    def _invoke(self, name: str, payload: bytes) -> None:
        if self._refuses and self._refuses in payload.decode():
            msg = "refused"
            raise AwsError(msg)
        self.invoked.append((name, payload))

    def read(self, **options: Any) -> pd.DataFrame:
        return read(CONFIG, aws=self.aws, **options)


def test_letters_of_both_causes_are_read_and_stay() -> None:
    world = World(UNDELIVERED, FAILED, STRANGE)
    frame = world.read()
    assert frame.index.tolist() == ["m1", "m2", "m3"]
    assert frame["service"].tolist() == ["payment"] * 3
    assert frame["cause"].tolist() == ["delivery", "function", "function"]
    assert frame["error_code"].tolist() == ["NO_PERMISSIONS", "200", "200"]
    assert frame["error_message"].tolist() == ["not allowed", "boom", "boom"]
    first = frame.loc["m1"]
    assert (first["retries"], first["exhausted"], first["rule"]) == (
        3,
        "MaximumRetryAttempts",
        RULE,
    )
    assert first["received"] == pd.Timestamp(1795435200, unit="s", tz="UTC")
    assert frame["trace_id"].tolist() == [TRACE] * 3
    assert frame.loc["m2", "request_id"] == "r-1"
    assert frame["event"].tolist() == [EVENT, EVENT, "no json"]
    assert world.sqs.hidden == set()
    assert len(world.sqs.queues["payment"]) == 3


def test_no_letters_are_an_empty_frame_with_the_same_columns() -> None:
    empty, frame = World().read(services=["payment"]), World(FAILED).read()
    assert empty.empty
    assert empty.columns.tolist() == frame.columns.tolist()


def test_events_go_to_the_function_that_missed_them_and_leave_the_queue() -> None:
    world = World(UNDELIVERED, FAILED, STRANGE)
    letters = world.read()
    assert send_again(CONFIG, letters.loc[["m2", "m3"]], aws=world.aws) == 2
    assert [payload for _, payload in world.invoked] == [json.dumps(EVENT).encode(), b"no json"]
    assert all("payment" in name for name, _ in world.invoked)
    assert world.read().index.tolist() == ["m1"]
    assert send_again(CONFIG, letters.loc[["m2"]], aws=world.aws) == 0


def test_events_go_back_to_the_bus_in_their_own_trace() -> None:
    world = World(UNDELIVERED)
    assert send_again(CONFIG, world.read(), to="bus", aws=world.aws) == 1
    (entry,) = world.put
    assert entry["source"] == "order.service"
    assert entry["detail"] == {"orderId": "o-1"}
    assert entry["trace_header"].startswith(f"Root={TRACE}")


def test_what_is_no_event_is_not_put_on_a_bus() -> None:
    world = World(UNDELIVERED, STRANGE)
    with pytest.raises(TraceDataError, match="m3 is not an event of a bus"):
        send_again(CONFIG, world.read(), to="bus", aws=world.aws)
    assert world.put == []
    assert len(world.sqs.queues["payment"]) == 2


@pytest.mark.parametrize("to", ["Function", "FUNCTION", "Bus", "queue", "", None, True])
def test_a_way_that_there_is_not_sends_nothing(to: Any) -> None:
    world = World(UNDELIVERED, FAILED)
    with pytest.raises(ConfigError, match="Nothing was sent: there is no way to send letters"):
        send_again(CONFIG, world.read(), to=to, aws=world.aws)
    assert (world.put, world.invoked) == ([], [])
    assert len(world.sqs.queues["payment"]) == 2


def test_an_event_that_is_refused_stays_with_those_behind_it() -> None:
    world = World(FAILED, STRANGE, UNDELIVERED, refuses="no json")
    letters = world.read()
    with pytest.raises(AwsError, match="refused"):
        send_again(CONFIG, letters, aws=world.aws)
    assert world.read().index.tolist() == ["m3", "m1"]


def test_a_letter_that_cannot_be_shown_again_is_no_failure() -> None:
    world = World(FAILED)
    world.sqs.fails_to_show = True
    assert world.read().index.tolist() == ["m2"]


def test_a_stack_without_dead_letter_queues_says_so() -> None:
    with pytest.raises(ConfigError, match="set enable_dead_letter_queues"):
        read(Config(target="embedded"), aws=World().aws)
    with pytest.raises(ConfigError, match="'shipping' is not a service"):
        World().read(services=["shipping"])
