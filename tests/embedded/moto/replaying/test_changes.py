"""Calls that move data are not journalled: a server that is used for long restarts as fast."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from control_planes import client_of

from tracing_lab.embedded.moto.plane import ControlPlane


@pytest.fixture
def plane(tmp_path: Path) -> Iterator[ControlPlane]:
    plane = ControlPlane(tmp_path)
    yield plane
    plane.close()


def test_traffic_leaves_no_trace_in_the_journal(plane: ControlPlane, tmp_path: Path) -> None:
    # GIVEN a queue, a log group, a topic, a key and an address
    sqs, logs, sns, kms, ses, metrics = (
        client_of(plane, name) for name in ("sqs", "logs", "sns", "kms", "ses", "cloudwatch")
    )
    url = sqs.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    topic = sns.create_topic(Name="t")["TopicArn"]
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    ses.verify_email_identity(EmailAddress="a@example.com")
    provisioned = (tmp_path / "control.log").stat().st_size
    # WHEN they are used
    use_queue(sqs, url)
    event = {"timestamp": int(time.time() * 1000), "message": "m"}
    logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[event])
    logs.start_query(logGroupName="g", startTime=0, endTime=9, queryString="fields @message")
    sns.publish(TopicArn=topic, Message="m")
    sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": "1", "Message": "m"}])
    metrics.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": 1}])
    secret = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.re_encrypt(CiphertextBlob=secret, DestinationKeyId=key)
    kms.generate_random(NumberOfBytes=4)
    subject_and_body = {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}
    to = {"ToAddresses": ["a@example.com"]}
    ses.send_email(Source="a@example.com", Destination=to, Message=subject_and_body)
    # THEN the journal has not grown
    assert (tmp_path / "control.log").stat().st_size == provisioned


def use_queue(sqs: Any, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="a")
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "b"}])
    for _ in range(2):
        (message,) = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)["Messages"]
        handle = message["ReceiptHandle"]
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
        sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    sqs.purge_queue(QueueUrl=url)
