"""The control plane as one object: answer, remember, rebuild, look up."""

import logging
import os
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.model import QueueMessage, ServiceCall
from tracing_lab.embedded.protocol.operations import mutates, operation_name
from tracing_lab.embedded.protocol.signature import signing_scope
from tracing_lab.embedded.protocol.trace_header import HEADER_NAME, TraceHeader
from tracing_lab.embedded.queues.metrics import NAMESPACE as QUEUE_NAMESPACE, gauges
from tracing_lab.embedded.storage.append_log import Write
from tracing_lab.embedded.storage.durable_map import DurableMap

from .adapter import ACCOUNT_ID, MotoApp, backend, failure, is_region
from .alarms import actions as alarm_actions
from .alarms.states import evaluate_alarms
from .catalog import MotoCatalog
from .compaction import PastCall, forgettable
from .journal import Entry, Journal
from .logs.metric_filters import filtered_metrics, written_events
from .logs.spool import LogSpool
from .logs.subscriptions import adopt_stream, written_stream
from .managed_policies import provide_managed_policies
from .overrides.alarms import with_alarm_states
from .overrides.events import archived, keep_archived
from .overrides.percentiles import answer_percentiles
from .overrides.table import with_overrides
from .queues import topics
from .queues.redrive_api import MessageMoves, concerns_moves
from .queues.sending import changed_queues, queue_of, send_to_queue
from .queues.store import QueueStore
from .request_checks import refusal
from .resource_policies import may_have_policy, resource_policy
from .roles import assumable_by, assumed_role, function_policies, role_policies
from .statistics import StatisticStore, statistic_of

_LOGGER = logging.getLogger(__name__)
_T = TypeVar("_T")
_MAX_POLICIES = 10_000
ReadPolicies = Callable[[str], tuple[Mapping[str, Any], ...]]
_DEFAULT_REGION = "us-east-1"  # of unsigned requests, as boto3's own legacy default


