"""Methods that not everybody may call."""

import json
from typing import Any

import pytest

SIGNED = {"headers": [("Authorization", "AWS4-HMAC-SHA256 Credential=test/20261123/...")]}
TOKEN = {"headers": [("Authorization", "Bearer abc")]}
NO_TOKEN = (403, "Missing Authentication Token")


@pytest.mark.parametrize(
    "kind, request_, expected",
    [
        ("NONE", {}, (201, None)),
        ("AWS_IAM", {}, NO_TOKEN),
        ("AWS_IAM", TOKEN, NO_TOKEN),
        ("AWS_IAM", SIGNED, (201, None)),
        ("AWS_IAM", {"query": "a=1&X-Amz-Signature=00"}, (201, None)),
        ("COGNITO_USER_POOLS", {}, (401, "Unauthorized")),
        ("COGNITO_USER_POOLS", TOKEN, (500, "Internal server error")),
    ],
)
def test_a_method_lets_in_whom_it_is_for(
    lab: Any, kind: str, request_: dict[str, Any], expected: tuple[int, str | None]
) -> None:
    world = lab.world_with(lab.POST, authorization=kind)
    response = world.handle(**request_)
    assert (response.status, json.loads(response.body).get("message")) == expected
    assert bool(world.invocations) is (response.status == 201)


def test_an_authorizer_that_is_not_simulated_is_named(
    lab: Any, caplog: pytest.LogCaptureFixture
) -> None:
    lab.world_with(lab.POST, authorization="COGNITO_USER_POOLS").handle(**TOKEN)
    assert "authorizers (COGNITO_USER_POOLS) are not simulated" in caplog.text
