"""Dead-letter queues of queues, and moving messages out of them, through AWS's own client."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_planes import client_of
from waiting import waited

from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.embedded.moto.queues.redrive import due_messages
from tracing_lab.embedded.moto.queues.sending import queue_of


@pytest.fixture
def sqs(control: ControlPlane) -> Any:
    return client_of(control, "sqs")


def arn(name: str) -> str:
    return f"arn:aws:sqs:eu-west-1:123456789012:{name}"


def redrive(target: str, receives: int = 1) -> str:
    return json.dumps({"deadLetterTargetArn": arn(target), "maxReceiveCount": receives})


def make(sqs: Any, name: str, **attributes: str) -> str:
    return str(sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])


def pair(sqs: Any, receives: int = 1) -> tuple[str, str]:
    """Make a queue ``work`` with the dead-letter queue ``dead``; return their URLs."""
    dead = make(sqs, "dead")
    work = make(sqs, "work", RedrivePolicy=redrive("dead", receives), VisibilityTimeout="0")
    return work, dead


def bodies(sqs: Any, url: str, **options: Any) -> list[str]:
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **options)
    return [message["Body"] for message in found.get("Messages", [])]


def fail(sqs: Any, work: str, *texts: str) -> None:
    """Send messages and receive them until they are dead letters."""
    for text in texts:
        sqs.send_message(QueueUrl=work, MessageBody=text, MessageAttributes=ATTRIBUTES)
    while bodies(sqs, work):
        pass


ATTRIBUTES = {"n": {"DataType": "Number", "StringValue": "7"}}


def ended(sqs: Any, name: str = "dead") -> dict[str, Any]:
    """Return the latest task when it has ended."""

    def task() -> dict[str, Any]:
        (latest,) = sqs.list_message_move_tasks(SourceArn=arn(name))["Results"]
        return {} if latest["Status"] == "RUNNING" else dict(latest)

    return waited(task)


def test_a_message_is_a_dead_letter_after_so_many_receives(sqs: Any) -> None:
    work, dead = pair(sqs, receives=2)
    sqs.send_message(QueueUrl=work, MessageBody="m")
    assert bodies(sqs, work) == ["m"]
    assert bodies(sqs, work) == ["m"]
    assert bodies(sqs, work) == []
    (letter,) = sqs.receive_message(QueueUrl=dead, AttributeNames=["All"])["Messages"]
    assert letter["Attributes"]["DeadLetterQueueSourceArn"] == arn("work")


def test_letters_go_back_to_the_queues_that_they_came_from(sqs: Any) -> None:
    work, dead = pair(sqs)
    other = make(sqs, "other", RedrivePolicy=redrive("dead"), VisibilityTimeout="0")
    fail(sqs, work, "a", "b")
    fail(sqs, other, "c")
    handle = sqs.start_message_move_task(SourceArn=arn("dead"))["TaskHandle"]
    task = ended(sqs)
    assert handle
    assert "TaskHandle" not in task
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 3)
    assert task["ApproximateNumberOfMessagesToMove"] == 3
    options = {"AttributeNames": ["All"], "MessageAttributeNames": ["All"]}
    found = sqs.receive_message(QueueUrl=work, MaxNumberOfMessages=10, **options)["Messages"]
    assert [message["Body"] for message in found] == ["a", "b"]
    assert found[0]["MessageAttributes"] == ATTRIBUTES
    assert found[0]["Attributes"]["ApproximateReceiveCount"] == "1"  # it is a new message
    assert bodies(sqs, other) == ["c"]
    assert bodies(sqs, dead) == []


def test_letters_go_to_a_queue_that_is_named(sqs: Any) -> None:
    work, dead = pair(sqs)
    fail(sqs, work, "a")
    sqs.send_message(QueueUrl=dead, MessageBody="sent here")
    target = make(sqs, "target")
    sqs.start_message_move_task(
        SourceArn=arn("dead"), DestinationArn=arn("target"), MaxNumberOfMessagesPerSecond=500
    )
    task = ended(sqs)
    assert (task["Status"], task["DestinationArn"]) == ("COMPLETED", arn("target"))
    assert task["MaxNumberOfMessagesPerSecond"] == 500
    assert bodies(sqs, target) == ["a", "sent here"]


def test_what_was_sent_to_the_queue_itself_has_no_way_back(sqs: Any) -> None:
    work, dead = pair(sqs)
    fail(sqs, work, "a")
    sqs.send_message(QueueUrl=dead, MessageBody="sent here")
    sqs.start_message_move_task(SourceArn=arn("dead"))
    task = ended(sqs)
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")
    assert task["ApproximateNumberOfMessagesMoved"] == 1
    assert bodies(sqs, work) == ["a"]
    assert bodies(sqs, dead) == ["sent here"]


def test_a_deleted_destination_ends_the_task(sqs: Any) -> None:
    work, dead = pair(sqs)
    spare = make(sqs, "spare", RedrivePolicy=redrive("dead"))  # dead stays a dead-letter queue
    fail(sqs, work, "a")
    sqs.delete_queue(QueueUrl=work)
    sqs.start_message_move_task(SourceArn=arn("dead"))
    assert ended(sqs)["FailureReason"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert bodies(sqs, dead) == ["a"]
    assert bodies(sqs, spare) == []


def test_messages_in_flight_stay(sqs: Any) -> None:
    work, dead = pair(sqs)
    fail(sqs, work, "a", "b")
    sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=1)
    sqs.start_message_move_task(SourceArn=arn("dead"))
    assert ended(sqs)["ApproximateNumberOfMessagesMoved"] == 1
    assert bodies(sqs, work) == ["b"]


def test_fifo_queues_keep_group_and_order(sqs: Any) -> None:
    fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    make(sqs, "dead.fifo", **fifo)
    policy = redrive("dead.fifo")
    work = make(sqs, "work.fifo", **fifo, RedrivePolicy=policy, VisibilityTimeout="0")
    for text in ("a", "b"):
        sqs.send_message(QueueUrl=work, MessageBody=text, MessageGroupId="g")
        while bodies(sqs, work):
            pass
    sqs.start_message_move_task(SourceArn=arn("dead.fifo"))
    assert ended(sqs, "dead.fifo")["ApproximateNumberOfMessagesMoved"] == 2
    (first,) = sqs.receive_message(QueueUrl=work, AttributeNames=["All"])["Messages"]
    assert (first["Body"], first["Attributes"]["MessageGroupId"]) == ("a", "g")


def test_a_slow_task_can_be_cancelled_and_only_one_runs(sqs: Any) -> None:
    work, dead = pair(sqs)
    fail(sqs, work, *"abcde")
    slowly = {"SourceArn": arn("dead"), "MaxNumberOfMessagesPerSecond": 1}
    handle = sqs.start_message_move_task(**slowly)["TaskHandle"]
    with pytest.raises(ClientError, match="There is already a task running"):
        sqs.start_message_move_task(**slowly)
    (task,) = sqs.list_message_move_tasks(SourceArn=arn("dead"))["Results"]
    assert (task["Status"], task["TaskHandle"]) == ("RUNNING", handle)
    moved = sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"]
    assert moved < 5
    assert ended(sqs)["Status"] == "CANCELLED"
    with pytest.raises(ClientError, match="Only running tasks"):
        sqs.cancel_message_move_task(TaskHandle=handle)
    assert len(bodies(sqs, work)) + len(bodies(sqs, dead)) == 5


@pytest.mark.parametrize(
    "rate, elapsed_s, expected", [(1, 0.0, 1), (1, 0.99, 1), (1, 1.0, 2), (500, 2.0, 1001)]
)
def test_messages_are_due_by_the_rate(rate: int, elapsed_s: float, expected: int) -> None:
    assert due_messages(rate, elapsed_s) == expected


def test_the_latest_ten_tasks_are_listed_newest_first(sqs: Any) -> None:
    pair(sqs)
    target = make(sqs, "target")
    assert target
    for _ in range(12):
        sqs.start_message_move_task(SourceArn=arn("dead"), DestinationArn=arn("target"))
        ended(sqs)
    listed = sqs.list_message_move_tasks(SourceArn=arn("dead"), MaxResults=10)["Results"]
    times = [task["StartedTimestamp"] for task in listed]
    assert len(listed) == 10
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    "options, code, message",
    [
        ({"SourceArn": arn("none")}, "ResourceNotFoundException", "SourceArn parameter"),
        ({"SourceArn": "dead"}, "InvalidParameterValue", "use this format"),
        (
            {"SourceArn": arn("work")},
            "InvalidParameterValue",
            "must be configured as a Dead Letter",
        ),
        ({"DestinationArn": arn("none")}, "ResourceNotFoundException", "DestinationArn parameter"),
        ({"DestinationArn": arn("dead")}, "InvalidParameterValue", "cannot be the same"),
        ({"DestinationArn": arn("q.fifo")}, "InvalidParameterValue", "same type"),
        ({"MaxNumberOfMessagesPerSecond": 0}, "InvalidParameterValue", "between 1 and 500"),
        ({"MaxNumberOfMessagesPerSecond": 501}, "InvalidParameterValue", "between 1 and 500"),
    ],
)
def test_moves_that_cannot_be_are_rejected(
    sqs: Any, options: dict[str, Any], code: str, message: str
) -> None:
    pair(sqs)
    make(sqs, "q.fifo", FifoQueue="true")
    with pytest.raises(ClientError) as caught:
        sqs.start_message_move_task(**{"SourceArn": arn("dead"), **options})
    error = caught.value.response["Error"]
    assert error["Code"] == code
    assert message in error["Message"]


def test_a_task_that_never_was_cannot_be_cancelled(sqs: Any) -> None:
    with pytest.raises(ClientError, match="Task does not exist"):
        sqs.cancel_message_move_task(TaskHandle="x")


def test_letters_and_tasks_survive_a_kill(tmp_path: Path) -> None:
    # GIVEN dead letters, and a task that moves them slowly
    control = ControlPlane(tmp_path)
    control.replay()
    sqs = client_of(control, "sqs")
    work, dead = pair(sqs)
    fail(sqs, work, *"abc")
    sqs.start_message_move_task(SourceArn=arn("dead"), MaxNumberOfMessagesPerSecond=2)
    # WHEN the server is killed on the way
    control._moves.stop()
    control._app.reset()
    control.close()
    again = ControlPlane(tmp_path)
    again.replay()
    sqs = client_of(again, "sqs")
    # THEN the task goes on, the origin of the letters is known, and none is lost or doubled
    assert ended(sqs)["Status"] == "COMPLETED"
    assert sorted(bodies(sqs, work)) == list("abc")
    assert bodies(sqs, dead) == []
    again.reset()
    again.close()


def test_a_batch_that_cannot_be_written_is_not_moved(tmp_path: Path) -> None:
    # GIVEN a disk that is full for a while
    full = [False]

    def write(fd: int, data: bytes) -> int:
        if full[0]:
            full[0] = False
            raise OSError(errno.ENOSPC, "no space left")
        return os.write(fd, data)

    control = ControlPlane(tmp_path, write=write)
    sqs = client_of(control, "sqs")
    work, dead = pair(sqs)
    fail(sqs, work, "a")
    source, target = queue_of(arn("dead")), queue_of(arn("work"))
    task = control._moves
    # WHEN a batch is moved
    with control._lock:
        sqs.start_message_move_task(SourceArn=arn("dead"))
        full[0] = True
        with pytest.raises(OSError, match="no space left"):
            task._step(task._all()[0].task_id, 10)
        # THEN the message is where it was
        assert [one.body for one in source._messages] == ["a"]
        assert target._messages == []
    # AND is moved later
    assert ended(sqs)["Status"] == "COMPLETED"
    assert bodies(sqs, work) == ["a"]
    assert bodies(sqs, dead) == []
    control.reset()
    control.close()


POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]})


def test_other_attributes_leave_the_policy(sqs: Any) -> None:
    url = make(sqs, "q", Policy=POLICY)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "5"})
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert json.loads(attributes["Policy"]) == json.loads(POLICY)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert "Statement" not in attributes.get("Policy", "")


def allow(permission: str, *sources: str) -> str:
    policy: dict[str, Any] = {"redrivePermission": permission}
    return json.dumps(policy | ({"sourceQueueArns": list(sources)} if sources else {}))


@pytest.mark.parametrize(
    "policy, allowed",
    [
        (allow("allowAll"), True),
        (allow("denyAll"), False),
        (allow("byQueue", arn("work")), True),
        (allow("byQueue", arn("other")), False),
    ],
)
def test_a_queue_decides_whose_letters_it_takes(sqs: Any, policy: str, *, allowed: bool) -> None:
    dead = make(sqs, "dead", RedriveAllowPolicy=policy)
    for names in (["All"], ["RedriveAllowPolicy"]):
        found = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=names)["Attributes"]
        assert found["RedriveAllowPolicy"] == policy
    work = make(sqs, "work")
    attributes = {"RedrivePolicy": redrive("dead")}
    if allowed:
        sqs.set_queue_attributes(QueueUrl=work, Attributes=attributes)
        return
    with pytest.raises(ClientError, match="does not allow"):
        sqs.set_queue_attributes(QueueUrl=work, Attributes=attributes)
    kept = sqs.get_queue_attributes(QueueUrl=work, AttributeNames=["All"])["Attributes"]
    assert "RedrivePolicy" not in kept
    name = "other" if "byQueue" not in policy else "third"
    with pytest.raises(ClientError, match="does not allow"):
        make(sqs, name, **attributes)


@pytest.mark.parametrize(
    "policy",
    [
        "no json",
        allow("sometimes"),
        allow("byQueue"),
        allow("byQueue", *map(str, range(11))),
        allow("allowAll", arn("work")),
    ],
)
def test_allow_policies_that_cannot_be_are_rejected(sqs: Any, policy: str) -> None:
    with pytest.raises(ClientError, match="RedriveAllowPolicy is invalid"):
        make(sqs, "dead", RedriveAllowPolicy=policy)
