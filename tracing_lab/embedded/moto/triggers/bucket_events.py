"""Notifications of S3 buckets: to functions, queues, topics and the default event bus, once each.

moto keeps their configuration. It would send to queues regardless of their policy, to the targets
of the rules of all buses, and run functions in containers of its own.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html
"""

import logging
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial, wraps
from typing import Any
from urllib.parse import quote_plus

import orjson
from moto.s3 import notifications
from moto.s3.models import S3Backend

from tracing_lab.arns import service_in
from tracing_lab.embedded.model import QueueMessage, ServiceCall
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.identifiers import random_uuid
from tracing_lab.xray_model.trace_header import HEADER_NAME, TraceHeader

_LOGGER = logging.getLogger(__name__)

PRINCIPAL = "s3.amazonaws.com"
_ETAG_OF_NOTHING = "d41d8cd98f00b204e9800998ecf8427e"
_REASONS = {
    "ObjectCreated:Put": "PutObject",
    "ObjectCreated:Post": "POST Object",
    "ObjectCreated:Copy": "CopyObject",
    "ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
    "ObjectRemoved:Delete": "DeleteObject",
    "ObjectRemoved:DeleteMarkerCreated": "DeleteObject",
}
_DETAIL_TYPES = {
    "ObjectCreated": "Object Created",
    "ObjectRemoved": "Object Deleted",
    "ObjectTagging:Put": "Object Tags Added",
    "ObjectTagging:Delete": "Object Tags Deleted",
    "ObjectAcl:Put": "Object ACL Updated",
    "ObjectRestore:Post": "Object Restore Initiated",
    "ObjectRestore:Completed": "Object Restore Completed",
}


@dataclass(frozen=True)
class NotificationTargets:
    """How the destinations of notifications are reached."""

    call: Callable[[ServiceCall], None]
    send: Callable[[QueueMessage], None]
    put_event: Callable[[str, Mapping[str, Any]], None]  # region, event


class BucketNotifications:
    """Collects what the buckets of a call notify, and sends it when the call is done.

    A call that fails after all has notified nobody.

    Parameters
    ----------
    targets
        How destinations are reached.
    """

    def __init__(self, targets: NotificationTargets) -> None:
        self._targets = targets
        self._pending: list[Callable[[], None]] = []
        adopt_deletions()

    def begin(self, call: ApiCall, *, replaying: bool) -> None:
        """Prepare moto for a call.

        Parameters
        ----------
        call
            The next call of moto. S3 propagates its trace header to functions, queues and topics.
            Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-services-s3.html
        replaying
            Whether the call is only repeated, so that it notifies nobody.
        """
        self._pending = []
        if replaying:
            notifications.send_event = lambda *_, **__: None  # moto has no switch
            notifications.send_test_event = lambda *_, **__: None
            return
        operation = (call.operation or "") if call.service == "s3" else ""
        header = TraceHeader.parse(call.request.header(HEADER_NAME)) if operation else None
        notifications.send_event = partial(self._collect, operation, header)
        notifications.send_test_event = partial(self._collect_test)

    def send(self) -> None:
        """Send what was collected."""
        pending, self._pending = self._pending, []
        for send in pending:
            send()

    def _collect(
        self,
        operation: str,
        header: TraceHeader | None,
        account_id: str,
        event_name: str,
        bucket: Any,
        key: Any,
    ) -> None:
        """Replace moto's ``send_event``."""
        name = str(getattr(event_name, "value", event_name)).removeprefix("s3:")
        if bucket.notification_configuration is not None and _belongs_to(name, operation):
            send = partial(_notify, self._targets, name, header, account_id)
            self._pending.append(partial(send, bucket, key))

    def _collect_test(self, account_id: str, bucket: Any) -> None:
        """Replace moto's ``send_test_event``, which goes to queues and topics only."""
        del account_id  # which moto passes by its name
        self._pending.append(partial(_send_test_event, self._targets, bucket))


@cache
def adopt_deletions() -> None:
    """Make moto notify of delete markers, and of each version that is deleted."""
    objects: Any = S3Backend
    objects.delete_object = _with_versions(S3Backend.delete_object)


