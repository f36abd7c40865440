"""Tunables of the Lambda data plane; the defaults are AWS's where AWS has one."""

import os
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from .isolation import Isolation


class SegmentLayout(StrEnum):
    """The parent of the handler's subsegments.

    Both are documented at https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html.
    """

    INVOCATION = "invocation"
    """Under an ``Invocation`` subsegment: the older layout, the one most material shows."""
    FLAT = "flat"
    """Directly under the function segment, with timings as annotations."""


class RuntimeClient(StrEnum):
    """The client of the Runtime API in a Python environment."""

    AUTO = "auto"
    """AWS's own where it can be imported, else the built-in."""
    AWSLAMBDARIC = "awslambdaric"
    BUILTIN = "builtin"


@dataclass(frozen=True, kw_only=True)
class FunctionSettings:
    """Tunables of the Lambda data plane.

    Parameters
    ----------
    retry_delays_s
        Delays before the second and third attempt of an event whose function failed; the last value
        repeats. Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
    throttle_backoff_s
        First and longest delay of a throttled event; doubled each time. Same source.
    idle_timeout_s
        How long an unused environment is kept warm.
    lifetime_s
        After which time an environment ends when it is free, however busy it is; AWS says "every
        few hours". https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
    init_timeout_s
        Time of the init phase in addition to the function's own timeout.
        Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
    max_environments
        Processes at once, over all functions: a limit of this machine, not of AWS.
    parallel_starts
        Processes being started at once, over all functions; as many as there are cores by default,
        because more of them only delay each other.
    placement_timeout_s
        How long a request waits below ``max_environments`` until it is throttled; events wait
        without limit.
    event_scale_out_delay_s
        How long a queued event waits for a busy environment before another is started; at least as
        long as a start takes.
    saturated_delay_starts
        How long requests, and events, wait for a busy environment while the CPU is saturated, in
        multiples of the time that a start takes.
    runtime_client
        The program inside Python environments.
    node_client
        Folder of AWS's runtime client for Node; by default searched for like node does.
    layout
        The shape of the function segment.
    isolation
        The isolation of functions, set up by the server's process.
    log_flush_s
        How long output of a running function may stay in the buffer.
    """

    retry_delays_s: tuple[float, ...] = (60.0, 120.0)
    throttle_backoff_s: tuple[float, float] = (1.0, 300.0)
    idle_timeout_s: float = 300.0
    lifetime_s: float = 4 * 3600.0
    init_timeout_s: float = 10.0
    max_environments: int = 32
    parallel_starts: int = field(default_factory=lambda: os.cpu_count() or 2)
    placement_timeout_s: float = 10.0
    event_scale_out_delay_s: float = 0.025
    saturated_delay_starts: tuple[float, float] = (4.0, 20.0)
    runtime_client: RuntimeClient | str = RuntimeClient.AUTO
    node_client: Path | None = None
    layout: SegmentLayout = SegmentLayout.INVOCATION
    isolation: Isolation = field(default_factory=Isolation)
    log_flush_s: float = 0.5
