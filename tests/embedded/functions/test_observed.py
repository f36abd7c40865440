"""Every run is told to observers, as metrics need it."""

from typing import Any

import pytest

from tracing_lab.embedded.functions import Functions
from tracing_lab.embedded.model import FunctionAttempt, Invocation, Throttled

HANDLER = """
def handler(event, context):
    return 1 / event["by"]
"""


def test_runs_and_failures_are_told(lab: Any, function: Any) -> None:
    async def scenario(functions: Functions) -> None:
        functions.observe(attempts.append)
        for payload in (b'{"by": 1}', b'{"by": 0}'):
            await functions.invoke(Invocation(shop, payload))

    attempts: list[FunctionAttempt] = []
    shop = function(HANDLER)
    lab.run(scenario)
    assert [(one.failed, one.throttled, one.concurrent) for one in attempts] == [
        (False, False, 1),
        (True, False, 1),
    ]
    assert all(one.duration_ms > 0 for one in attempts)


def test_throttled_requests_are_told(lab: Any, function: Any) -> None:
    async def scenario(functions: Functions) -> None:
        functions.observe(attempts.append)
        with pytest.raises(Throttled):
            await functions.invoke(Invocation(function(HANDLER, reserved_concurrency=0), b"{}"))

    attempts: list[FunctionAttempt] = []
    lab.run(scenario)
    assert [one.throttled for one in attempts] == [True]
