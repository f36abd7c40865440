"""Connects a region's X-Ray with its log group ``aws/spans``."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from tracing_lab.embedded.cloudwatch.log_batches import LogSink
from tracing_lab.embedded.moto.logs.messages import messages_of
from tracing_lab.embedded.moto.logs.resource_policies import service_may_log
from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.embedded.xray import XRayService
from tracing_lab.embedded.xray.derive.span_log import GROUP, STREAM, SpanGroup

_PRINCIPAL = "xray.amazonaws.com"


def make_xray(
    folder: Path, control: ControlPlane, region: str, logs: LogSink, *, cache_mb: int
) -> XRayService:
    """Return X-Ray of a region.

    Parameters
    ----------
    folder
        Of its state.
    control
        The control plane, with log groups and policies.
    region
        The region.
    logs
        Writes log events.
    cache_mb
        Megabytes that may be used to keep what is derived from traces.
    """

    def find(wanted: Callable[[str], bool]) -> list[str]:
        logs.flush()
        return messages_of(GROUP, region, wanted, control.locked)

    may_write = partial(service_may_log, region, GROUP, STREAM, principal=_PRINCIPAL)
    return XRayService(
        folder,
        region=region,
        account_id=control.account_id,
        cache_mb=cache_mb,
        span_group=SpanGroup(
            partial(logs.write, GROUP, STREAM), find, lambda: control.locked(may_write)
        ),
    )
