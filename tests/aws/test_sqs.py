"""Deleted queues are waited for."""

from fake_clients import FakeClient, aws, refusal

QUEUE = {"QueueUrl": "https://sqs/123456789012/q"}
GONE = refusal("AWS.SimpleQueueService.NonExistentQueue", operation="GetQueueUrl")


def test_deleted_queue_is_waited_for_until_its_name_finds_nothing() -> None:
    client = FakeClient({}, QUEUE, QUEUE, GONE)
    aws(client).sqs.delete(QUEUE["QueueUrl"])
    looks = [("get_queue_url", {"QueueName": "q"})] * 3
    assert client.calls == [("delete_queue", QUEUE), *looks]
