"""The messages of a log group, for services that read what they have written."""

from collections.abc import Callable

from tracing_lab.embedded.moto.adapter import backend

from .stored import EVER_MS, Blocks, streams_of


def messages_of(
    group: str,
    region: str,
    wanted: Callable[[str], bool],
    locked: Callable[[Callable[[], list[tuple[str, Blocks]]]], list[tuple[str, Blocks]]],
) -> list[str]:
    """Return the messages of a log group that are wanted, oldest first in each stream.

    Parameters
    ----------
    group
        Its name; a group that does not exist has no messages.
    region
        Its region.
    wanted
        Returns whether a message is wanted.
    locked
        Runs a function while nothing changes; messages are read afterwards.
    """
    streams = locked(lambda: _streams(group, region))
    blocks = (block for _name, found in streams for block in reversed([*found(0, EVER_MS)]))
    return [event.message for block in blocks for event in block.load() if wanted(event.message)]


def _streams(group: str, region: str) -> list[tuple[str, Blocks]]:
    found = backend("logs", region).groups.get(group)
    return [] if found is None else streams_of(found)
