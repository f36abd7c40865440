"""Zips of functions and layers are downloaded at the URLs that Lambda's responses have."""

from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from archives import app_zip, zip_of
from override_probes import make_function

from tracing_lab.aws import connect
from tracing_lab.config import Config

REGION = "ap-southeast-3"
NEW = app_zip("def handler(event, context): return 2")


@pytest.fixture(scope="module")
def functions(embedded_url: str) -> Any:
    clients = connect(Config(endpoint_url=embedded_url, aws_region=REGION))
    make_function(clients, "downloaded")
    yield clients("lambda")
    clients("lambda").delete_function(FunctionName="downloaded")


def status_of(url: str, **more: Any) -> int:
    try:
        with urlopen(Request(url, **more)) as response:  # noqa: S310 - the embedded AWS
            return int(response.status)
    except HTTPError as error:
        return error.code


def content_of(url: str) -> bytes:
    with urlopen(url) as response:  # noqa: S310 - the embedded AWS
        assert response.headers["Content-Type"] == "application/zip"
        content: bytes = response.read()
        return content


def test_versions_have_urls_of_their_own_that_end_with_their_code(functions: Any) -> None:
    first = functions.get_function(FunctionName="downloaded")["Code"]["Location"]
    assert content_of(first) == app_zip()
    assert status_of(first, method="HEAD") == 200
    functions.publish_version(FunctionName="downloaded")
    functions.update_function_code(FunctionName="downloaded", ZipFile=NEW)
    latest = functions.get_function(FunctionName="downloaded")["Code"]["Location"]
    published = functions.get_function(FunctionName="downloaded", Qualifier="1")["Code"]["Location"]
    assert content_of(latest) == NEW
    assert content_of(published) == app_zip()
    assert status_of(first) == 403


def test_layers_have_urls_too(functions: Any) -> None:
    zipped = zip_of({"python/shared.py": "NAME = 1"})
    made = functions.publish_layer_version(LayerName="sdk", Content={"ZipFile": zipped})
    version = functions.get_layer_version(LayerName="sdk", VersionNumber=1)
    by_arn = functions.get_layer_version_by_arn(Arn=made["LayerVersionArn"])
    assert content_of(version["Content"]["Location"]) == zipped
    assert content_of(by_arn["Content"]["Location"]) == zipped


def test_nobody_gets_a_zip_without_its_hash(functions: Any) -> None:
    url = functions.get_function(FunctionName="downloaded")["Code"]["Location"]
    place, _, digest = url.rpartition("/")
    wrong = {
        f"{place}/{'0' * 64}": 403,
        url.replace("/downloaded/", "/nothing/"): 403,
        url.replace("/functions/", "/layers/"): 403,
        url.replace(f"/{REGION}/", "/mars-north-1/"): 403,
        f"{place}/{digest[:10]}": 403,  # is no such URL, so that a signature is missing
    }
    assert {address: status_of(address) for address in wrong} == wrong
    assert status_of(url, method="POST", data=b"x") == 403
    assert status_of(url, headers={"Origin": "https://evil.example"}) == 403
