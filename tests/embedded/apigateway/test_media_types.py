"""Binary bodies."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

PNG = b"\x89PNG\r\n"
ENCODED = base64.b64encode(PNG).decode()


def world_of(lab: Any, *types: str, **answer: Any) -> Any:
    invoke = lab.answering({"statusCode": 200, **answer})
    return lab.World(stage=replace(lab.STAGE, binary_media_types=types), invoke=invoke)


def event_of(lab: Any, *types: str) -> tuple[str, bool]:
    world = world_of(lab, *types)
    world.handle(headers=[("Content-Type", "image/png")], body=PNG)
    event = json.loads(world.invocations[0].payload)
    return event["body"], event["isBase64Encoded"]


def test_a_binary_body_reaches_the_function_in_base64(lab: Any) -> None:
    assert event_of(lab, "image/png") == (ENCODED, True)
    assert event_of(lab, "*/*") == (ENCODED, True)


def test_other_bodies_are_text(lab: Any) -> None:
    assert event_of(lab, "image/jpeg") == ("\ufffdPNG\r\n", False)
    assert event_of(lab) == ("\ufffdPNG\r\n", False)


@pytest.mark.parametrize(
    "accept, expected",
    [("image/png", PNG), ("image/png, text/html", PNG), ("text/html", ENCODED.encode())],
)
def test_an_answer_is_decoded_for_clients_that_accept_bytes(
    lab: Any, accept: str, expected: bytes
) -> None:
    world = world_of(lab, "image/png", body=ENCODED, isBase64Encoded=True)
    assert world.handle(headers=[("Accept", accept)]).body == expected


@pytest.mark.parametrize(
    "accept, is_binary",
    [
        # as AWS was seen to decide for an API with image/png and */test
        ("image/png", True),
        ("image/*", False),
        ("*/test", False),
        ("random/test", False),
        ("*/*", False),
        ("image/webp,image/png,*/*;q=0.8", False),
        ("image/png,image/*", True),
    ],
)
def test_wildcards_are_those_of_the_api_alone(lab: Any, accept: str, *, is_binary: bool) -> None:
    world = world_of(lab, "image/png", "*/test", body=ENCODED, isBase64Encoded=True)
    expected = PNG if is_binary else ENCODED.encode()
    assert world.handle(headers=[("Accept", accept)]).body == expected


def test_a_wildcard_stands_for_all_details(lab: Any) -> None:
    assert event_of(lab, "image/*") == (ENCODED, True)
    assert event_of(lab, "text/*")[1] is False


def test_an_answer_that_is_not_marked_is_not_decoded(lab: Any) -> None:
    assert world_of(lab, "*/*", body=ENCODED).handle().body == ENCODED.encode()


def test_an_answer_that_is_no_base64_is_malformed(lab: Any) -> None:
    world = world_of(lab, "*/*", body="not base64!", isBase64Encoded=True)
    assert world.handle().status == 502
