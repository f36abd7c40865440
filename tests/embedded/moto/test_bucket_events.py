"""Notifications of buckets: every destination gets each once, and none by moto itself."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from archives import app_zip
from control_planes import REGION, client_of, make_function

from tracing_lab.embedded.model import ServiceCall
from tracing_lab.embedded.moto.adapter import MotoApp
from tracing_lab.embedded.moto.plane import ControlPlane

ACCOUNT = "123456789012"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
PLACE = {"LocationConstraint": REGION}


class Buckets:
    """A control plane with a bucket, and what it calls."""

    def __init__(self, folder: Path) -> None:
        self.control = ControlPlane(folder)
        self.calls: list[ServiceCall] = []
        self.events: list[Any] = []
        self.control.on_service_call(REGION, self.calls.append)
        self.control.on_service_event(REGION, self.events.append)
        self.s3, self.sqs = client_of(self.control, "s3"), client_of(self.control, "sqs")

    def bucket(self, **configuration: Any) -> None:
        self.s3.create_bucket(Bucket="orders", CreateBucketConfiguration=PLACE)
        self.s3.put_bucket_notification_configuration(
            Bucket="orders", NotificationConfiguration=configuration
        )

    def queue(self, *, is_open: bool) -> str:
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": QUEUE,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        attributes = {"Policy": policy} if is_open else {}
        return str(self.sqs.create_queue(QueueName="q", Attributes=attributes)["QueueUrl"])

    def bodies(self, url: str) -> list[Any]:
        found = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return [json.loads(one["Body"]) for one in found.get("Messages", [])]


@pytest.fixture
def buckets(tmp_path: Path) -> Iterator[Buckets]:
    made = Buckets(tmp_path)
    yield made
    made.control.reset()
    made.control.close()


def test_a_function_is_called_once_with_s3s_record(buckets: Buckets) -> None:
    arn = make_function(buckets.control)["FunctionArn"]
    rules = [{"Name": "prefix", "Value": "in/"}]
    buckets.bucket(
        LambdaFunctionConfigurations=[
            {
                "Id": "mine",
                "LambdaFunctionArn": arn,
                "Events": ["s3:ObjectCreated:*"],
                "Filter": {"Key": {"FilterRules": rules}},
            }
        ]
    )
    buckets.s3.put_object(Bucket="orders", Key="in/a file.txt", Body=b"12345")
    buckets.s3.put_object(Bucket="orders", Key="out/b.txt", Body=b"1")
    buckets.s3.delete_object(Bucket="orders", Key="in/a file.txt")
    (call,) = buckets.calls
    assert (call.function_arn, call.principal) == (arn, "s3.amazonaws.com")
    assert call.source_arn == "arn:aws:s3:::orders"
    (record,) = json.loads(call.payload)["Records"]
    assert (record["eventName"], record["awsRegion"]) == ("ObjectCreated:Put", REGION)
    assert record["s3"]["configurationId"] == "mine"
    assert record["s3"]["bucket"]["name"] == "orders"
    found = record["s3"]["object"]
    assert (found["key"], found["size"]) == ("in/a+file.txt", 5)
    assert found["eTag"] == "827ccb0eea8a706c4c34a16891f84e7b"  # md5 of 12345


@pytest.mark.parametrize("is_open", [True, False])
def test_a_queue_gets_what_its_policy_allows(buckets: Buckets, *, is_open: bool) -> None:
    url = buckets.queue(is_open=is_open)
    buckets.bucket(QueueConfigurations=[{"QueueArn": QUEUE, "Events": ["s3:ObjectRemoved:*"]}])
    buckets.s3.put_object(Bucket="orders", Key="k", Body=b"1")
    buckets.s3.delete_object(Bucket="orders", Key="k")
    bodies = buckets.bodies(url)
    if not is_open:
        assert bodies == []
        return
    test_event, event = sorted(bodies, key=lambda body: "Records" in body)
    assert test_event["Event"] == "s3:TestEvent"
    (record,) = event["Records"]
    assert record["eventName"] == "ObjectRemoved:Delete"
    assert "size" not in record["s3"]["object"]


def test_the_default_bus_gets_each_event_once(buckets: Buckets) -> None:
    buckets.bucket(EventBridgeConfiguration={})
    buckets.s3.put_object(Bucket="orders", Key="k", Body=b"12345")
    buckets.s3.delete_object(Bucket="orders", Key="k")
    created, deleted = buckets.events
    assert (created["source"], created["detail-type"]) == ("aws.s3", "Object Created")
    assert created["resources"] == ["arn:aws:s3:::orders"]
    assert created["detail"]["object"]["etag"] == "827ccb0eea8a706c4c34a16891f84e7b"
    assert created["detail"]["reason"] == "PutObject"
    assert deleted["detail-type"] == "Object Deleted"
    assert deleted["detail"]["deletion-type"] == "Permanently Deleted"
    assert created["id"] != deleted["id"]
    assert created["detail"]["object"]["sequencer"] < deleted["detail"]["object"]["sequencer"]


def test_a_restart_notifies_nobody(buckets: Buckets, tmp_path: Path) -> None:
    buckets.bucket(EventBridgeConfiguration={})
    buckets.s3.put_object(Bucket="orders", Key="k", Body=b"1")
    buckets.control.close()
    MotoApp().reset()  # as in a new process
    restarted = Buckets(tmp_path)
    buckets.control = restarted.control  # which the fixture closes
    assert restarted.control.replay() > 0
    assert restarted.events == []
    restarted.s3.put_object(Bucket="orders", Key="k", Body=b"2")
    assert len(restarted.events) == 1


def test_code_in_a_bucket_is_no_notification(buckets: Buckets) -> None:
    buckets.bucket()
    buckets.s3.put_object(Bucket="orders", Key="code.zip", Body=app_zip())
    assert (buckets.calls, buckets.events) == ([], [])


def names_and_objects(buckets: Buckets) -> list[tuple[str, dict[str, Any]]]:
    records = [json.loads(call.payload)["Records"][0] for call in buckets.calls]
    return [(record["eventName"], record["s3"]["object"]) for record in records]


def notify_function(buckets: Buckets, *events: str, rules: Any = ()) -> None:
    arn = make_function(buckets.control)["FunctionArn"]
    buckets.bucket(
        LambdaFunctionConfigurations=[
            {
                "LambdaFunctionArn": arn,
                "Events": list(events),
                **({"Filter": {"Key": {"FilterRules": rules}}} if rules else {}),
            }
        ]
    )


def upload(buckets: Buckets, key: str) -> None:
    target = {"Bucket": "orders", "Key": key}
    upload_id = buckets.s3.create_multipart_upload(**target)["UploadId"]
    part = buckets.s3.upload_part(**target, UploadId=upload_id, PartNumber=1, Body=b"12345")
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    buckets.s3.complete_multipart_upload(
        **target, UploadId=upload_id, MultipartUpload={"Parts": parts}
    )


def test_an_upload_in_parts_is_one_event_of_its_own_name(buckets: Buckets) -> None:
    notify_function(buckets, "s3:ObjectCreated:*")
    upload(buckets, "big")
    ((name, found),) = names_and_objects(buckets)
    assert (name, found["size"]) == ("ObjectCreated:CompleteMultipartUpload", 5)
    assert found["eTag"].endswith("-1")


def test_events_by_their_whole_name_are_told_apart(buckets: Buckets) -> None:
    notify_function(buckets, "s3:ObjectCreated:Copy")
    buckets.s3.put_object(Bucket="orders", Key="a", Body=b"1", Tagging="x=y")
    upload(buckets, "big")
    buckets.s3.copy_object(Bucket="orders", Key="b", CopySource="orders/a")
    assert [(name, found["key"]) for name, found in names_and_objects(buckets)] == [
        ("ObjectCreated:Copy", "b")
    ]


def test_a_filter_has_a_prefix_and_a_suffix(buckets: Buckets) -> None:
    rules = [{"Name": "prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".txt"}]
    notify_function(buckets, "s3:ObjectCreated:*", rules=rules)
    for key in ("in/ä+b (1).txt", "in/b.csv", "out/c.txt"):
        buckets.s3.put_object(Bucket="orders", Key=key, Body=b"1")
    assert [found["key"] for _, found in names_and_objects(buckets)] == [
        "in/%C3%A4%2Bb+%281%29.txt"
    ]


def test_versions_and_delete_markers_have_events_of_their_own(buckets: Buckets) -> None:
    notify_function(buckets, "s3:ObjectRemoved:*")
    buckets.s3.put_bucket_versioning(Bucket="orders", VersioningConfiguration={"Status": "Enabled"})
    first, second = (
        buckets.s3.put_object(Bucket="orders", Key="k", Body=body)["VersionId"]
        for body in (b"1", b"2")
    )
    marker = buckets.s3.delete_object(Bucket="orders", Key="k")["VersionId"]
    for version in (first, marker, second):
        buckets.s3.delete_object(Bucket="orders", Key="k", VersionId=version)
    found = names_and_objects(buckets)
    assert [(name, entry["versionId"]) for name, entry in found] == [
        ("ObjectRemoved:DeleteMarkerCreated", marker),
        ("ObjectRemoved:Delete", first),
        ("ObjectRemoved:Delete", marker),
        ("ObjectRemoved:Delete", second),
    ]
    assert found[0][1]["eTag"] == "d41d8cd98f00b204e9800998ecf8427e"
    assert all("size" not in entry for _, entry in found)


def test_the_bus_hears_of_delete_markers(buckets: Buckets) -> None:
    buckets.bucket(EventBridgeConfiguration={})
    buckets.s3.put_bucket_versioning(Bucket="orders", VersioningConfiguration={"Status": "Enabled"})
    buckets.s3.put_object(Bucket="orders", Key="k", Body=b"1")
    marker = buckets.s3.delete_object(Bucket="orders", Key="k")["VersionId"]
    _created, deleted = buckets.events
    assert deleted["detail"]["deletion-type"] == "Delete Marker Created"
    assert deleted["detail"]["reason"] == "DeleteObject"
    assert deleted["detail"]["object"]["version-id"] == marker
    assert deleted["detail"]["object"]["etag"] == "d41d8cd98f00b204e9800998ecf8427e"


def test_several_deletions_of_a_call_are_an_event_each(buckets: Buckets) -> None:
    notify_function(buckets, "s3:ObjectRemoved:Delete")
    for key in "abc":
        buckets.s3.put_object(Bucket="orders", Key=key, Body=b"1")
    objects = [{"Key": key} for key in ("a", "b", "absent")]
    buckets.s3.delete_objects(Bucket="orders", Delete={"Objects": objects})
    assert [found["key"] for _, found in names_and_objects(buckets)] == ["a", "b"]


def test_a_call_that_fails_in_the_end_notifies_nobody(buckets: Buckets) -> None:
    notify_function(buckets, "s3:ObjectCreated:*")
    with pytest.raises(buckets.s3.exceptions.ClientError, match="InvalidTag"):
        buckets.s3.put_object(Bucket="orders", Key="k", Body=b"1", Tagging="aws:x=y")
    assert buckets.calls == []
    assert "Contents" not in buckets.s3.list_objects_v2(Bucket="orders")
