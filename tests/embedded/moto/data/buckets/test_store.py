"""Objects of S3's buckets after the server was killed."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from archives import app_zip
from control_planes import client_of, make_role
from direct_clients import direct_client
from full_disk import Disk

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.embedded.moto.replaying.journal import JournalEntry
from tracing_lab.embedded.protocol.api_call import read_call
from tracing_lab.embedded.storage.damage import damaged_files

Restart = Callable[[], ControlPlane]
REGION = "us-east-1"
PART = b"p" * 5 * 1024**2


def s3_of(control: ControlPlane) -> Any:
    return client_of(control, "s3", REGION)


def make_bucket(control: ControlPlane, name: str = "bucket", *, versioned: bool = False) -> Any:
    client = s3_of(control)
    client.create_bucket(Bucket=name)
    if versioned:
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return client


def journaled(control: ControlPlane) -> int:
    return len(list(control._journal))


def body_of(client: Any, key: str, **more: Any) -> bytes:
    body: bytes = client.get_object(Bucket="bucket", Key=key, **more)["Body"].read()
    return body


def keys_of(client: Any) -> list[str]:
    return [entry["Key"] for entry in client.list_objects_v2(Bucket="bucket").get("Contents", ())]


def test_objects_come_back_with_all_that_belongs_to_them(restart: Restart) -> None:
    control = restart()
    client = make_bucket(control)
    before = journaled(control)
    client.put_object(
        Bucket="bucket",
        Key="a b/ä.txt",
        Body=b"\x00content\xff",
        ContentType="text/plain",
        CacheControl="no-cache",
        Metadata={"order": "o-1"},
        StorageClass="STANDARD_IA",
        Tagging="kind=receipt",
        ACL="public-read",
        ChecksumAlgorithm="SHA256",
    )
    shown = client.get_object(Bucket="bucket", Key="a b/ä.txt", ChecksumMode="ENABLED")
    assert journaled(control) == before
    again = s3_of(restart())
    found = again.get_object(Bucket="bucket", Key="a b/ä.txt", ChecksumMode="ENABLED")
    assert found["Body"].read() == b"\x00content\xff"
    for part in ("ETag", "ContentType", "CacheControl", "Metadata", "StorageClass", "LastModified"):
        assert found[part] == shown[part]
    assert found.get("ChecksumSHA256") == shown.get("ChecksumSHA256")
    tags = again.get_object_tagging(Bucket="bucket", Key="a b/ä.txt")["TagSet"]
    assert tags == [{"Key": "kind", "Value": "receipt"}]
    grants = again.get_object_acl(Bucket="bucket", Key="a b/ä.txt")["Grants"]
    assert "READ" in {grant["Permission"] for grant in grants}


def test_every_operation_that_writes_is_kept_and_none_is_journaled(restart: Restart) -> None:
    control = restart()
    client = make_bucket(control)
    before = journaled(control)
    for key in ("kept", "deleted", "many-1", "many-2", "replaced", "tagged"):
        client.put_object(Bucket="bucket", Key=key, Body=b"first", Tagging="a=b")
    client.put_object(Bucket="bucket", Key="replaced", Body=b"second")
    client.copy_object(Bucket="bucket", Key="copied", CopySource="bucket/kept")
    client.delete_object(Bucket="bucket", Key="deleted")
    client.delete_objects(
        Bucket="bucket", Delete={"Objects": [{"Key": "many-1"}, {"Key": "many-2"}]}
    )
    client.delete_object_tagging(Bucket="bucket", Key="kept")
    tag = {"TagSet": [{"Key": "new", "Value": "1"}]}
    client.put_object_tagging(Bucket="bucket", Key="tagged", Tagging=tag)
    client.put_object_acl(Bucket="bucket", Key="tagged", ACL="public-read")
    assert journaled(control) == before
    again = s3_of(restart())
    assert keys_of(again) == ["copied", "kept", "replaced", "tagged"]
    assert (body_of(again, "copied"), body_of(again, "replaced")) == (b"first", b"second")
    assert again.get_object_tagging(Bucket="bucket", Key="kept")["TagSet"] == []
    assert again.get_object_tagging(Bucket="bucket", Key="tagged")["TagSet"] == tag["TagSet"]


def upload(client: Any, key: str = "big", *parts: bytes) -> tuple[dict[str, Any], list[Any]]:
    """Upload parts; return the upload and its parts, not completed."""
    started = client.create_multipart_upload(Bucket="bucket", Key=key, Metadata={"m": "1"})
    target = {"Bucket": "bucket", "Key": key, "UploadId": started["UploadId"]}
    done = [
        {
            "PartNumber": number,
            "ETag": client.upload_part(**target, PartNumber=number, Body=part)["ETag"],
        }
        for number, part in enumerate(parts, 1)
    ]
    return target, done


def test_an_upload_goes_on_after_a_kill_and_its_parts_can_be_read(restart: Restart) -> None:
    target, done = upload(make_bucket(restart()), "big", PART)
    client = s3_of(restart())
    second = client.upload_part(**target, PartNumber=2, Body=b"end")
    done.append({"PartNumber": 2, "ETag": second["ETag"]})
    client.complete_multipart_upload(**target, MultipartUpload={"Parts": done})
    shown = client.head_object(Bucket="bucket", Key="big")
    assert client.head_object(Bucket="bucket", Key="big", PartNumber=2)["ContentLength"] == 3
    again = s3_of(restart())
    found = again.head_object(Bucket="bucket", Key="big")
    assert (found["ETag"], found["Metadata"]) == (shown["ETag"], {"m": "1"})
    assert body_of(again, "big") == PART + b"end"
    assert again.head_object(Bucket="bucket", Key="big", PartNumber=2)["ContentLength"] == 3
    assert again.list_multipart_uploads(Bucket="bucket").get("Uploads", []) == []


def test_the_copy_of_an_uploaded_object_is_independent_of_it(restart: Restart) -> None:
    client = make_bucket(restart())
    target, done = upload(client, "big", PART, b"end")
    client.complete_multipart_upload(**target, MultipartUpload={"Parts": done})
    client.copy_object(Bucket="bucket", Key="copy", CopySource="bucket/big")
    client.delete_object(Bucket="bucket", Key="copy")
    assert body_of(client, "big") == PART + b"end"
    assert client.head_object(Bucket="bucket", Key="big", PartNumber=2)["ContentLength"] == 3


def test_an_aborted_upload_leaves_nothing(restart: Restart, tmp_path: Path) -> None:
    client = make_bucket(restart())
    target, _done = upload(client, "big", b"x")
    client.abort_multipart_upload(**target)
    again = s3_of(restart())
    assert again.list_multipart_uploads(Bucket="bucket").get("Uploads", []) == []
    assert [path.name for path in tmp_path.glob("buckets/*/*")] == ["index.log"]


def test_versions_and_delete_markers_come_back(restart: Restart) -> None:
    client = make_bucket(restart(), versioned=True)
    ids = [
        client.put_object(Bucket="bucket", Key="k", Body=body)["VersionId"]
        for body in (b"1", b"2", b"3")
    ]
    client.delete_object(Bucket="bucket", Key="k", VersionId=ids[1])
    marker = client.delete_object(Bucket="bucket", Key="k")["VersionId"]
    again = s3_of(restart())
    with pytest.raises(again.exceptions.ClientError):
        again.get_object(Bucket="bucket", Key="k")
    found = again.list_object_versions(Bucket="bucket")
    assert [version["VersionId"] for version in found["Versions"]] == [ids[2], ids[0]]
    assert [entry["VersionId"] for entry in found["DeleteMarkers"]] == [marker]
    assert body_of(again, "k", VersionId=ids[0]) == b"1"
    again.delete_object(Bucket="bucket", Key="k", VersionId=marker)
    assert body_of(s3_of(restart()), "k") == b"3"


def test_content_that_no_object_has_is_deleted(restart: Restart, tmp_path: Path) -> None:
    client = make_bucket(restart())
    client.put_object(Bucket="bucket", Key="k", Body=b"old")
    client.put_object(Bucket="bucket", Key="k", Body=b"new")
    (index,) = tmp_path.glob("buckets/*/index.log")
    index.with_name("orphan").write_bytes(b"of a killed server")
    assert body_of(s3_of(restart()), "k") == b"new"
    assert len(list(index.parent.iterdir())) == 2


def test_a_bucket_of_the_same_name_is_empty_again(restart: Restart, tmp_path: Path) -> None:
    client = make_bucket(restart())
    client.put_object(Bucket="bucket", Key="k", Body=b"x")
    client.delete_object(Bucket="bucket", Key="k")
    client.delete_bucket(Bucket="bucket")
    assert list(tmp_path.glob("buckets/*")) == []
    make_bucket(control := restart())
    assert keys_of(s3_of(control)) == keys_of(s3_of(restart())) == []


def test_a_reset_forgets_all_objects(restart: Restart, tmp_path: Path) -> None:
    make_bucket(restart()).put_object(Bucket="bucket", Key="k", Body=b"x")
    restart().reset()
    assert list(tmp_path.glob("buckets/*")) == []
    assert s3_of(restart()).list_buckets()["Buckets"] == []


def zipped(text: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("app.py", text)
    return file.getvalue()


def make_function(control: ControlPlane) -> Any:
    client = client_of(control, "lambda", REGION)
    client.create_function(
        FunctionName="f",
        Runtime="python3.13",
        Role=make_role(control),
        Handler="app.handler",
        Code={"S3Bucket": "bucket", "S3Key": "code.zip"},
    )
    return client


def code_of(control: ControlPlane) -> str:
    found: str = client_of(control, "lambda", REGION).get_function(FunctionName="f")[
        "Configuration"
    ]["CodeSha256"]
    return found


def test_a_function_keeps_the_code_that_its_bucket_has_no_longer(restart: Restart) -> None:
    control = restart()
    bucket = make_bucket(control)
    bucket.put_object(Bucket="bucket", Key="code.zip", Body=app_zip())
    make_function(control)
    first = code_of(control)
    bucket.put_object(Bucket="bucket", Key="code.zip", Body=zipped("changed"))
    again = restart()
    assert code_of(again) == first
    s3_of(again).delete_object(Bucket="bucket", Key="code.zip")
    assert code_of(restart()) == first
    assert keys_of(s3_of(restart())) == []


def test_a_stack_keeps_the_template_that_its_bucket_has_no_longer(restart: Restart) -> None:
    control = restart()
    bucket = make_bucket(control)
    template = {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}}}
    bucket.put_object(Bucket="bucket", Key="t.json", Body=json.dumps(template))
    client_of(control, "cloudformation", REGION).create_stack(
        StackName="s", TemplateURL="https://s3.amazonaws.com/bucket/t.json"
    )
    bucket.delete_object(Bucket="bucket", Key="t.json")
    again = restart()
    assert client_of(again, "sqs", REGION).list_queues()["QueueUrls"]


def test_copies_for_calls_go_with_the_calls(restart: Restart, tmp_path: Path) -> None:
    control = restart()
    make_bucket(control).put_object(Bucket="bucket", Key="code.zip", Body=app_zip())
    make_function(control).delete_function(FunctionName="f")
    restart()  # which compacts the journal
    restart()
    assert list(tmp_path.glob("pins/*")) == []


def test_calls_that_an_older_version_journaled_are_converted(
    restart: Restart, tmp_path: Path
) -> None:
    control = restart()
    requests: list[HttpRequest] = []

    def handle(request: HttpRequest) -> HttpResponse:
        requests.append(request)
        return control.handle(read_call(request))

    make_bucket(control)
    role = make_role(control)
    bucket = direct_client("s3", handle, region=REGION)
    bucket.put_object(Bucket="bucket", Key="code.zip", Body=app_zip())
    made = direct_client("lambda", handle, region=REGION)
    made.create_function(
        FunctionName="f",
        Runtime="python3.13",
        Role=role,
        Handler="app.handler",
        Code={"S3Bucket": "bucket", "S3Key": "code.zip"},
    )
    bucket.put_object(Bucket="bucket", Key="code.zip", Body=b"changed")
    code = code_of(control)
    # GIVEN a journal of a version that repeated these calls
    control._data.clear()
    control._journal.forget(list(control._journal.numbered())[2:])
    for number, request in enumerate(requests):
        control._journal.append(JournalEntry(number, request))
    # WHEN this version reads it
    again = restart()
    # THEN there is all that was, and objects are no calls any more
    assert (code_of(again), body_of(s3_of(again), "code.zip")) == (code, b"changed")
    assert journaled(again) == 3
    again = restart()
    assert (code_of(again), body_of(s3_of(again), "code.zip")) == (code, b"changed")


def test_a_damaged_index_is_set_aside_and_the_rest_of_it_is_used(
    restart: Restart, tmp_path: Path
) -> None:
    client = make_bucket(restart())
    for key in "abc":
        client.put_object(Bucket="bucket", Key=key, Body=b"x")
    (index,) = tmp_path.glob("buckets/*/index.log")
    index.write_bytes(index.read_bytes().replace(b"object b", b"object ?", 1))
    again = s3_of(restart())
    assert keys_of(again) == ["a", "c"]
    assert [name.partition(".damaged")[0] for name in damaged_files(tmp_path)] == [
        index.relative_to(tmp_path).as_posix()
    ]


def test_a_write_that_does_not_fit_on_the_disk_changes_nothing(tmp_path: Path) -> None:
    disk = Disk(10**9)
    control = ControlPlane(tmp_path, write=disk.write)
    control.replay()
    client = make_bucket(control)
    client.put_object(Bucket="bucket", Key="k", Body=b"first", Tagging="a=b")
    files = sorted(tmp_path.glob("buckets/*/*"))
    writes: list[Callable[[], Any]] = [
        lambda: client.put_object(Bucket="bucket", Key="k", Body=b"second"),
        lambda: client.put_object(Bucket="bucket", Key="new", Body=b"x" * 99),
        lambda: client.delete_object(Bucket="bucket", Key="k"),
        lambda: client.delete_object_tagging(Bucket="bucket", Key="k"),
    ]
    for write in writes:
        disk.room = 8
        with pytest.raises(client.exceptions.ClientError) as caught:
            write()
        assert caught.value.response["Error"]["Code"] == "InternalError"
        assert (keys_of(client), body_of(client, "k")) == (["k"], b"first")
        assert len(client.get_object_tagging(Bucket="bucket", Key="k")["TagSet"]) == 1
        assert sorted(tmp_path.glob("buckets/*/*")) == files
    disk.room = 10**6
    client.put_object(Bucket="bucket", Key="k", Body=b"second")
    assert body_of(client, "k") == b"second"
    control.reset()
    control.close()


def test_a_part_can_be_a_copy(restart: Restart) -> None:
    client = make_bucket(restart())
    client.put_object(Bucket="bucket", Key="source", Body=b"0123456789")
    target, _none = upload(client, "big")
    copied = client.upload_part_copy(
        **target, PartNumber=1, CopySource="bucket/source", CopySourceRange="bytes=2-4"
    )
    again = s3_of(restart())
    parts = [{"PartNumber": 1, "ETag": copied["CopyPartResult"]["ETag"]}]
    again.complete_multipart_upload(**target, MultipartUpload={"Parts": parts})
    assert body_of(s3_of(restart()), "big") == b"234"


def test_locks_of_objects_hold_after_a_kill(restart: Restart) -> None:
    client = s3_of(restart())
    client.create_bucket(Bucket="bucket", ObjectLockEnabledForBucket=True)
    client.put_object_lock_configuration(
        Bucket="bucket",
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}},
        },
    )
    versions = {
        key: client.put_object(Bucket="bucket", Key=key, Body=b"x")["VersionId"]
        for key in ("held", "retained")
    }
    client.put_object_legal_hold(Bucket="bucket", Key="held", LegalHold={"Status": "ON"})
    until = datetime(2099, 1, 1, tzinfo=UTC)
    client.put_object_retention(
        Bucket="bucket",
        Key="retained",
        Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until},
    )
    again = s3_of(restart())
    for key, version in versions.items():
        with pytest.raises(again.exceptions.ClientError, match="AccessDenied"):
            again.delete_object(Bucket="bucket", Key=key, VersionId=version)
    assert sorted(keys_of(s3_of(restart()))) == ["held", "retained"]


def test_a_buckets_policy_counts_after_a_kill(restart: Restart) -> None:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    make_bucket(restart()).put_bucket_policy(Bucket="bucket", Policy=policy)
    assert restart().resource_policy("arn:aws:s3:::bucket/k") == json.loads(policy)
