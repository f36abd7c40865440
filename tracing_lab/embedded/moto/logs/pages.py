"""Pages of log events, as FilterLogEvents and GetLogEvents return them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tracing_lab.embedded.protocol.errors import ApiError

from .calls import Members, invalid_parameter
from .stored import Found, Key

PAGE_EVENTS = 10_000
_PAGE_BYTES = 1024 * 1024
_TOKEN = re.compile(r"([fb])/(\d+)/(\d+)/(-?\d+)")


class Position(NamedTuple):
    """Where a page begins.

    Parameters
    ----------
    backwards
        Whether it has what is before the key.
    key
        The key of the event next to the page; None for the first page.
    """

    backwards: bool
    key: Key | None

    @property
    def token(self) -> str:
        """The position as a token."""
        return f"{'b' if self.backwards else 'f'}/{'/'.join(map(str, self.key or (0, 0, 0)))}"

    def beyond(self, found: Iterable[Found]) -> Iterator[Found]:
        """Yield the events that belong to the page or to later ones."""
        for name, event in found:
            if self.key is None or (
                event.key < self.key if self.backwards else event.key > self.key
            ):
                yield name, event

    def narrowed(self, start_ms: int, end_ms: int) -> tuple[int, int]:
        """Return the part of a range of time that the page may be in."""
        if self.key is None:
            return start_ms, end_ms
        return (
            (start_ms, min(end_ms, self.key[0]))
            if self.backwards
            else (max(start_ms, self.key[0]), end_ms)
        )


def position_of(token: str | None, *, backwards: bool) -> Position:
    """Return the position that a token means.

    Parameters
    ----------
    token
        The token; None for the first page.
    backwards
        The direction without a token.

    Raises
    ------
    ApiError
        If the token is malformed.
    """
    if token is None:
        return Position(backwards, None)
    match = _TOKEN.fullmatch(token)
    if match is None:
        message = "The specified nextToken is invalid."
        raise invalid_parameter(message)
    return Position(match[1] == "b", (int(match[2]), int(match[3]), int(match[4])))


def limit_of(members: Members) -> int:
    """Return how many events a page may have; ApiError if the request's limit is invalid."""
    limit = members.get("limit")
    if limit is None or 1 <= limit <= PAGE_EVENTS:
        return int(limit or PAGE_EVENTS)
    bound = "greater than or equal to 1" if limit < 1 else f"less than or equal to {PAGE_EVENTS}"
    message = (
        f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy "
        f"constraint: Member must have value {bound}"
    )
    raise invalid_parameter(message)


def check_one_group(members: Members) -> str:
    """Return the name or ARN of the request's log group; ApiError unless there is exactly one."""
    given = [members[name] for name in ("logGroupName", "logGroupIdentifier") if members.get(name)]
    if len(given) != 1:
        message = "Specify either logGroupName or logGroupIdentifier, but not both."
        raise invalid_parameter(message)
    return str(given[0])


def fitting(found: Iterable[Found], limit: int) -> tuple[Sequence[Found], bool]:
    """Return the events of a page, and whether there are more."""
    shown: list[Found] = []
    size = 0
    for name, event in found:
        size += len(event.message.encode())
        if len(shown) == limit or (shown and size > _PAGE_BYTES):
            return shown, True
        shown.append((name, event))
    return shown, False


def missing_stream(name: str) -> ApiError:
    """Return the error for a log stream that does not exist."""
    return ApiError("ResourceNotFoundException", f"The specified log stream does not exist: {name}")
