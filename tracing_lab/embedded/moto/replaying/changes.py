"""Decides which calls change the control plane, and so are journaled and replayed."""

from collections.abc import Mapping

from tracing_lab.embedded.protocol.api_call import ApiCall

_READS = ("BatchGet", "Describe", "Filter", "Get", "Head", "List", "Lookup", "Search", "Test")

_DATA = frozenset(
    {
        "AssumeRole",
        "CancelMessageMoveTask",
        "ChangeMessageVisibility",
        "ChangeMessageVisibilityBatch",
        "Decrypt",
        "DeleteMessage",
        "DeleteMessageBatch",
        "Encrypt",
        "GenerateDataKey",
        "Publish",
        "PublishBatch",
        "PurgeQueue",
        "PutEvents",
        "PutLogEvents",
        "PutMetricData",
        "Query",
        "ReceiveMessage",
        "Scan",
        "SendMessage",
        "SendMessageBatch",
        "SetAlarmState",
        "StartMessageMoveTask",
        "StartQuery",
        "StopQuery",
        "TransactGetItems",
    }
)
"""Calls that move data rather than provision; they are not replayed after a restart."""

_DATA_OF: Mapping[str, frozenset[str]] = {
    "dynamodb": frozenset(
        {
            "BatchExecuteStatement",
            "BatchWriteItem",
            "DeleteItem",
            "ExecuteStatement",
            "ExecuteTransaction",
            "PutItem",
            "TransactWriteItems",
            "UpdateItem",
        }
    ),
    "firehose": frozenset({"PutRecord", "PutRecordBatch"}),
    "kinesis": frozenset({"PutRecord", "PutRecords"}),
    "kms": frozenset(
        {
            "GenerateDataKeyPair",
            "GenerateDataKeyPairWithoutPlaintext",
            "GenerateDataKeyWithoutPlaintext",
            "GenerateMac",
            "GenerateRandom",
            "ReEncrypt",
            "Sign",
            "Verify",
            "VerifyMac",
        }
    ),
    "rds-data": frozenset({"BatchExecuteStatement", "ExecuteStatement"}),
    "s3": frozenset(
        {
            "AbortMultipartUpload",
            "CompleteMultipartUpload",
            "CopyObject",
            "CreateMultipartUpload",
            "DeleteObject",
            "DeleteObjectTagging",
            "DeleteObjects",
            "PutObject",
            "PutObjectAcl",
            "PutObjectLegalHold",
            "PutObjectRetention",
            "PutObjectTagging",
            "RenameObject",
            "RestoreObject",
            "SelectObjectContent",
            "UploadPart",
            "UploadPartCopy",
        }
    ),
    "ses": frozenset(
        {
            "SendBulkEmail",
            "SendBulkTemplatedEmail",
            "SendEmail",
            "SendRawEmail",
            "SendTemplatedEmail",
        }
    ),
    "sts": frozenset({"AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"}),
}
"""Such calls by service, where other services may have provisioning calls of the same name."""


def mutates(call: ApiCall) -> bool:
    """Return whether a call may change what is provisioned.

    Examples
    --------
    >>> from tracing_lab.embedded.http.messages import HttpRequest
    >>> from tracing_lab.embedded.protocol.api_call import read_call
    >>> from tracing_lab.embedded.protocol.signature import SigningScope
    >>> scope = SigningScope("k", "us-east-1", "lambda")
    >>> mutates(read_call(HttpRequest("GET", "/2015-03-31/functions"), scope))
    False
    >>> mutates(read_call(HttpRequest("POST", "/2015-03-31/functions"), scope))
    True
    """
    if call.request.method in {"GET", "HEAD"} and "Action=" not in call.request.query:
        return False
    name = call.operation
    return name is None or not (name.startswith(_READS) or is_data(call))


def is_data(call: ApiCall) -> bool:
    """Return whether a call reads or writes data that have a storage of their own, or none."""
    name = call.operation or ""
    return name in _DATA or name in _DATA_OF.get(call.service, ())
