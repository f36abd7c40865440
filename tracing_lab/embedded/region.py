"""All data planes of one region, wired together."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from .apigateway.gateway import Gateway
from .cloudwatch.log_batches import LogEvents, LogSink
from .cloudwatch.metrics import Metrics
from .event_accounting import Statement, Times, statement
from .eventbridge.bus import Bus
from .eventbridge.metrics import BusMetrics
from .functions import Functions, FunctionSettings, Grant
from .functions.destinations import Destinations
from .functions.failures import EndedEvent
from .functions.invoke import QUEUE_FILE
from .http.callers import Callers
from .http.messages import HttpRequest, HttpResponse
from .http.server import Admit
from .iam.access import Iam
from .model import FunctionAttempt, FunctionSpec, Invocation, QueueMessage, ServiceCall
from .moto.plane import ControlPlane
from .permissions import Permissions
from .protocol.lambda_arn import parse_function_arn
from .service_metrics import ServiceMetrics
from .storage.durable_queue import DurableQueue
from .xray import DEFAULT_CACHE_MB, XRay
from .xray.ingest.daemon import Daemon
from .xray.ingest.daemon_api import DaemonApi

_LOGGER = logging.getLogger(__name__)
_BUS_QUEUE = "bus.jsonl"


def queue_files(state_dir: Path) -> list[Path]:
    """Give the files with work that is accepted and not done, each in the folder of its region.

    Parameters
    ----------
    state_dir
        The server's.
    """
    return [*state_dir.glob(f"*/{_BUS_QUEUE}"), *state_dir.glob(f"*/functions/{QUEUE_FILE}")]


@dataclass(frozen=True)
class RegionSettings:
    """Tunables of a region.

    Parameters
    ----------
    functions
        Of the Lambda data plane; the defaults when it is None.
    cache_mb
        Megabytes that may be used to keep what is derived from traces.
    """

    functions: FunctionSettings | None = None
    cache_mb: int = DEFAULT_CACHE_MB


class Region:
    """API Gateway, Lambda, EventBridge, CloudWatch Logs and X-Ray of one region.

    Parameters
    ----------
    control
        The control plane that knows what was provisioned.
    iam
        Authorises what functions do.
    name
        For example ``us-east-1``.
    state_dir
        Folder that outlives the server: traces are kept here.
    endpoint_url
        Where functions reach the embedded AWS.
    admit
        Decides by the head of a request to the X-Ray daemon whether it is answered.
    callers
        Knows which calls come from functions.
    settings
        Tunables; the defaults when it is None.
    """

    def __init__(
        self,
        control: ControlPlane,
        iam: Iam,
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
        self.xray = XRay(
            state_dir / name, region=name, account_id=control.account_id, cache_mb=settings.cache_mb
        )
        self.daemon = Daemon(self.xray.receive)
        host, port = self.daemon.start()
        self.daemon_address = f"{host}:{port}"
        self._daemon_api = DaemonApi(self.xray.handle, admit=admit, authorize=self._daemon_refusal)
        self.logs = LogSink(
            put=partial(control.put_log_events, name),
            put_metrics=partial(control.put_metrics, name),
        )
        self.metrics = Metrics(
            put=partial(control.add_statistics, name),
            evaluate=lambda now_s: control.evaluate_alarms(name, now_s=now_s),
        )
        published = ServiceMetrics(self.metrics.record)
        addresses = _addresses(name, endpoint_url, self.daemon_address)
        self.permissions = Permissions(iam, self.catalog, callers)
        write_logs = self.permissions.guard_logs(self.logs.write)
        self.functions = Functions(
            work_dir=state_dir / name / "functions",
            emit=self.xray.emit,
            prepare=self.xray.prepare,
            write_logs=write_logs,
            environment=lambda function: _grant(iam, function, addresses),
            sample=self._sample_function,
            on_end=self._given_up,
            resolve=self.catalog.function,
            settings=settings.functions,
        )
        self.functions.observe(published.function_ran)
        self._handler_times = Times()
        self.functions.observe(self._note_run)
        self.invoke = self.permissions.guard_traces(self.functions.invoke)
        self.accept = self.permissions.guard_traces(self.functions.accept)
        self.bus = Bus(
            catalog=self.catalog,
            accept=self.accept,
            send_message=self._send_message,
            write_logs=self._log_event,
            archive=self._archive,
            queue=DurableQueue(state_dir / name / _BUS_QUEUE),
        )
        self.metrics.add_source(iam.save)
        self.metrics.add_source(BusMetrics(self.bus.counters, self.metrics.record).publish)
        self.destinations = Destinations(
            catalog=self.catalog,
            accept=self.accept,
            put_events=self.bus.put_events,
            send_message=self._send_message,
            may_deliver=self.permissions.may_deliver,
            record=self.metrics.record,
        )
        self._loop = asyncio.get_running_loop()
        tcp = self.daemon.detach_tcp()
        self._listening = self._loop.create_task(self._daemon_api.listen(tcp))
        self._service_calls: set[asyncio.Task[None]] = set()
        control.on_service_call(name, self._take_service_call)
        self.gateway = Gateway(
            catalog=self.catalog,
            invoke=self.invoke,
            emit=self.xray.emit,
            write_logs=self.logs.write,
            decide=self.xray.sampler.decide,
            observe=published.request_answered,
        )
        self.gateway.guard(self.permissions.denial)

    def resume(self) -> None:
        """Go on with what an earlier server had accepted and not finished."""
        events, invocations = self.bus.resume(), self.functions.resume()
        if events or invocations:
            counts = events, len(invocations)
            _LOGGER.info("resumed %d events and %d asynchronous invocations", *counts)
        interrupted = self.xray.finish_interrupted(invocations)
        if interrupted:
            _LOGGER.info("%d segments were in progress at the end and have failed", interrupted)

    async def close(self) -> None:
        """Finish what is under way and leave no process behind."""
        await self.gateway.close()
        await self.bus.close()
        await self.functions.close()
        await self._listening
        await self._daemon_api.close()
        self.daemon.close()
        self.logs.close()
        self.metrics.close()
        self.xray.close()

    async def replay(self, request: Mapping[str, Any]) -> int:
        """Put archived events on their bus again, as a StartReplay request that was accepted says.

        Parameters
        ----------
        request
            Its parameters.
        """
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

    def ledger(self) -> Statement:
        """Give the books of this region's events."""
        return statement(self.bus.counters, self.destinations.counters, self._handler_times)

    def _note_run(self, attempt: FunctionAttempt) -> None:
        if not attempt.throttled:
            self._handler_times.note(attempt.duration_ms / 1000)

    def _daemon_refusal(self, request: HttpRequest) -> HttpResponse | None:
        return self.permissions.daemon_refusal(request)

    async def _send_message(self, message: QueueMessage) -> None:
        await asyncio.to_thread(self._control.send_message, message)

    async def _log_event(self, group: str, stream: str, events: LogEvents) -> None:
        if not await asyncio.to_thread(self._control.has_log_group, self.name, group):
            raise KeyError(group)
        self.logs.write(group, stream, events)

    async def _archive(self, payload: bytes) -> None:
        await asyncio.to_thread(self._control.archive_event, self.name, payload)

    async def _given_up(self, event: EndedEvent) -> None:
        await self.destinations.send(event)

    def _take_service_call(self, call: ServiceCall) -> None:
        """Have a function called for a topic or alarm; from any thread."""
        self._loop.call_soon_threadsafe(self._start_service_call, call)

    def _start_service_call(self, call: ServiceCall) -> None:
        task = self._loop.create_task(self._call_for_service(call))
        self._service_calls.add(task)  # the loop itself keeps only weak references
        task.add_done_callback(self._service_calls.discard)

    async def _call_for_service(self, call: ServiceCall) -> None:
        arn, source = call.function_arn, call.source_arn
        if not self.catalog.may_invoke(arn, principal=call.principal, source_arn=source):
            _LOGGER.warning("%s does not let %s call it for %s", arn, call.principal, source)
            return
        parsed = parse_function_arn(arn)
        try:
            function = self.catalog.function(parsed.arn, parsed.qualifier)
        except KeyError:
            _LOGGER.warning("%s calls %s, which does not exist", source, arn)
            return
        try:
            await self.accept(Invocation(function, call.payload, call.trace_header))
        except OSError:
            _LOGGER.exception("an event of %s for %s is lost", source, arn)

    def _sample_function(self, function: FunctionSpec) -> bool:
        """Decide for a function that is the entry point: 1 a second and 5 %, not configurable.

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


def _grant(iam: Iam, function: FunctionSpec, addresses: Mapping[str, str]) -> Grant:
    """Return what an environment of a function gets: credentials of its own, and addresses."""
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
