"""The messages of a log group, for services that read what they have written."""

from collections.abc import Callable

from tracing_lab.embedded.moto.adapter import backend


def messages_of(group: str, region: str, wanted: Callable[[str], bool]) -> list[str]:
    """Return the messages of a log group that are wanted, oldest first in each stream.

    Parameters
    ----------
    group
        Its name; a group that does not exist has no messages.
    region
        Its region.
    wanted
        Returns whether a message is wanted.
    """
    found = backend("logs", region).groups.get(group)
    streams = () if found is None else found.streams.values()
    return [event.message for stream in streams for event in stream.events if wanted(event.message)]
