"""Messages of queues after the server was killed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st
from moto.sqs.models import Message, Queue
from queue_calls import queue, sqs

from tracing_lab.embedded.model import QueueMessage
from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.embedded.moto.queues.store import QueueStore
from tracing_lab.xray_model.trace_header import TraceHeader

HEADER = TraceHeader("1-6b042ac0-5d09aa705e56bbd015254801", sampled=True)

Restart = Callable[[], ControlPlane]


def receive(control: ControlPlane, url: str, **more: Any) -> list[dict[str, Any]]:
    options: dict[str, Any] = {"AttributeNames": ["All"], "MessageAttributeNames": ["All"]}
    options |= {"MaxNumberOfMessages": 10, **more}
    found = sqs(control, "ReceiveMessage", QueueUrl=url, **options)
    return list(found.get("Messages", ()))


def bodies(messages: list[dict[str, Any]]) -> list[str]:
    return [one["Body"] for one in messages]


def test_messages_come_back_in_order_and_whole(restart: Restart) -> None:
    control = restart()
    url, arn = queue(control, "q")
    binary = {"b": {"DataType": "Binary", "BinaryValue": "AAEC"}}
    sqs(control, "SendMessage", QueueUrl=url, MessageBody="first", MessageAttributes=binary)
    control.send_message(QueueMessage(arn, "second", {"n": 3}, trace_header=HEADER))
    first, second = receive(restart(), url)
    assert (first["Body"], second["Body"]) == ("first", "second")
    assert first["MessageAttributes"]["b"]["BinaryValue"] == "AAEC"
    assert second["MessageAttributes"]["n"] == {"DataType": "Number", "StringValue": "3"}
    assert second["Attributes"]["AWSTraceHeader"] == HEADER.format()


def test_what_was_received_stays_hidden_and_can_be_deleted(restart: Restart) -> None:
    control = restart()
    url, _arn = queue(control, "q")
    for body in ("done", "under way"):
        sqs(control, "SendMessage", QueueUrl=url, MessageBody=body)
    handles = [one["ReceiptHandle"] for one in receive(control, url)]
    sqs(control, "DeleteMessage", QueueUrl=url, ReceiptHandle=handles[0])
    again = restart()
    assert receive(again, url) == []
    again_url = {"QueueUrl": url, "ReceiptHandle": handles[1]}
    sqs(again, "ChangeMessageVisibility", **again_url, VisibilityTimeout=0)
    (message,) = receive(restart(), url)
    assert message["Attributes"]["ApproximateReceiveCount"] == "2"


def test_purged_queues_and_deleted_queues_stay_empty(restart: Restart) -> None:
    control = restart()
    for name, end in (("purged", "PurgeQueue"), ("deleted", "DeleteQueue")):
        url, _arn = queue(control, name)
        sqs(control, "SendMessage", QueueUrl=url, MessageBody="x")
        sqs(control, end, QueueUrl=url)
    again = restart()
    assert [receive(again, queue(again, name)[0]) for name in ("purged", "deleted")] == [[], []]


def test_redriven_messages_are_in_the_dead_letter_queue(restart: Restart) -> None:
    control = restart()
    letters_url, letters = queue(control, "letters")
    policy = f'{{"deadLetterTargetArn": "{letters}", "maxReceiveCount": 1}}'
    url, _arn = queue(control, "q", RedrivePolicy=policy)
    sqs(control, "SendMessage", QueueUrl=url, MessageBody="x")
    assert bodies(receive(control, url, VisibilityTimeout=0)) == ["x"]
    again = restart()
    assert receive(again, url) == []
    assert bodies(receive(restart(), letters_url)) == ["x"]


def test_a_fifo_queue_keeps_order_groups_and_duplicates(restart: Restart) -> None:
    control = restart()
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url, arn = queue(control, "q.fifo", **attributes)
    for group, body in (("a", "1"), ("a", "2"), ("b", "3")):
        control.send_message(QueueMessage(arn, body, group_id=group))
    assert bodies(receive(control, url, MaxNumberOfMessages=1)) == ["1"]
    again = restart()
    again.send_message(QueueMessage(arn, "2", group_id="a"))  # a duplicate
    assert bodies(receive(again, url)) == ["3"]  # group a waits for its first message
    assert receive(restart(), url) == []


def test_a_group_that_is_visible_again_keeps_its_order(restart: Restart) -> None:
    control = restart()
    url, arn = queue(control, "q.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    sent = [f"{number}" for number in range(6)]
    for body in sent:
        control.send_message(QueueMessage(arn, body, group_id="a"))
    first = receive(control, url, MaxNumberOfMessages=3, VisibilityTimeout=0)
    assert bodies(first) == sent[:3]
    assert bodies(receive(control, url, MaxNumberOfMessages=4, VisibilityTimeout=0)) == sent[:4]


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "send", "receive", "delete"]), st.integers(0, 5)),
    max_size=12,
)


@given(steps=STEPS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_store_always_holds_what_the_queue_holds(tmp_path: Path, steps: Any) -> None:
    store = QueueStore(tmp_path / "messages")
    store.clear()
    make: Any = Queue  # whose class is abstract by mistake
    living, number = make("q", "us-east-1", "123456789012"), 0
    for step, place in steps:
        if step in {"add", "send"}:
            number += 1
            living._messages.append(Message(str(number), "x"))
            if step == "add":
                store.add(living, living._messages[-1])
        elif place < len(living._messages):
            if step == "receive":
                living._messages[place].mark_received(60)
            else:
                del living._messages[place]
        store.sync(living)
    copy = make("q", "us-east-1", "123456789012")
    store.restore(copy)
    store.close()
    assert [vars(one) for one in copy._messages] == [vars(one) for one in living._messages]
