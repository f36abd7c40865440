"""All data planes of one region, wired together."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from tracing_lab.embedded.apigateway.gateway import RestApis
from tracing_lab.embedded.apigateway.http_apis.endpoints import HttpEndpoints, IntegrationRoles
from tracing_lab.embedded.apigateway.http_apis.signers import Signers
from tracing_lab.embedded.apigateway.model import StageAddress
from tracing_lab.embedded.cloudwatch.log_batches import LogEvents, LogSink
from tracing_lab.embedded.cloudwatch.metrics import Metrics
from tracing_lab.embedded.event_accounting import Accounting, Times, accounting
from tracing_lab.embedded.eventbridge.api_calls import Gateways, call_target
from tracing_lab.embedded.eventbridge.api_targets import ApiTargetCall
from tracing_lab.embedded.eventbridge.bus import Bus
from tracing_lab.embedded.eventbridge.delivery import PRINCIPAL as EVENTS
from tracing_lab.embedded.eventbridge.metrics import BusMetrics
from tracing_lab.embedded.functions import Functions, FunctionSettings, Grant
from tracing_lab.embedded.functions.destinations import Destinations
from tracing_lab.embedded.functions.failures import EndedEvent
from tracing_lab.embedded.functions.invoke_api import LambdaApi
from tracing_lab.embedded.http.callers import Callers
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.http.server import Admit
from tracing_lab.embedded.iam.access import CallAuthorizer
from tracing_lab.embedded.model import FunctionAttempt, FunctionSpec, QueueMessage
from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.embedded.storage.durable_queue import DurableQueue
from tracing_lab.embedded.xray.ingest.daemon import Daemon
from tracing_lab.embedded.xray.ingest.daemon_api import DaemonApi

from .event_sources import EventSources
from .integration_calls import IntegrationCalls
from .permissions import Permissions
from .roles import service_may
from .scheduling.region_schedules import Scheduling
from .scheduling.wiring import make_scheduling
from .service_calls import ServiceCalls
from .service_metrics import ServiceMetrics, with_totals
from .settings import BUS_QUEUE, RegionSettings
from .tracing import make_xray

_LOGGER = logging.getLogger(__name__)


class Region:
    """API Gateway, Lambda, EventBridge, CloudWatch Logs and X-Ray of one region.

    Parameters
    ----------
    control
        The control plane.
    iam
        Authorizes calls of functions.
    name
        For example ``us-east-1``.
    state_dir
        Folder of persistent state, such as traces.
    endpoint_url
        The address of the embedded AWS for functions.
    admit
        Accepts or rejects requests to the X-Ray daemon by their head.
    callers
        Identifies calls of functions.
    settings
        Tunables; the defaults when it is None.
    """

    def __init__(
        self,
        control: ControlPlane,
        iam: CallAuthorizer,
        *,
        name: str,
        state_dir: Path,
        endpoint_url: str,
        admit: Admit,
        callers: Callers | None = None,
        settings: RegionSettings | None = None,
    ) -> None:
        settings = settings or RegionSettings()
        self.name = name
        self._control = control
        self.catalog = control.catalog(name)
        self.logs = _log_sink(control, name)
        self.xray = make_xray(
            state_dir / name, control, name, self.logs, cache_mb=settings.cache_mb
        )
        self.daemon = Daemon(self.xray.receive, self.xray.receive_spans)
        self.daemon_address = "{}:{}".format(*self.daemon.start())
        self.metrics = _metrics(control, name)
        published = ServiceMetrics(self.metrics.record)
        addresses = _addresses(name, endpoint_url, self.daemon_address)
        self.permissions = Permissions(iam, self.catalog, callers)
        self._daemon_api = DaemonApi(
            self.xray.handle, region=name, admit=admit, authorize=self.permissions.daemon_denial
        )
        self.functions = self._make_functions(
            state_dir / name, lambda function: _grant(iam, function, addresses), settings.functions
        )
        self.functions.observe(published.function_ran)
        self._handler_times = Times()
        self.functions.observe(self._note_run)
        self.invoke = self.permissions.guard_traces(self.functions.invoke)
        self.accept = self.permissions.guard_traces(self.functions.accept)
        self.bus = self._make_bus(state_dir / name)
        self.metrics.add_source(iam.save)
        self.metrics.add_source(BusMetrics(self.bus.counters, self.metrics.record).publish)
        self.destinations = self._make_destinations()
        listening = self._daemon_api.listen(self.daemon.detach_tcp())
        self._listening = asyncio.get_running_loop().create_task(listening)
        self._service_calls = ServiceCalls(self.catalog, accept=self.accept, bus=self.bus)
        control.on_service_call(name, self._service_calls.take_call)
        control.on_service_event(name, self._service_calls.take_event)
        self._event_sources = self._poll_event_sources(state_dir / name)
        self._integration_calls = self._make_integration_calls()
        self.gateway, self.http = self._make_gateway(published), self._make_http(published)
        self.scheduling = self._make_scheduling(state_dir / name)

    def _make_scheduling(self, folder: Path) -> Scheduling:
        return make_scheduling(
            folder,
            self.catalog,
            self._control,
            bus=self.bus,
            functions=LambdaApi(self.catalog, invoke=self.invoke, accept=self.accept),
            denial=self.permissions.role_denial,
            record=self.metrics.record,
        )

    def _make_functions(
        self,
        folder: Path,
        grant: Callable[[FunctionSpec], Grant],
        settings: FunctionSettings | None,
    ) -> Functions:
        return Functions(
            work_dir=folder / "functions",
            emit=self.xray.emit,
            prepare=self.xray.prepare,
            keep=self.xray.keep_emitted,
            write_logs=self.permissions.guard_logs(self.logs.write),
            environment=grant,
            sample=self._sample_function,
            on_end=self._given_up,
            resolve=self.catalog.function,
            settings=settings,
        )

    def _make_bus(self, folder: Path) -> Bus:
        return Bus(
            catalog=self.catalog,
            accept=self.accept,
            send_message=self._send_message,
            write_logs=self._log_event,
            archive=self._archive,
            call_api=self._call_api,
            queue=DurableQueue(folder / BUS_QUEUE),
        )

    def _make_destinations(self) -> Destinations:
        return Destinations(
            catalog=self.catalog,
            accept=self.accept,
            put_events=self.bus.put_events,
            send_message=self._send_message,
            may_deliver=self.permissions.may_deliver,
            record=self.metrics.record,
        )

    def _poll_event_sources(self, folder: Path) -> EventSources:
        return EventSources(
            folder,
            self._control,
            self.catalog,
            function=self._service_calls.function,
            invoke=self.invoke,
            permissions=self.permissions,
            send_message=self._send_message,
        )

    def _make_gateway(self, published: ServiceMetrics) -> RestApis:
        gateway = RestApis(
            catalog=self.catalog,
            invoke=self.invoke,
            emit=self.xray.emit,
            write_logs=self.logs.write,
            decide=self.xray.sampler.decide,
            observe=published.request_answered,
        )
        gateway.guard(self.permissions.denial, self._integration_calls.may_invoke)
        gateway.connect(self.accept, self._integration_calls)
        return gateway

    def _make_http(self, published: ServiceMetrics) -> HttpEndpoints:
        permissions = self.permissions
        return HttpEndpoints(
            catalog=self.catalog,
            invoke=self.invoke,
            roles=IntegrationRoles(self._integration_calls.may_invoke, self._integration_calls),
            signers=Signers(self._control.account_id, permissions.denial, permissions.identity_arn),
            write_logs=self.logs.write,
            observe_api=published.http_request_answered,
            observe_url=published.function_url_answered,
        )

    def _make_integration_calls(self) -> IntegrationCalls:
        return IntegrationCalls(
            assumable=self._control.assumable,
            denial=self.permissions.role_denial,
            role_may=self.permissions.role_may,
            bus=self.bus,
            provision=self._control.handle,
        )

    def resume(self) -> None:
        """Continue the pending work of an earlier server."""
        events, invocations = self.bus.resume(), self.functions.resume()
        if events or invocations:
            counts = events, len(invocations)
            _LOGGER.info("resumed %d events and %d asynchronous invocations", *counts)
        interrupted = self.xray.finish_interrupted(invocations)
        if interrupted:
            _LOGGER.info("%d segments were in progress at the end and have failed", interrupted)
        self.scheduling.start()

    async def close(self) -> None:
        """Finish pending work and end all processes."""
        await self.scheduling.close()
        await self._event_sources.close()
        await self.gateway.close()
        await self.http.close()
        await self.bus.close()
        await self.functions.close()
        await self._listening
        await self._daemon_api.close()
        self.daemon.close()
        self.logs.close()
        self.metrics.close()
        self.xray.close()

    async def replay(self, request: Mapping[str, Any]) -> int:
        """Put archived events on their bus again, as an accepted StartReplay request says."""
        contents = await asyncio.to_thread(
            self._control.archived_events,
            self.name,
            request["EventSourceArn"],
            start_s=float(request["EventStartTime"]),
            end_s=float(request["EventEndTime"]),
        )
        destination = request["Destination"]
        return self.bus.replay(
            contents,
            bus=destination["Arn"],
            name=request["ReplayName"],
            rule_arns=destination.get("FilterArns") or (),
        )

    def event_accounting(self) -> Accounting:
        """Return the event accounting of this region."""
        return accounting(self.bus.counters, self.destinations.counters, self._handler_times)

    def _note_run(self, attempt: FunctionAttempt) -> None:
        if not attempt.throttled:
            self._handler_times.note(attempt.duration_ms / 1000)

    async def _send_message(self, message: QueueMessage) -> None:
        await asyncio.to_thread(self._control.send_message, message)

    async def _log_event(self, group: str, stream: str, events: LogEvents) -> None:
        if not await asyncio.to_thread(self._control.has_log_group, self.name, group):
            raise KeyError(group)
        self.logs.write(group, stream, events)

    async def _archive(self, payload: bytes) -> None:
        await asyncio.to_thread(self._control.archive_event, self.name, payload)

    async def _call_api(self, call: ApiTargetCall) -> HttpResponse:
        """Send the request of a rule's target to an API of this region."""
        apis = Gateways(self.catalog.has_http_api, self.http.call_api, self._call_stage)
        may = service_may(self._control.assumable, self.permissions.role_may, EVENTS)
        return await call_target(call, apis, may)

    async def _call_stage(self, request: HttpRequest, api_id: str, stage: str) -> HttpResponse:
        return await self.gateway.handle(request, StageAddress(api_id, stage, request.path))

    async def _given_up(self, event: EndedEvent) -> None:
        await self.destinations.send(event)

    def _sample_function(self, function: FunctionSpec) -> bool:
        """Return the sampling decision at an entry point: 1 a second and 5 %, not configurable.

        Source: https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
        """
        decision: Any = self.xray.sampler.decide(
            service_name=function.name,
            service_type="AWS::Lambda",
            host="",
            method="",
            path="",
            resource_arn=function.arn,
            attributes={},
        )
        return bool(decision.sampled)


def _log_sink(control: ControlPlane, region: str) -> LogSink:
    return LogSink(partial(control.put_log_events, region), partial(control.put_metrics, region))


def _metrics(control: ControlPlane, region: str) -> Metrics:
    return Metrics(
        put=lambda namespace, members: control.add_statistics(
            region, namespace, with_totals(namespace, members)
        ),
        evaluate=lambda now_s: control.evaluate_alarms(region, now_s=now_s),
    )


def _grant(iam: CallAuthorizer, function: FunctionSpec, addresses: Mapping[str, str]) -> Grant:
    """Return the credentials and addresses of a new environment."""
    credentials = iam.credentials(function)
    revoke = partial(iam.revoke, credentials["AWS_ACCESS_KEY_ID"])
    return Grant({**addresses, **credentials}, revoke)


def _addresses(region: str, endpoint_url: str, daemon_address: str) -> Mapping[str, str]:
    return {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_XRAY_DAEMON_ADDRESS": daemon_address,
    }
