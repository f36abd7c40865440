"""The IAM actions of S3 requests, which are named after neither operation nor path.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from urllib.parse import parse_qsl, unquote

from .http import HttpRequest
from .iam_policy import Question

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
_LISTS = {"uploads": "ListBucketMultipartUploads", "versions": "ListBucketVersions"}


def s3_question(request: HttpRequest) -> Question:
    """Give the action and resource of a request with the bucket in its path.

    Examples
    --------
    >>> s3_question(HttpRequest("GET", "/shop/orders/7.json"))
    Question(action='s3:GetObject', resource='arn:aws:s3:::shop/orders/7.json', context={})
    >>> s3_question(HttpRequest("GET", "/shop", "list-type=2&prefix=orders")).action
    's3:ListBucket'
    """
    bucket, _, key = unquote(request.path).lstrip("/").partition("/")
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    verb = _VERBS.get(request.method, request.method.title())
    if not bucket:
        return Question("s3:ListAllMyBuckets")
    if key:
        return Question(f"s3:{_of_object(verb, query)}", f"arn:aws:s3:::{bucket}/{key}")
    if request.method == "POST" and "delete" in query:
        return Question("s3:DeleteObject", f"arn:aws:s3:::{bucket}/*")
    context = {"s3:prefix": query["prefix"]} if query.get("prefix") else {}
    return Question(f"s3:{_of_bucket(verb, query)}", f"arn:aws:s3:::{bucket}", context)


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
        writes = verb == "Delete" and part != "BucketPolicy"  # IAM knows few of the deletions
        return f"{'Put' if writes else verb}{part}"
    return {"Get": "ListBucket", "Put": "CreateBucket", "Delete": "DeleteBucket"}.get(
        verb, f"{verb}Bucket"
    )
