"""boto3 clients whose requests go straight into a part of the embedded AWS, without a socket."""

import io
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse


class Raw(io.BytesIO):
    """A body as botocore reads it from urllib3."""

    def stream(self, **_options: Any) -> Iterator[bytes]:
        yield self.read()


def direct_client(
    service: str, handle: Callable[[HttpRequest], HttpResponse], *, region: str
) -> Any:
    """Return a client of a service whose requests are passed to a function."""
    make: Any = boto3.client
    client = make(
        service,
        region_name=region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        # requests have no host, so buckets have to be in their path
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )

    def send(request: AWSPreparedRequest, **_kwargs: Any) -> Any:
        answer = handle(_received(request))
        headers: Any = dict(answer.headers)
        return AWSResponse(request.url, answer.status, headers, Raw(answer.body))

    client.meta.events.register("before-send", send)
    return client


def _received(request: AWSPreparedRequest) -> HttpRequest:
    url = urlsplit(request.url)
    items: Any = request.headers.items()
    headers = tuple(
        (name, value.decode() if isinstance(value, bytes) else str(value)) for name, value in items
    )
    body: Any = request.body or b""
    body = body.read() if hasattr(body, "read") else body  # of S3, in chunks
    body = body.encode() if isinstance(body, str) else body
    return HttpRequest(request.method, url.path, url.query, headers, body)
