"""The control plane as one object: responds to calls, journals them and replays them."""

import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from tracing_lab.arns import service_in
from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.model import QueueMessage
from tracing_lab.embedded.protocol.api_call import ApiCall, read_call
from tracing_lab.embedded.storage.append_log import Write
from tracing_lab.embedded.storage.durable_map import DurableMap
from tracing_lab.embedded.unsimulated.warnings import AcceptedGaps
from tracing_lab.xray_model.trace_header import HEADER_NAME, TraceHeader

from .adapter import ACCOUNT_ID, MotoApp, backend, failure, is_region
from .alarms import actions as alarm_actions, describing
from .calling import CallNext, Override, chained, succeeded
from .catalog import MotoCatalog
from .checks.request_checks import problem_of
from .checks.runtimes import RuntimeNotes
from .checks.schedule_checks import schedule_problem
from .data.storage import DataStorage
from .data.tables.transactions import Transactions
from .granting.managed_policies import provide_managed_policies
from .logs.reads import LOG_READS, read_logs
from .logs.writing import LogWriter
from .metrics import calls as metric_calls
from .metrics.statistics import statistic_of
from .monitoring import Monitoring
from .overrides.alarms import set_alarm_state, with_kept_states
from .overrides.events import archived, keep_archived
from .overrides.logs import with_unreserved_group
from .overrides.table import with_overrides
from .policies import Policies
from .queues import topics
from .queues.backend_methods import replace_methods
from .queues.redrive_api import MessageMoves
from .queues.sending import send_to_queue
from .replaying.call_clock import CLOCK
from .replaying.changes import mutates
from .replaying.compaction import PastCall, forgettable
from .replaying.journal import Journal, JournalEntry
from .triggers.bucket_events import BucketNotifications, NotificationTargets
from .triggers.service_hooks import ServiceHooks
from .untracked import forget_instances

_LOGGER = logging.getLogger(__name__)
_T = TypeVar("_T")