def _with_versions(delete: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(delete)
    def notifying(
        objects: Any,
        bucket_name: str,
        key_name: str,
        version_id: str | None = None,
        **more: Any,
    ) -> Any:
        bucket = objects.get_bucket(bucket_name)
        before = list(bucket.keys.getlist(key_name) or ())
        result = delete(objects, bucket_name, key_name, version_id=version_id, **more)
        after = list(bucket.keys.getlist(key_name) or ())
        if after and len(after) > len(before):
            kind = notifications.S3NotificationEvent.OBJECT_REMOVED_DELETE_MARKER_CREATED_EVENT
            notifications.send_event(objects.account_id, kind, bucket, after[-1])
        if after and len(after) < len(before):  # moto notifies of the last version
            kind = notifications.S3NotificationEvent.OBJECT_REMOVED_DELETE_EVENT
            gone = next(version for version in before if version not in after)
            notifications.send_event(objects.account_id, kind, bucket, gone)
        return result

    return notifying


def _notify(
    destinations: NotificationTargets,
    name: str,
    trace_header: TraceHeader | None,
    account_id: str,
    bucket: Any,
    key: Any,
) -> None:
    """Notify every destination of an event."""
    config = bucket.notification_configuration
    for destination in (*config.cloud_function, *config.queue, *config.topic):
        if destination.matches(f"s3:{name}", key.name):
            body = orjson.dumps(
                {"Records": [_record(name, bucket, key, destination.id, account_id)]}
            )
            _send(destinations, destination.arn, body, bucket.arn, trace_header)
    if config.event_bridge is not None:
        for event in _events(name, bucket, key, account_id):
            destinations.put_event(bucket.region_name, event)


def _belongs_to(name: str, operation: str) -> bool:
    """Return whether an event is that of a call.

    moto also tags each object that it creates, and puts those that were uploaded in parts.
    """
    if operation == "CompleteMultipartUpload" and name == "ObjectCreated:Put":
        return False
    kind = next(
        (subject for subject in ("Tagging", "Acl") if name.startswith(f"Object{subject}")), None
    )
    return kind is None or kind in operation


def _send_test_event(destinations: NotificationTargets, bucket: Any) -> None:
    """Send the event by which S3 shows that it reaches queues and topics."""
    content = {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": _now(),
        "Bucket": bucket.name,
        "RequestId": uuid.uuid4().hex[:16].upper(),
    }
    config = bucket.notification_configuration
    for arn in {destination.arn for destination in (*config.queue, *config.topic)}:
        _send(destinations, arn, orjson.dumps(content), bucket.arn, None)


def _send(
    destinations: NotificationTargets,
    arn: str,
    body: bytes,
    source: str,
    header: TraceHeader | None,
) -> None:
    try:
        if service_in(arn) == "lambda":
            destinations.call(ServiceCall(arn, body, PRINCIPAL, source, header))
            return
        destinations.send(
            QueueMessage(
                arn, body.decode(), trace_header=header, principal=PRINCIPAL, source_arn=source
            )
        )
    except (KeyError, PermissionError, ValueError) as error:
        _LOGGER.warning("%s: no notification to %s: %s", source, arn, error)


def _record(name: str, bucket: Any, key: Any, config_id: str, account_id: str) -> dict[str, Any]:
    """Return the record of an event.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    version = {"versionId": key.version_id} if key.version_id not in {None, "null"} else {}
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": bucket.region_name,
        "eventTime": _now(),
        "eventName": name,
        "userIdentity": {"principalId": f"AWS:{account_id}"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {
            "x-amz-request-id": uuid.uuid4().hex[:16].upper(),
            "x-amz-id-2": uuid.uuid4().hex,
        },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": config_id,
            "bucket": {
                "name": bucket.name,
                "ownerIdentity": {"principalId": account_id},
                "arn": bucket.arn,
            },
            "object": {
                "key": quote_plus(key.name, safe="/"),
                **_size(name, key),
                **version,
                "sequencer": _sequencer(),
            },
        },
    }


def _events(name: str, bucket: Any, key: Any, account_id: str) -> Iterator[dict[str, Any]]:
    """Yield the event for EventBridge, if there is one of this kind.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """
    detail_type = _DETAIL_TYPES.get(name) or _DETAIL_TYPES.get(name.partition(":")[0])
    if detail_type is None:
        return
    size = {spelled.lower(): value for spelled, value in _size(name, key).items()}
    version = {"version-id": key.version_id} if key.version_id not in {None, "null"} else {}
    reason = _REASONS.get(name)
    yield {
        "version": "0",
        "id": random_uuid(),
        "detail-type": detail_type,
        "source": "aws.s3",
        "account": account_id,
        "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "region": bucket.region_name,
        "resources": [bucket.arn],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket.name},
            "object": {"key": key.name, **size, **version, "sequencer": _sequencer()},
            "request-id": uuid.uuid4().hex[:16].upper(),
            "requester": account_id,
            "source-ip-address": "127.0.0.1",
            **({"reason": reason} if reason else {}),
            **_deletion(name),
        },
    }


def _deletion(name: str) -> dict[str, str]:
    kinds = {
        "ObjectRemoved:Delete": "Permanently Deleted",
        "ObjectRemoved:DeleteMarkerCreated": "Delete Marker Created",
    }
    return {"deletion-type": kinds[name]} if name in kinds else {}


def _size(name: str, key: Any) -> dict[str, Any]:
    """Return size and ETag; of deletions, only delete markers have an ETag: that of nothing."""
    if name == "ObjectRemoved:DeleteMarkerCreated":
        return {"eTag": _ETAG_OF_NOTHING}
    if name.startswith("ObjectRemoved"):
        return {}
    return {"size": key.size, "eTag": key.etag.strip('"')}


def _sequencer() -> str:
    """Return a text that grows with time, by which receivers sort the events of a key."""
    return f"{int(datetime.now(UTC).timestamp() * 1e6):018X}"


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