class ControlPlane:
    """moto behind a lock, with a journal.

    Mutating calls run one at a time, each with a random seed of its own that the journal keeps,
    so that a replay gives every resource the id it had. All methods may be called from any
    thread.

    Parameters
    ----------
    state_dir
        Folder of the journal.
    write
        Writes to the files in it.
    """

    account_id = ACCOUNT_ID

    def __init__(self, state_dir: Path, *, write: Write = os.write) -> None:
        self._lock = threading.RLock()
        self._journal = Journal(state_dir / "control.log", write=write)
        self._messages = QueueStore(state_dir / "queues.log", write=write)
        self._log_spool = LogSpool(state_dir / "log_events.spool", write=write)
        tasks = DurableMap[str](state_dir / "queue_moves.log", write=write)
        self._moves = MessageMoves(tasks, lock=self._lock, sync=self._messages.sync)
        self._app = MotoApp()
        self._catalogs: dict[str, MotoCatalog] = {}
        self._statistics: dict[str, StatisticStore] = {}
        self._role_policies: dict[tuple[str, ReadPolicies], tuple[Mapping[str, Any], ...]] = {}
        self._resource_policies: dict[str, Mapping[str, Any] | None] = {}
        self._callers: dict[str, Callable[[ServiceCall], None]] = {}
        self._subscribers = topics.Subscribers(self._send, self._call_function)
        self._version = 0

    @property
    def version(self) -> int:
        """Number that grows whenever something provisioned may have changed."""
        return self._version

    @staticmethod
    def has_region(name: str) -> bool:
        """Tell whether AWS has such a region."""
        return is_region(name)

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a control-plane call and remember it when it changed something."""
        scope = signing_scope(request)
        refused = None if scope is None else refusal(scope.service, request)
        if refused is not None:
            return refused
        with self._lock:
            try:
                return self._answer(request)
            except OSError as error:
                _LOGGER.exception("%s %s could not be kept", request.method, request.path)
                return failure(request, str(error))

    def _answer(self, request: HttpRequest) -> HttpResponse:
        """Answer a call; OSError when it could not be written down, which comes first."""
        seed = secrets.randbits(63)
        response = self._change(request, seed) if mutates(request) else self._run(request, seed)
        self._keep_messages(request)
        return response

    def _change(self, request: HttpRequest, seed: int) -> HttpResponse:
        number = self._journal.append(Entry(seed, request))
        done = False
        try:
            response = self._run(request, seed)
            done = response.status < 400  # noqa: PLR2004 - an HTTP error
        finally:
            if not done:
                self._journal.forget([number])
        if done:
            self._changed()
        return response

    def replay(self) -> int:
        """Rebuild the resources from the journal; gives the number of calls."""
        with self._lock:
            self._app.preload()
            entries, past = self._journal.numbered(), []
            _LOGGER.info("rebuilding the control plane from %d calls", len(entries))
            for number, entry in entries.items():
                response = self._run(entry.request, entry.seed)
                if response.status >= 400:  # noqa: PLR2004 - an HTTP error
                    _LOGGER.warning(
                        "replay of %s %s answered %s: %.200r",
                        entry.request.method,
                        entry.request.path,
                        response.status,
                        response.body,
                    )
                past.append(PastCall(number, entry.request, response.body))
                self._changed()
            self._restore_messages()
            self._compact(past)
            self._moves.resume()
            return len(entries)

    def _compact(self, past: Sequence[PastCall]) -> None:
        try:
            self._forget_deleted_queues()
            self._journal.forget(forgettable(past))
        except OSError as error:
            _LOGGER.warning("the journal stays as long as it is: %s", error)

    def catalog(self, region: str) -> MotoCatalog:
        """Give the view of one region that the data planes read."""
        with self._lock:
            if region not in self._catalogs:
                self._catalogs[region] = MotoCatalog(self.locked, region=region)
            return self._catalogs[region]

    def region_of_api(self, api_id: str) -> str | None:
        """Give the region of a REST API; None when there is no such API."""
        with self._lock:
            regions = [name for name, one in self._catalogs.items() if one.has_api(api_id)]
            return regions[0] if regions else None

    def role_policies(self, role_arn: str) -> tuple[Mapping[str, Any], ...]:
        """Give what a function's role may do; KeyError when there is no such role."""
        return self._read_policies(role_arn, function_policies)

    def session_policies(self, role_arn: str) -> tuple[Mapping[str, Any], ...]:
        """Return what a role that somebody assumed may do; KeyError when there is no such role."""
        return self._read_policies(role_arn, role_policies)

    def _read_policies(self, role_arn: str, read: ReadPolicies) -> tuple[Mapping[str, Any], ...]:
        policies, key = self._role_policies, (role_arn, read)
        if key not in policies:
            policies[key] = self.locked(partial(read, role_arn))
        return policies[key]

    def assumed_role(self, access_key: str) -> tuple[str, str, float] | None:
        """Return role, session name and end of a key's session; None when STS did not give it."""
        return self.locked(partial(assumed_role, access_key))

    def trusts(self, role_arn: str, principals: Sequence[str]) -> bool:
        """Return whether a role lets one of some principals assume it."""
        return self.locked(partial(assumable_by, role_arn, principals))

    def resource_policy(self, arn: str) -> Mapping[str, Any] | None:
        """Give the policy of a function, queue, topic, bus or bucket; None when it has none."""
        if not may_have_policy(arn):
            return None
        policies = self._resource_policies
        if arn not in policies:
            if len(policies) >= _MAX_POLICIES:
                policies.clear()
            policies[arn] = self.locked(partial(resource_policy, arn))
        return policies[arn]

    def locked(self, read: Callable[[], _T]) -> _T:
        """Run a function while nothing changes."""
        with self._lock:
            return read()

    def on_service_call(self, region: str, call: Callable[[ServiceCall], None]) -> None:
        """Name who has functions of a region called for topics and alarms; must return at once."""
        self._callers[region] = call

    def put_log_events(
        self, region: str, group: str, stream: str, events: Sequence[tuple[int, str]]
    ) -> None:
        """Append events to a CloudWatch log stream; group and stream are made when missing."""
        rows = [{"timestamp": time_ms, "message": message} for time_ms, message in sorted_(events)]
        with self._lock:
            logs = backend("logs", region)
            if group not in logs.groups:
                logs.create_log_group(group, {})
            logs.ensure_log_stream(group, stream)
            self._log_spool.keep(logs.groups[group].streams[stream])
            adopt_stream(region, group, stream, self._call_function)
            logs.put_log_events(group, stream, rows)
            self._count_lines(region, group, events)

    def _count_lines(self, region: str, group: str, events: Iterable[tuple[int, str]]) -> None:
        store = self._statistic_store(region)
        for namespace, member in filtered_metrics(region, group, events):
            store.add(namespace, [statistic_of(member)])

    def has_log_group(self, region: str, group: str) -> bool:
        """Tell whether a log group exists."""
        with self._lock:
            return group in backend("logs", region).groups

    def put_metrics(self, region: str, namespace: str, data: list[dict[str, Any]]) -> None:
        """Record CloudWatch metric data with ``Values``, as PutMetricData takes it."""
        self.add_statistics(region, namespace, [statistic_of(one) for one in data])

    def add_statistics(self, region: str, namespace: str, data: list[dict[str, Any]]) -> None:
        """Record statistic sets; those of the same metric and minute become one."""
        with self._lock:
            self._statistic_store(region).add(namespace, data)

    def evaluate_alarms(self, region: str, *, now_s: float) -> None:
        """Bring a region's CloudWatch alarms into the state that its metrics call for.

        The metrics of its queues are brought up to date before.
        """
        with self._lock:
            store = self._statistic_store(region)
            for queue in backend("sqs", region).queues.values():
                for member in gauges(queue, now_s=now_s):
                    store.put(QUEUE_NAMESPACE, member)
            cloudwatch = backend("cloudwatch", region)
            found = evaluate_alarms(cloudwatch.alarms.values(), cloudwatch.metric_data, now_s=now_s)
            self._act(found)

    def send_message(self, message: QueueMessage) -> None:
        """Put a message into an SQS queue, or publish it to an SNS topic, of any region.

        Raises
        ------
        KeyError
            There is no such queue or topic.
        PermissionError
            Its policy does not let the sending service in.
        ValueError
            SQS or SNS refuses the message.
        """
        with self._lock:
            if message.queue_arn.split(":")[2:3] == ["sns"]:
                topics.publish(message, self._subscribers)
            else:
                self._send(message)

    def archive_event(self, region: str, payload: bytes) -> None:
        """Keep an event in the archive that it names; KeyError when that is gone."""
        with self._lock:
            keep_archived(region, payload)

    def archived_events(
        self, region: str, archive_arn: str, *, start_s: float, end_s: float
    ) -> list[dict[str, Any]]:
        """Give an archive's events of a time range; KeyError when there is no such archive."""
        with self._lock:
            return archived(region, archive_arn, start_s=start_s, end_s=end_s)

    def reset(self) -> None:
        """Forget all resources and the journal."""
        with self._lock:
            self._app.reset()
            self._journal.clear()
            self._messages.clear()
            self._moves.clear()
            self._log_spool.clear()
            self._changed(forget=True)

    def close(self) -> None:
        """Close the journal."""
        self._moves.stop()
        with self._lock:
            self._moves.close()
            self._journal.close()
            self._messages.close()
            self._log_spool.close()

    def _run(self, request: HttpRequest, seed: int) -> HttpResponse:
        scope = signing_scope(request)
        region = scope.region if scope is not None else _DEFAULT_REGION
        self.catalog(region)  # made before the call changes what it keeps pictures of
        answer = partial(self._app, seed=seed)
        service = scope.service if scope is not None else ""
        if service == "monitoring":
            answer = partial(self._answer_monitoring, answer, region)
        elif service == "sns" and operation_name(request) in topics.PUBLISHING:
            header = TraceHeader.parse(request.header(HEADER_NAME))
            topics.adopt_subscriptions(region, self._subscribers, header)
        elif service == "iam":
            provide_managed_policies(request)
        elif service == "logs" and operation_name(request) == "PutLogEvents":
            adopt_stream(region, *written_stream(request), self._call_function)
            response = answer(request)
            self._count_lines(region, *written_events(request, response))
            return response
        elif concerns_moves(request):
            return self._moves.answer(request, region=region)
        return with_overrides(answer, request, region=region)

    def _answer_monitoring(
        self, answer: Callable[[HttpRequest], HttpResponse], region: str, request: HttpRequest
    ) -> HttpResponse:
        answer = partial(answer_percentiles, answer, region=region)
        response, transitions = with_alarm_states(answer, request, region=region)
        self._act(transitions)
        return response

    def _act(self, transitions: Iterable[alarm_actions.Transition]) -> None:
        for transition in transitions:
            alarm_actions.act(transition, self.send_message, self._call_function)

    def _send(self, message: QueueMessage) -> None:
        self._messages.add(*send_to_queue(message))

    def _keep_messages(self, request: HttpRequest) -> None:
        scope = signing_scope(request)
        if scope is None or scope.service != "sqs":
            return
        self._messages.sync(*changed_queues(request, scope.region))
        if operation_name(request) == "DeleteQueue":
            self._forget_deleted_queues()

    def _forget_deleted_queues(self) -> None:
        for arn in self._messages.arns():
            if queue_of(arn) is None:
                self._messages.forget(arn)

    def _restore_messages(self) -> None:
        for arn in self._messages.arns():
            queue = queue_of(arn)
            if queue is None:
                _LOGGER.warning("the messages of %s are dropped: there is no such queue", arn)
            else:
                self._messages.restore(queue)

    def _call_function(self, call: ServiceCall) -> None:
        region = call.function_arn.split(":")[3]
        if region not in self._callers:
            raise KeyError(call.function_arn)
        self._callers[region](call)

    def _statistic_store(self, region: str) -> StatisticStore:
        metric_data = backend("cloudwatch", region).metric_data
        store = self._statistics.get(region)
        if store is None or not store.is_of(metric_data):
            store = self._statistics[region] = StatisticStore(metric_data)
        return store

    def _changed(self, *, forget: bool = False) -> None:
        self._version += 1
        self._role_policies, self._resource_policies = {}, {}
        for catalog in self._catalogs.values():
            catalog.refresh(forget=forget)


def sorted_(events: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """Order events by time, as PutLogEvents wants them; equal times keep their order."""
    return sorted(events, key=lambda event: event[0])