class ControlPlane:
    """moto behind a lock, with a journal.

    Mutating calls run one at a time, each with a random seed of its own that is in the journal,
    so that every resource keeps its id in a replay. All methods may be called from any
    thread.
    """

    account_id = ACCOUNT_ID

    def __init__(self, state_dir: Path, *, write: Write = os.write) -> None:
        self._lock = threading.RLock()
        self._journal = Journal(state_dir / "control.log", write=write)
        self._data = DataStorage(state_dir, write=write)
        self._messages = self._data.messages
        tasks = DurableMap[str](state_dir / "queue_moves.log", write=write)
        self._moves = MessageMoves(tasks, lock=self._lock, sync=self._messages.sync)
        self._app = MotoApp()
        forget_instances()
        metric_calls.replace_methods()
        describing.replace_method()
        self.gaps = AcceptedGaps()
        self._runtimes = RuntimeNotes(self.gaps.remember)
        self._catalogs: dict[str, MotoCatalog] = {}
        self._monitoring = Monitoring(self._run_actions)
        self._policies = policies = Policies(self.locked)
        self.role_policies, self.session_policies = (
            policies.role_policies,
            policies.session_policies,
        )
        self.resource_policy = policies.resource_policy
        self.assumed_role, self.trusts = policies.assumed_role, policies.trusts
        self.assumable, self.role_id = policies.assumable, policies.role_id
        hooks = ServiceHooks()
        self.on_service_call, self.on_service_event = hooks.on_service_call, hooks.on_service_event
        self._call_function = hooks.call_function
        self._logs = LogWriter(
            state_dir / "log_events.spool",
            write=write,
            call_function=hooks.call_function,
            count=self._monitoring.count_lines,
        )
        targets = NotificationTargets(hooks.call_function, self.send_message, hooks.put_event)
        self._notified = BucketNotifications(targets)
        self._subscribers = topics.Subscribers(self._send, self._call_function)
        self._transactions = Transactions()
        self._own = self._own_overrides()
        self._version = 0
        self._replaying = False

    @property
    def version(self) -> int:
        """A number that grows whenever a resource may have changed."""
        return self._version

    @staticmethod
    def has_region(name: str) -> bool:
        """Return whether AWS has such a region."""
        return is_region(name)

    def handle(self, call: ApiCall) -> HttpResponse:
        """Respond to a control-plane call and journal it if it changes something."""
        problem = problem_of(call) or self.gaps.refusal(call)
        problem = problem or schedule_problem(call, self.assumable)
        if problem is not None:
            return problem
        if call.key in LOG_READS:
            return read_logs(call, self.locked)
        with self._lock:
            try:
                return self._respond(call)
            except OSError as error:
                request = call.request
                _LOGGER.exception("%s %s could not be written", request.method, request.path)
                self._transactions.forget(call)
                return failure(call, str(error))

    def _respond(self, call: ApiCall) -> HttpResponse:
        """Journal a call and respond to it; OSError if it could not be written."""
        entry = JournalEntry(secrets.randbits(63), call.request, time.time())
        response = self._change(call, entry) if mutates(call) else self._perform(call, entry)
        self._data.keep_messages(call)
        return response

    def _change(self, call: ApiCall, entry: JournalEntry) -> HttpResponse:
        number = self._journal.append(entry)
        done = False
        try:
            response = self._perform(call, entry, number)
            done = succeeded(response)
        finally:
            if not done:
                self._journal.forget([number])
        if done:
            self._runtimes.note(call)
            self._changed()
        return response

    def _perform(
        self, call: ApiCall, entry: JournalEntry, number: int | None = None
    ) -> HttpResponse:
        response = self._data.perform(call, partial(self._run, call, entry), number)
        if succeeded(response):
            self.gaps.note(call)
            self._notified.send()
        return response

    def replay(self) -> int:
        """Rebuild the resources from the journal; returns the number of calls."""
        with self._lock:
            self._app.preload()
            self._replaying = True
            entries, past = self._journal.numbered(), []
            _LOGGER.info("rebuilding the control plane from %d calls", len(entries))
            for number, entry in entries.items():
                call = read_call(entry.request)
                response = self._data.replay(call, partial(self._run, call, entry), number)
                self.gaps.note(call)
                self._runtimes.note(call)
                if response.status >= 400:  # noqa: PLR2004 - an HTTP error
                    _LOGGER.warning(
                        "replay of %s %s answered %s: %.200r",
                        entry.request.method,
                        entry.request.path,
                        response.status,
                        response.body,
                    )
                past.append(PastCall(number, call, response.body))
                self._changed()
            self._replaying = False
            done = self._data.restore([(entry.number, entry.call) for entry in past])
            self._journal.forget(done)
            self._compact(past)
            self._moves.resume()
            return len(entries)

    def _compact(self, past: Sequence[PastCall]) -> None:
        try:
            self._data.forget_deleted_queues()
            self._journal.forget(forgettable(past))
        except OSError as error:
            _LOGGER.warning("the journal stays as long as it is: %s", error)

    def catalog(self, region: str) -> MotoCatalog:
        """Return the view of one region that the data planes read."""
        with self._lock:
            if region not in self._catalogs:
                self._catalogs[region] = MotoCatalog(self.locked, region=region)
            return self._catalogs[region]

    def region_where(self, holds: Callable[[MotoCatalog], bool]) -> str | None:
        """Return the first region whose catalog has something; None when none has."""
        with self._lock:
            regions = [name for name, catalog in self._catalogs.items() if holds(catalog)]
            return regions[0] if regions else None

    def locked(self, read: Callable[[], _T]) -> _T:
        """Run a function while nothing changes."""
        with self._lock:
            return read()

    def put_log_events(
        self, region: str, group: str, stream: str, events: Sequence[tuple[int, str]]
    ) -> None:
        """Append events to a CloudWatch log stream; group and stream are created when missing."""
        with self._lock:
            self._logs.write(region, group, stream, events)

    def has_log_group(self, region: str, group: str) -> bool:
        """Return whether a log group exists."""
        return self.locked(lambda: group in backend("logs", region).groups)

    def put_metrics(self, region: str, namespace: str, data: list[dict[str, Any]]) -> None:
        """Record CloudWatch metric data with ``Values``, in the form of PutMetricData."""
        self.add_statistics(region, namespace, [statistic_of(datum) for datum in data])

    def add_statistics(self, region: str, namespace: str, data: list[dict[str, Any]]) -> None:
        """Record statistic sets; those of the same metric and minute become one."""
        with self._lock:
            self._monitoring.add(region, namespace, data)

    def evaluate_alarms(self, region: str, *, now_s: float) -> None:
        """Set the state of a region's CloudWatch alarms by its metrics.

        The metrics of its queues are updated before.
        """
        with self._lock:
            self._monitoring.evaluate_alarms(region, now_s=now_s)

    def send_message(self, message: QueueMessage) -> None:
        """Put a message into an SQS queue, or publish it to an SNS topic, of any region.

        Raises
        ------
        KeyError
            There is no such queue or topic.
        PermissionError
            Its policy does not allow the sending service.
        ValueError
            SQS or SNS rejects the message.
        """
        with self._lock:
            if service_in(message.queue_arn) == "sns":
                topics.publish(message, self._subscribers)
            else:
                self._send(message)

    def archive_event(self, region: str, payload: bytes) -> None:
        """Store an event in the archive that it names; KeyError if that is deleted."""
        with self._lock:
            keep_archived(region, payload)

    def archived_events(
        self, region: str, archive_arn: str, *, start_s: float, end_s: float
    ) -> list[dict[str, Any]]:
        """Return an archive's events of a time range; KeyError when there is no such archive."""
        with self._lock:
            return archived(region, archive_arn, start_s=start_s, end_s=end_s)

    def reset(self) -> None:
        """Delete all resources and the journal."""
        with self._lock:
            self._data.clear()
            self._transactions.clear()
            self._app.reset()
            self._journal.clear()
            self._moves.clear()
            self._logs.clear()
            self.gaps.clear()
            self._runtimes.clear()
            self._changed(forget=True)

    def close(self) -> None:
        """Close the journal."""
        self._moves.stop()
        with self._lock:
            self._moves.close()
            self._journal.close()
            self._data.close()
            self._logs.close()

    def _run(self, call: ApiCall, entry: JournalEntry) -> HttpResponse:
        self.catalog(call.region)  # created before the call, to see what it changes
        if call.service == "iam":
            provide_managed_policies(call.request)
        elif call.service == "sqs":
            replace_methods(backend("sqs", call.region))
        elif call.service == "logs" and self._replaying:
            self._logs.prepare_replay(call)
        self._notified.begin(call, replaying=self._replaying)
        self._app.seed(entry.seed)
        with CLOCK.at(entry.time_s):
            return with_overrides(call, partial(self._app, seed=entry.seed), self._own)

    def _own_overrides(self) -> Mapping[tuple[str, str], Override]:
        """Return the overrides that need the control plane itself."""
        return {
            ("cloudwatch", "PutMetricAlarm"): with_kept_states,
            ("cloudwatch", "SetAlarmState"): partial(
                set_alarm_state, run_actions=self._run_actions
            ),
            ("dynamodb", "TransactWriteItems"): self._transactions.write,
            ("logs", "PutLogEvents"): chained(with_unreserved_group, self._logs.put_log_events),
            ("sns", "Publish"): self._publish,
            ("sns", "PublishBatch"): self._publish,
            **self._moves.overrides,
        }

    def _publish(self, call: ApiCall, call_next: CallNext) -> HttpResponse:
        header = TraceHeader.parse(call.request.header(HEADER_NAME))
        topics.adopt_subscriptions(call.region, self._subscribers, header)
        return call_next(call)

    def _run_actions(self, transition: alarm_actions.Transition) -> None:
        alarm_actions.run_actions(transition, self.send_message, self._call_function)

    def _send(self, message: QueueMessage) -> None:
        self._messages.add(*send_to_queue(message))

    def _changed(self, *, forget: bool = False) -> None:
        self._version += 1
        self._policies.forget()
        for catalog in self._catalogs.values():
            catalog.refresh(forget=forget)
