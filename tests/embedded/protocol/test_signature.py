"""What a signature says, and which forms of it are one."""

import pytest
from botocore.auth import S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.protocol.signature import (
    claimed_keys,
    signature_problem,
    signing_scope,
)

SCOPE = "20261123/us-east-1/sqs/aws4_request"
REST = f"SignedHeaders=host;x-amz-date, Signature={'0a' * 32}"


def signed(*texts: str, query: str = "", name: str = "Authorization") -> HttpRequest:
    return HttpRequest("POST", "/", query, tuple((name, text) for text in texts))


@pytest.mark.parametrize(
    "text",
    [
        f"AWS4-HMAC-SHA256 Credential=test/{SCOPE}, {REST}",  # botocore, JavaScript, Java
        f"AWS4-HMAC-SHA256 Credential=test/{SCOPE},{REST.replace(', ', ',')}",  # Go, older SDKs
        f"AWS4-HMAC-SHA256  Credential=test/{SCOPE},\t{REST}  ",
        f"AWS4-HMAC-SHA256 Credential=test/{SCOPE}, SignedHeaders=host, Signature={'AF' * 32}",
    ],
)
def test_what_clients_write_is_a_signature(text: str) -> None:
    assert signature_problem(signed(text)) is None
    scope = signing_scope(signed(text))
    assert scope is not None
    assert (scope.access_key, scope.region, scope.service) == ("test", "us-east-1", "sqs")


def test_botocores_own_signatures_pass() -> None:
    keys = Credentials("AKIDEXAMPLE", "secret", "a/token==")
    request = AWSRequest("POST", "http://127.0.0.1:4566/", data=b"{}")
    SigV4Auth(keys, "sqs", "eu-west-1").add_auth(request)
    headers = tuple((name, str(text)) for name, text in request.headers.items())
    assert signature_problem(HttpRequest("POST", "/", headers=headers)) is None
    presigned = AWSRequest("GET", "http://127.0.0.1:4566/shop/a")
    S3SigV4QueryAuth(keys, "s3", "eu-west-1").add_auth(presigned)
    read = HttpRequest("GET", "/shop/a", str(presigned.url).partition("?")[2])
    assert signature_problem(read) is None
    scope = signing_scope(read)
    assert scope is not None
    assert (scope.access_key, scope.region) == ("AKIDEXAMPLE", "eu-west-1")


GOOD = f"AWS4-HMAC-SHA256 Credential=test/{SCOPE}, {REST}"
OTHER = f"Credential=ASIALAMBDAX/{SCOPE}"
QUERIED = f"X-Amz-Credential=test/{SCOPE}".replace("/", "%2F").replace("sqs", "s3")


@pytest.mark.parametrize(
    "request_",
    [
        signed(f"AWS4-HMAC-SHA256 {OTHER}, Credential=test/{SCOPE}, {REST}"),
        signed(f"AWS4-HMAC-SHA256 Credential=test/{SCOPE}, {OTHER}, {REST}"),
        signed(f"AWS4-HMAC-SHA256 Credential=test/{SCOPE} {OTHER}, {REST}"),
        signed(f"AWS4-HMAC-SHA256 SignedHeaders={OTHER}, {GOOD}"),
        signed(f"{OTHER} {GOOD}"),
        signed(f"{GOOD}, {OTHER}"),
        signed(GOOD, GOOD),
        signed(GOOD, "Basic eDp5"),
        HttpRequest("POST", "/", headers=(("Authorization", GOOD), ("authorization", GOOD))),
        signed(GOOD, query=QUERIED),
        signed(f"AWS4-HMAC-SHA256 Credential=test/{SCOPE}"),
        signed(f"AWS4-HMAC-SHA256 Credential=test/{SCOPE}, SignedHeaders=host, Signature=abc"),
        signed(f"AWS4-HMAC-SHA256 Credential=test/{SCOPE}/more, {REST}"),
        signed(f"AWS4-HMAC-SHA256 Credential=te/st/{SCOPE}, {REST}"),
        signed(f"aws4-hmac-sha256 Credential=test/{SCOPE}, {REST}"),
        signed(f"AWS4-ECDSA-P256-SHA256 Credential=test/{SCOPE}, {REST}"),
        signed("AWS test:c2lnbmF0dXJl"),
        signed(""),
        HttpRequest("GET", "/", f"{QUERIED}&{QUERIED}"),
        HttpRequest("GET", "/", "X-Amz-Credential=test"),
        HttpRequest("GET", "/", QUERIED + "%2Fmore"),
    ],
)
def test_everything_else_is_none(request_: HttpRequest) -> None:
    assert signature_problem(request_) is not None


def test_a_header_with_another_spelling_counts() -> None:
    twice = HttpRequest("POST", "/", headers=(("Authorization", GOOD), ("Authorization", GOOD)))
    assert signature_problem(twice) == "The request has more than one credential"
    assert signature_problem(signed("x", name="AUTHORIZATION")) is not None


def test_a_query_is_a_signature_for_s3_only() -> None:
    assert signing_scope(HttpRequest("GET", "/", QUERIED)) is not None
    assert signing_scope(HttpRequest("GET", "/", QUERIED.replace("s3", "sqs"))) is None


def test_an_unsigned_request_has_none_and_no_problem() -> None:
    request = HttpRequest("GET", "/", "a=b&credential=c")
    assert (signing_scope(request), signature_problem(request)) == (None, None)


@pytest.mark.parametrize(
    "request_, keys",
    [
        (signed(GOOD), {"test"}),
        (signed(f"AWS4-HMAC-SHA256 Credential=a/{SCOPE} Credential=b/{SCOPE}"), {"a", "b"}),
        (signed(GOOD, query=f"X-Amz-Signature=0&{QUERIED}x"), {"test"}),
        (signed("AWS4-nothing"), {""}),
        (signed("Bearer Credential=a/b"), set()),
        (signed("Basic Credential=a/b", query="X-Amz-Signature=0"), {"a"}),
    ],
)
def test_all_keys_that_a_request_claims_are_named(request_: HttpRequest, keys: set[str]) -> None:
    assert claimed_keys(request_) == keys
