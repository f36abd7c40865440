"""Fetch into a trace lake what it does not have yet."""

import os
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from tracing_lab.arns import parse_arn
from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.errors import FetchInterruptedError, TraceDataWarning
from tracing_lab.spans.lake.writer import LakeWriter

from .filling import Fetched, fetch_complete
from .listing import list_traces
from .maturing import MaturingTraces
from .settling import Clock
from .summaries import window_of_log
from .transaction_search import missing_traces_text
from .windows import chosen_window


@dataclass(frozen=True)
class LakeFetch:
    """The result of a fetch into a lake.

    Parameters
    ----------
    listed
        Traces that X-Ray has, of the time ranges that were listed.
    added
        Traces that are new in the lake.
    updated
        Traces of which the lake had an older version.
    unsettled
        Ids of traces that did not settle in time. They are not in the lake, or in an older version;
        the next fetch fetches them.
    """

    listed: int
    added: int
    updated: int
    unsettled: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = [f"{self.added} traces added"]
        parts += [f"{self.updated} updated"] if self.updated else []
        known = self.listed - self.added - self.updated - len(self.unsettled)
        parts += [f"{known} were there"] if known else []
        late = f"{len(self.unsettled)} have not settled and are left to the next fetch"
        return ", ".join([*parts, *([late] if self.unsettled else [])])


def fetch_into_lake(  # noqa: PLR0913 - what to fetch, and how
    config: Config,
    lake: str | os.PathLike[str],
    log: Any = None,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    filter_expression: str | None = None,
    timeout_s: float = 120.0,
    relist_s: float = 3600.0,
    progress: Callable[[int, int], None] | None = None,
    aws: Aws | None = None,
    clock: Clock | None = None,
) -> LakeFetch:
    """Fetch all traces of a time range, or of a request log, that a trace lake does not have yet.

    Each trace is waited for until it has settled. What has arrived stays in the lake, however the
    process ends; the next call goes on from there. The rate of calls follows what X-Ray allows at
    the time. The lake is read by `tracing_lab.spans.lake`.

    The lake records which time ranges were listed and are complete, by account, region and filter;
    the next call lists only the rest. Traces in what is listed are fetched again if they have
    changed. Ranges with traces that have not settled are listed again, and all of them if files of
    the lake are missing.

    Parameters
    ----------
    config
        Says which AWS.
    lake
        Folder of the lake, which is made when missing.
    log
        A request log as `traffic.fire` returns it; its traces are fetched.
    start, end
        The range instead, with time zone; by default it ends now. X-Ray keeps traces for 30 days.
    filter_expression
        X-Ray filter expression, for example ``fault = true``; all traces by default.
    timeout_s
        Seconds to wait at most for a trace to settle.
    relist_s
        What began less than so many seconds before an earlier call listed it is listed again:
        X-Ray may not have had it then, or it has changed. An hour covers Lambda's longest run and
        its repetitions; ``math.inf`` lists everything again.
    progress
        Called with the number of fetched traces and of all to fetch.
    aws
        Makes the calls; made from `config` by default.
    clock
        Returns the time and sleeps; for tests.

    Returns
    -------
    LakeFetch
        How many traces there are, were added and were not settled.

    Raises
    ------
    FetchInterruptedError
        If Ctrl-C was pressed; what has arrived is in the lake.
    TraceDataError
        If there is not either a log or a range, or the folder has something else in it.
    FileError
        If the lake cannot be written, or another process adds to it.
    AwsError
        If AWS cannot be reached, or the filter expression is not one.

    Warns
    -----
    TraceDataWarning
        If X-Ray has only some of the traces, because Transaction Search has the others.
    """
    clock = clock or Clock(time.monotonic, time.sleep)
    end = _now(clock) if log is None and end is None else end
    window, trace_ids = chosen_window("log", log, start, end), None
    if window is None:
        window, trace_ids = window_of_log(log)
    aws = aws or Aws(config)
    with LakeWriter(lake) as writer:
        if text := missing_traces_text(aws.account):
            warnings.warn(text, TraceDataWarning, stacklevel=2)
        listed = writer.listed(_source(aws, filter_expression))
        ranges = [window] if trace_ids else listed.gaps(window, relist_s=relist_s)
        at = _now(clock)
        listing = list_traces(aws.xray, ranges, trace_ids, filter_expression, now=at)
        fetched = fill(
            writer,
            listing.revisions,
            fetch=aws.xray.batch_get_traces,
            mature=partial(
                MaturingTraces,
                quiet_s=aws.control_plane.trace_quiet_s,
                timeout_s=timeout_s,
                clock=clock.now,
                epoch=clock.epoch,
            ),
            progress=progress or (lambda _done, _total: None),
            sleep=clock.sleep,
        )
        if trace_ids is None:
            writer.record(listed, listing.windows_without(fetched.unsettled), at=at)
    return fetched


def _now(clock: Clock) -> datetime:
    return datetime.fromtimestamp(clock.epoch(), UTC)


def _source(aws: Aws, filter_expression: str | None) -> str:
    """Return what says whose traces were listed, and which of them."""
    account = parse_arn(aws.account.caller()[0]).account_id
    place = [account, aws.config.aws_region, aws.endpoint_url or "AWS"]
    return " ".join([*place, filter_expression or ""]).strip()


def fill(
    writer: LakeWriter,
    listed: Mapping[str, int],
    *,
    fetch: Callable[[Sequence[str]], Fetched],
    mature: Callable[[Iterable[str]], MaturingTraces],
    progress: Callable[[int, int], None],
    sleep: Callable[[float], None],
) -> LakeFetch:
    """Fetch the traces that a lake lacks or has in an older version.

    Parameters
    ----------
    writer
        Adds to the lake.
    listed
        Revisions of the traces that the lake should have, by id.
    fetch
        Returns traces and unprocessed ids for up to five ids; called by several threads.
    mature
        Makes the list of traces to fetch, of their ids.
    progress
        Called with the number of traces that were fetched and of those to fetch.
    sleep
        Waits, in seconds.

    Returns
    -------
    LakeFetch
        What was done.

    Raises
    ------
    FetchInterruptedError
        If Ctrl-C was pressed.
    AwsError
        If AWS cannot be reached.
    """
    known = writer.versions(listed)
    wanted = [
        trace_id
        for trace_id, revision in listed.items()
        if trace_id not in known or known[trace_id].revision < revision
    ]
    traces, kept = mature(wanted), list[str]()

    def keep(trace: dict[str, Any]) -> None:
        writer.add(trace, listed[trace["Id"]])
        kept.append(trace["Id"])

    def tick() -> None:
        writer.flush_if_due()
        progress(len(kept) + len(traces.given_up), len(wanted))

    try:
        fetch_complete(fetch, traces, keep=keep, tick=tick, sleep=sleep)
    except KeyboardInterrupt as error:
        share = f"{len(kept)} of {len(wanted)}"
        msg = f"Interrupted: {share} traces are in the lake. Fetch again to go on."
        raise FetchInterruptedError(msg) from error
    updated = len(known.keys() & kept)
    return LakeFetch(len(listed), len(kept) - updated, updated, tuple(traces.given_up))
