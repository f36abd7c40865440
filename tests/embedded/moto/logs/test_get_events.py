"""GetLogEvents through AWS's own client: every event once, in both directions."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_planes import REGION, client_of
from waiting import waited

from tracing_lab.embedded.moto.plane import ControlPlane

START_MS = time.time_ns() // 1_000_000 - 3_600_000
STREAM = {"logGroupName": "/g", "logStreamName": "s"}


@pytest.fixture
def logs(control: ControlPlane) -> Any:
    client = client_of(control, "logs")
    client.create_log_group(logGroupName="/g")
    client.create_log_stream(**STREAM)
    return client


def write(control: ControlPlane, *numbers: int) -> None:
    lines = [(START_MS + number, str(number)) for number in numbers]
    control.put_log_events(REGION, "/g", "s", lines)


def read(logs: Any, **options: Any) -> tuple[list[int], str, str]:
    """Return a page, and the tokens backwards and forwards."""
    page = logs.get_log_events(**STREAM, **options)
    numbers = [int(event["message"]) for event in page["events"]]
    return numbers, page["nextBackwardToken"], page["nextForwardToken"]


def test_the_latest_page_comes_first_unless_the_head_is_wanted(
    logs: Any, control: ControlPlane
) -> None:
    write(control, 0, 1, 2)
    assert read(logs)[0] == read(logs, startFromHead=True)[0] == [0, 1, 2]
    assert read(logs, limit=2)[0] == [1, 2]
    assert read(logs, limit=2, startFromHead=True)[0] == [0, 1]


def test_the_end_does_not_belong_to_the_range(logs: Any, control: ControlPlane) -> None:
    write(control, 0, 1, 2)
    assert read(logs, startTime=START_MS, endTime=START_MS + 2)[0] == [0, 1]
    assert read(logs, startTime=START_MS + 1)[0] == [1, 2]


@pytest.mark.parametrize("head", [True, False])
def test_pages_have_every_event_once_though_more_arrive(
    logs: Any, control: ControlPlane, *, head: bool
) -> None:
    write(control, *range(7))
    numbers, backward, forward = read(logs, limit=2, startFromHead=head)
    write(control, 7)
    pages, token = [numbers], forward if head else backward
    while True:
        numbers, backward, forward = read(logs, limit=2, nextToken=token)
        following = forward if head else backward
        if following == token:
            break
        pages, token = [*pages, numbers], following
    assert numbers == []
    ordered = pages if head else pages[::-1]
    assert [number for page in ordered for number in page] == list(range(8 if head else 7))


@pytest.mark.parametrize("head", [True, False])
def test_an_empty_stream_can_be_followed(logs: Any, control: ControlPlane, *, head: bool) -> None:
    found, _backward, forward = read(logs, startFromHead=head)
    followed = [found]
    for numbers in ([0, 1], [], [2], [3, 4, 5]):
        if numbers:
            write(control, *numbers)
        found, _backward, following = read(logs, nextToken=forward)
        assert (following == forward) == (not numbers)
        followed, forward = [*followed, found], following
    assert followed == [[], [0, 1], [], [2], [3, 4, 5]]


def test_one_can_turn_round_at_both_ends(logs: Any, control: ControlPlane) -> None:
    write(control, 0, 1, 2)
    _all, backward, forward = read(logs)
    nothing, back_again, _same = read(logs, nextToken=forward)
    assert (nothing, read(logs, nextToken=back_again)[0]) == ([], [0, 1, 2])
    nothing, _same, forth_again = read(logs, nextToken=backward)
    assert (nothing, read(logs, nextToken=forth_again)[0]) == ([], [0, 1, 2])


def test_a_page_has_at_most_a_megabyte(logs: Any, control: ControlPlane) -> None:
    lines = [(START_MS + number, f"{number}" * 200_000) for number in range(8)]
    control.put_log_events(REGION, "/g", "s", lines)
    page = logs.get_log_events(**STREAM, startFromHead=True)
    assert [event["message"][0] for event in page["events"]] == list("01234")
    following = logs.get_log_events(**STREAM, nextToken=page["nextForwardToken"])
    assert [event["message"][0] for event in following["events"]] == list("567")


@pytest.mark.parametrize(
    "members, code",
    [
        ({"logGroupName": "/none"}, "ResourceNotFoundException"),
        ({"logStreamName": "none"}, "ResourceNotFoundException"),
        ({"nextToken": "f/12"}, "InvalidParameterException"),
        ({"limit": 10_001}, "InvalidParameterException"),
        ({"logGroupIdentifier": "/g"}, "InvalidParameterException"),
    ],
)
def test_requests_that_cannot_be_are_rejected(
    logs: Any, members: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as caught:
        logs.get_log_events(**STREAM | members)
    assert caught.value.response["Error"]["Code"] == code


def queried(logs: Any) -> Any:
    """Return the result of a query, which runs in a thread of its own."""
    times = {"startTime": 0, "endTime": 2**32}
    query = logs.start_query(logGroupName="/g", queryString="stats count(*)", **times)["queryId"]
    return waited(lambda: logs.get_query_results(queryId=query)["results"])


@pytest.mark.parametrize(
    "call",
    [
        read,
        lambda logs: logs.filter_log_events(logGroupName="/g"),
        lambda logs: logs.describe_log_streams(logGroupName="/g"),
        queried,
    ],
)
def test_no_call_reads_events_while_others_wait(
    logs: Any, control: ControlPlane, call: Callable[[Any], Any]
) -> None:
    write(control, 0, 1)
    lock: Any = control._lock
    spool: Any = control._logs._spool
    plain = spool.read

    while_others_wait: list[bool] = []

    def checked(offset: int, length: int, *, generation: int) -> Any:
        while_others_wait.append(lock._is_owned())
        return plain(offset, length, generation=generation)

    spool.read = checked
    assert call(logs)
    assert True not in while_others_wait
