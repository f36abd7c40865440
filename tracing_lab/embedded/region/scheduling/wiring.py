"""Wires the schedules of a region to its functions, its bus and its control plane."""

from pathlib import Path
from typing import Protocol

from tracing_lab.embedded.cloudwatch.metrics import Record
from tracing_lab.embedded.eventbridge.bus import Bus
from tracing_lab.embedded.functions.invoke_api import LambdaApi
from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.region.roles import Denial

from .region_schedules import ScheduleCatalog, Scheduling
from .role_calls import RoleCalls, handler


class CallHandler(Protocol):
    """The control plane."""

    def handle(self, call: ApiCall) -> HttpResponse:
        """Respond to a call."""

    def assumable(self, role_arn: str, service: str) -> bool:
        """Return whether there is such a role, and a service may assume it."""


def make_scheduling(
    folder: Path,
    catalog: ScheduleCatalog,
    control: CallHandler,
    *,
    bus: Bus,
    functions: LambdaApi,
    denial: Denial,
    record: Record,
) -> Scheduling:
    """Return what fires the schedules of a region.

    Parameters
    ----------
    folder
        The region's folder.
    catalog
        Has rules and schedules.
    control
        Responds to calls of the control plane.
    bus
        Delivers the events of rules, and those of targets.
    functions
        Responds to calls of Invoke.
    denial
        Evaluates the policies of roles.
    record
        Records metrics.
    """
    calls = RoleCalls(
        catalog.region,
        catalog.account_id,
        assumable=control.assumable,
        denial=denial,
        handle=handler(functions, bus, control.handle),
    )
    return Scheduling(folder, catalog, bus, call=calls.call, control=control.handle, record=record)
