"""The IAM actions of S3 requests, which are named after neither operation nor path.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

import re
from functools import cache
from urllib.parse import parse_qsl, unquote

import botocore.loaders

from tracing_lab.arns import Arn
from tracing_lab.embedded.http.messages import HttpRequest

from .policy import AuthorizationRequest

_OF_OBJECTS = {"acl": "Acl", "tagging": "Tagging", "retention": "Retention"}
_OF_BUCKETS = {
    "accelerate": "AccelerateConfiguration",
    "acl": "BucketAcl",
    "cors": "BucketCORS",
    "encryption": "EncryptionConfiguration",
    "lifecycle": "LifecycleConfiguration",
    "location": "BucketLocation",
    "logging": "BucketLogging",
    "notification": "BucketNotification",
    "policy": "BucketPolicy",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
    "website": "BucketWebsite",
}
_VERBS = {"GET": "Get", "HEAD": "Get", "PUT": "Put", "POST": "Put", "DELETE": "Delete"}
_BY_PATH = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d+)?", re.IGNORECASE)
_TO_OBJECTS = frozenset({"select", "restore", "torrent", "legal-hold", "attributes"})
"""Subresources of objects that have no action of the tables above."""

_LISTS = {"uploads": "ListBucketMultipartUploads", "versions": "ListBucketVersions"}


def s3_authorization(request: HttpRequest) -> AuthorizationRequest:
    """Return the action and resource of a request with the bucket in its path.

    Examples
    --------
    >>> s3_authorization(HttpRequest("GET", "/shop/orders/7.json"))[:2]
    ('s3:GetObject', 'arn:aws:s3:::shop/orders/7.json')
    >>> s3_authorization(HttpRequest("GET", "/shop", "list-type=2&prefix=orders")).action
    's3:ListBucket'
    """
    bucket, _, key = unquote(request.path).lstrip("/").partition("/")
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    verb = _VERBS.get(request.method, request.method.title())
    if not bucket:
        return AuthorizationRequest("s3:ListAllMyBuckets")
    if key:
        return AuthorizationRequest(f"s3:{_of_object(verb, query)}", _arn(f"{bucket}/{key}"))
    if request.method == "POST" and "delete" in query:
        return AuthorizationRequest("s3:DeleteObject", _arn(f"{bucket}/*"))
    context = {"s3:prefix": query["prefix"]} if query.get("prefix") else {}
    return AuthorizationRequest(f"s3:{_of_bucket(verb, query)}", _arn(bucket), context)


def s3_authorizations(request: HttpRequest) -> list[AuthorizationRequest]:
    """Return the authorization requests that an S3 request needs.

    Examples
    --------
    >>> source = (("X-Amz-Copy-Source", "/vault/a%20b?versionId=1"),)
    >>> copy = HttpRequest("PUT", "/shop/a", headers=source)
    >>> [needed.resource for needed in s3_authorizations(copy)]
    ['arn:aws:s3:::shop/a', 'arn:aws:s3:::vault/a b']
    """
    source = request.header("X-Amz-Copy-Source")
    if source is None:
        return [s3_authorization(request)]
    copied = unquote(source.partition("?")[0]).lstrip("/")
    return [
        s3_authorization(request),
        AuthorizationRequest("s3:GetObject", _arn(copied)),
    ]


def s3_ambiguity(request: HttpRequest) -> str | None:
    """Return why the action of an S3 request is ambiguous; None if it is not.

    Examples
    --------
    >>> host = (("Host", "secrets.localhost"),)
    >>> s3_ambiguity(HttpRequest("GET", "/shop/key", headers=host))
    'its bucket is not in its path; use path-style addressing'
    """
    if not _BY_PATH.fullmatch(request.header("Host") or "localhost"):
        return "its bucket is not in its path; use path-style addressing"
    bucket, _, key = unquote(request.path).lstrip("/").partition("/")
    if request.path.startswith("//") or bucket == "v20180820":
        return "its path is not that of a bucket"
    names = [name for name, _ in parse_qsl(request.query, keep_blank_values=True)]
    marks = [name for name in names if name in _subresources()]
    known = {*_OF_OBJECTS} if key else {*_OF_BUCKETS, *_LISTS, "delete", "location"}
    if key:
        known |= {"uploads", "uploadId", "partNumber", "versionId"}
    if len(names) != len(set(names)) or len(marks) > 1 or not known.issuperset(marks):
        return f"its subresources {', '.join(marks) or ', '.join(names)} are not understood"
    if request.method == "POST" and not key and "delete" not in names:
        return "it is a form for a bucket"
    return None


@cache
def _subresources() -> frozenset[str]:
    """Return the query parameters that change the action of a request."""
    model = botocore.loaders.Loader().load_service_model("s3", "service-2")
    uris = (shape["http"]["requestUri"] for shape in model["operations"].values())
    queries = (parse_qsl(uri.partition("?")[2], keep_blank_values=True) for uri in uris)
    marks = {name for query in queries for name, value in query if not value}
    return frozenset(marks | _TO_OBJECTS)


def _of_object(verb: str, query: dict[str, str]) -> str:
    if "uploadId" in query and verb != "Put":
        return "AbortMultipartUpload" if verb == "Delete" else "ListMultipartUploadParts"
    part = next((suffix for name, suffix in _OF_OBJECTS.items() if name in query), "")
    version = "Version" if "versionId" in query and verb != "Put" else ""
    return f"{verb}Object{version}{part}"


def _of_bucket(verb: str, query: dict[str, str]) -> str:
    for name, listing in _LISTS.items():
        if name in query:
            return listing
    part = next((suffix for name, suffix in _OF_BUCKETS.items() if name in query), None)
    if part is not None:
        writes = (
            verb == "Delete" and part != "BucketPolicy"
        )  # few deletions have an action of their own
        return f"{'Put' if writes else verb}{part}"
    return {"Get": "ListBucket", "Put": "CreateBucket", "Delete": "DeleteBucket"}.get(
        verb, f"{verb}Bucket"
    )


def _arn(resource: str) -> str:
    return str(Arn("s3", "", "", resource))
