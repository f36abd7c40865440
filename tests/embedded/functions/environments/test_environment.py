"""Environments: what belongs to the init phase."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from tracing_lab.embedded.functions.environments.code_store import Code, CodeStore
from tracing_lab.embedded.functions.environments.environment import Environment, EnvironmentContext
from tracing_lab.embedded.functions.environments.variables import Grant
from tracing_lab.embedded.functions.settings import FunctionSettings
from tracing_lab.embedded.model import FunctionSpec

HANDLER = "def handler(event, context):\n    return 1\n"


class TimedStore(CodeStore):
    """Notes when the code was unpacked."""

    unpacked_ns = 0

    def acquire(self, function: FunctionSpec) -> Code:
        code = super().acquire(function)
        self.unpacked_ns = time.time_ns()
        return code


def test_unpacking_belongs_to_the_start_and_not_to_the_init_phase(
    tmp_path: Path, function: Callable[..., FunctionSpec]
) -> None:
    store = TimedStore(tmp_path / "code")

    async def scenario() -> Environment:
        context = EnvironmentContext(
            code=store,
            temp=tmp_path / "temp",
            grant=lambda _: Grant({}),
            write_logs=lambda *_, **__: None,
            settings=FunctionSettings(),
        )
        environment = Environment(function(HANDLER), context)
        await environment.start()
        await environment.close()
        return environment

    environment = asyncio.run(scenario())
    init = environment.pop_init(0)
    store.close()
    assert environment.failure is None
    assert init is not None
    assert environment.began_ns < store.unpacked_ns <= init.start_ns < init.end_ns
