"""Looking at the memory of what is busy, and at nothing when nothing is."""

import asyncio

from waiting import until

from tracing_lab.embedded.functions.environments.memory_watch import MemoryWatch


class Busy:
    """An environment that is busy for some looks at its memory."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def check_memory(self) -> None:
        self.looks -= 1


def test_it_looks_until_nothing_is_busy_and_begins_anew() -> None:
    async def scenario() -> None:
        environment = Busy(2)
        calls = 0

        def busy() -> list[Busy]:
            nonlocal calls
            calls += 1
            return [environment] if environment.looks else []

        watch = MemoryWatch(busy)
        watch.begin()
        await until(lambda: calls == 3)
        assert (environment.looks, watch._timer) == (0, None)
        environment.looks = 1
        watch.begin()
        await until(lambda: calls == 5)
        assert (environment.looks, watch._timer) == (0, None)

    asyncio.run(scenario())
