"""The four handlers, with the real X-Ray SDK and everything else in memory."""

import functools
import json
from collections.abc import Callable
from typing import Any

import pytest
from aws_xray_sdk.core import AWSXRayRecorder
from aws_xray_sdk.core.context import Context as LocalContext
from aws_xray_sdk.core.lambda_launcher import LambdaContext
from aws_xray_sdk.core.sampling.local.sampler import LocalSampler
from hypothesis import HealthCheck, given, settings, strategies as st

import inventory_service
import notification_service
import order_service
import payment_service
from events import BadEventError, Event, event_from_envelope
from faults import FaultInjector, SimulatedError
from faults_json import faults_from_json
from logs import Logger
from metrics import Metrics
from publishing import Publisher, PublishError, PublishingServices, publishing_services
from services import Services, entry_point
from tracing import Tracer, root_of

TRACE = "1-6b042ac0-5d09aa705e56bbd015254801"
INVOCATION = "6a21bb3cd4e5f601"
CREATED = {
    "orderId": "o-1",
    "customerId": "c-1",
    "productId": "12345",
    "quantity": 2,
    "amount": 149.99,
}


class Documents:
    """Takes the place of the SDK's UDP emitter."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send_entity(self, entity: Any) -> None:
        self.sent.append(json.loads(entity.serialize()))

    def named(self, name: str) -> dict[str, Any]:
        (found,) = [document for document in self.sent if document["name"] == name]
        return found


class Bus:
    """Takes the place of a boto3 client of EventBridge."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.answer: dict[str, Any] = {"FailedEntryCount": 0, "Entries": [{"EventId": "e-1"}]}

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 (boto3's name)
        self.entries += Entries
        return self.answer


class Context:
    """Takes the place of Lambda's context object."""

    aws_request_id = "r-1"

    def get_remaining_time_in_millis(self) -> int:
        return 3000


@functools.cache
def the_recorder() -> AWSXRayRecorder:
    """Make the SDK's recorder once, with the sampler that it has on Lambda, which needs no AWS."""
    recorder = AWSXRayRecorder()
    recorder.emitter._socket.close()
    recorder.configure(sampler=LocalSampler())
    return recorder


class World:
    """A service and everything around it."""

    def __init__(self, name: str, source: str, *, faults: str | None = None) -> None:
        self.documents, self.bus = Documents(), Bus()
        self.lines: list[str] = []
        self.slept_s: list[float] = []
        recorder = the_recorder()
        recorder.configure(emitter=self.documents, context=LambdaContext(), streaming_threshold=0)
        self.services = PublishingServices(
            tracer=Tracer(name, recorder=recorder),
            log=Logger(service=name, write=self.lines.append),
            metrics=Metrics(service=name, write=self.lines.append),
            faults=FaultInjector(faults_from_json(faults), service=name, sleep=self.slept_s.append),
            publisher=Publisher(client=self.bus, bus_name="lab-bus", source=source),
        )

    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


@pytest.fixture(autouse=True)
def trace_header(monkeypatch: pytest.MonkeyPatch) -> None:
    header = f"Root={TRACE};Parent={INVOCATION};Sampled=1"
    monkeypatch.setenv("_X_AMZN_TRACE_ID", header)


def post(world: World, body: str | None, *, customer: str = "c-1") -> dict[str, Any]:
    event = {"pathParameters": {"customerId": customer}, "body": body}
    return order_service.handle(event, Context(), world.services)


def envelope(detail_type: str, **changes: Any) -> dict[str, Any]:
    return {"source": "lab", "detail-type": detail_type, "detail": {**CREATED, **changes}}


def ordering(**options: Any) -> World:
    return World("order-service", "order.service", **options)


def test_an_order_is_answered_with_its_id_and_trace() -> None:
    got = post(ordering(), json.dumps({**CREATED}))
    assert got["statusCode"] == 201
    assert json.loads(got["body"]) == {**CREATED, "status": "CREATED", "traceId": TRACE}


def test_an_order_is_published() -> None:
    world = ordering()
    post(world, json.dumps(CREATED))
    (entry,) = world.bus.entries
    assert json.loads(entry.pop("Detail")) == CREATED
    assert entry == {
        "EventBusName": "lab-bus",
        "Source": "order.service",
        "DetailType": "Order Created",
    }


def test_an_order_annotates_its_subsegment_below_the_invocation() -> None:
    world = ordering()
    post(world, json.dumps(CREATED))
    step = world.documents.named("process_order")
    assert step["parent_id"] == INVOCATION
    assert step["annotations"] == {
        "service_name": "order-service",
        "order_id": "o-1",
        "customer_id": "c-1",
    }
    assert step["metadata"]["order-service"]["request"] == CREATED
    assert step["metadata"]["order-service"]["response"]["status"] == "CREATED"


def test_a_bad_order_is_refused_and_not_published() -> None:
    world = ordering()
    got = post(world, '{"productId": "p-1", "quantity": 0}')
    assert got["statusCode"] == 400
    assert "quantity" in json.loads(got["body"])["error"]["message"]
    assert world.bus.entries == []


def test_a_bad_order_is_the_callers_error_and_no_fault() -> None:
    world = ordering()
    post(world, "{")
    step = world.documents.named("process_order")
    assert step["annotations"]["error"] == "InvalidRequest"
    assert step["error"] is True
    assert "fault" not in step


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.none() | st.text() | st.binary().map(repr))
def test_any_body_is_answered(body: str | None) -> None:
    assert post(ordering(), body)["statusCode"] == 400


def test_an_event_that_the_bus_refuses_fails_the_order() -> None:
    world = ordering()
    world.bus.answer = {
        "FailedEntryCount": 1,
        "Entries": [{"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}],
    }
    with pytest.raises(PublishError, match=r"lab-bus \(ThrottlingException: slow down\)"):
        post(world, json.dumps(CREATED))
    step = world.documents.named("process_order")
    assert step["fault"] is True
    assert step["annotations"]["error"] == "PublishError"
    assert step["cause"]["exceptions"][0]["type"] == "PublishError"


def test_a_failure_is_logged_with_trace_and_request() -> None:
    world = ordering(faults='{"error_rate": 1, "error_type": "DiskFull"}')
    with pytest.raises(SimulatedError):
        post(world, json.dumps(CREATED))
    (line,) = world.logged()
    assert (line["level"], line["error"]) == ("ERROR", "DiskFull")
    assert (line["trace_id"], line["request_id"]) == (TRACE, "r-1")


def test_an_order_counts_as_a_metric() -> None:
    world = ordering()
    post(world, json.dumps(CREATED))
    (metrics,) = [line for line in world.logged() if "_aws" in line]
    assert (metrics["OrdersCreated"], metrics["OrderAmount"]) == (1, 149.99)


def test_a_payment_is_published_and_annotated() -> None:
    world = World("payment-service", "payment.service")
    got = payment_service.handle(envelope("Order Created"), Context(), world.services)
    (entry,) = world.bus.entries
    assert (entry["Source"], entry["DetailType"]) == ("payment.service", "Payment Processed")
    assert json.loads(entry["Detail"]) == got
    assert (got["orderId"], got["amount"], got["status"]) == ("o-1", 149.99, "APPROVED")
    assert world.documents.named("charge_payment")["annotations"] == {
        "service_name": "payment-service",
        "order_id": "o-1",
        "customer_id": "c-1",
        "payment_amount": 149.99,
    }


def test_a_failing_processor_marks_its_step_and_the_charge() -> None:
    faults = '{"error_rate": 1, "error_type": "Declined"}'
    world = World("payment-service", "payment.service", faults=faults)
    with pytest.raises(SimulatedError):
        payment_service.handle(envelope("Order Created"), Context(), world.services)
    processor = world.documents.named("payment_processor")
    charge = world.documents.named("charge_payment")
    assert processor["parent_id"] == charge["id"]
    (exception,) = processor["cause"]["exceptions"]
    assert exception["type"] == "Declined"
    assert charge["cause"] == exception["id"]  # the cause is told once
    assert world.bus.entries == []


def test_inventory_is_published_and_annotated() -> None:
    world = World("inventory-service", "inventory.service")
    got = inventory_service.handle(envelope("Order Created"), Context(), world.services)
    (entry,) = world.bus.entries
    assert (entry["Source"], entry["DetailType"]) == ("inventory.service", "Inventory Updated")
    assert json.loads(entry["Detail"]) == got
    stock = inventory_service.stock_of("12345", warehouse=got["warehouse"])
    assert got["remaining"] == stock - 2
    annotations = world.documents.named("reserve_inventory")["annotations"]
    assert annotations["warehouse"] == got["warehouse"]


@given(order=st.text())
def test_every_order_finds_a_warehouse_with_enough_stock(order: str) -> None:
    warehouse = inventory_service.warehouse_for(order)
    assert inventory_service.stock_of(order, warehouse=warehouse) >= 1000


@pytest.mark.parametrize("detail_type", ["Payment Processed", "Inventory Updated"])
def test_notifications_go_through_every_channel(detail_type: str) -> None:
    world = World("notification-service", "")
    got = notification_service.handle(envelope(detail_type), Context(), world.services)
    assert got["channels"] == ["email", "sms", "push"]
    main = world.documents.named("send_notifications")
    assert main["annotations"]["notification_type"] == detail_type
    for channel in got["channels"]:
        assert world.documents.named(f"send_{channel}")["parent_id"] == main["id"]


def test_nothing_is_told_about_other_events() -> None:
    world = World("notification-service", "")
    with pytest.raises(BadEventError, match="no notification for 'Order Created'"):
        notification_service.handle(envelope("Order Created"), Context(), world.services)


@pytest.mark.parametrize(
    "handle, detail_type, calls",
    [
        (payment_service.handle, "Order Created", 1),
        (inventory_service.handle, "Order Created", 1),
        (notification_service.handle, "Payment Processed", 1),
    ],
)
def test_faults_strike_an_invocation_once(
    handle: Callable[..., Any], detail_type: str, calls: int
) -> None:
    world = World("s", "s", faults='{"latency": {"distribution": "constant", "ms": 20}}')
    handle(envelope(detail_type), Context(), world.services)
    assert world.slept_s == [0.02] * calls


@pytest.mark.parametrize(
    "handle, member, value",
    [
        (payment_service.handle, "orderId", None),
        (payment_service.handle, "amount", "9"),
        (payment_service.handle, "amount", 10**400),
        (payment_service.handle, "amount", float("nan")),
        (inventory_service.handle, "quantity", 1.5),
        (inventory_service.handle, "productId", ""),
    ],
)
def test_an_event_with_a_bad_member_is_refused(
    handle: Callable[..., Any], member: str, value: Any
) -> None:
    world = World("s", "s")
    with pytest.raises(BadEventError, match=rf"detail\.{member} must be"):
        handle(envelope("Order Created", **{member: value}), Context(), world.services)
    assert world.bus.entries == []


@pytest.mark.parametrize("event", [{}, {"source": "s", "detail-type": "t", "detail": []}])
def test_what_is_no_event_is_refused(event: dict[str, Any]) -> None:
    with pytest.raises(BadEventError, match="not an EventBridge event"):
        event_from_envelope(event)


def test_an_event_keeps_what_the_services_use() -> None:
    got = event_from_envelope({"id": "e-1", **envelope("Order Created")})
    assert got == Event(source="lab", detail_type="Order Created", detail=CREATED)


def test_two_invocations_of_one_trace_keep_their_own_parents(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World("notification-service", "")
    for parent in ("a" * 16, "b" * 16):
        monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={TRACE};Parent={parent};Sampled=1")
        notification_service.handle(envelope("Payment Processed"), Context(), world.services)
    mains = [sent for sent in world.documents.sent if sent["name"] == "send_notifications"]
    assert [main["parent_id"] for main in mains] == ["a" * 16, "b" * 16]


@pytest.mark.parametrize("header", [f"Root={TRACE};Parent={INVOCATION};Sampled=0", f"Root={TRACE}"])
def test_what_is_not_sampled_is_not_sent(header: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", header)
    world = ordering()
    assert json.loads(post(world, json.dumps(CREATED))["body"])["traceId"] == TRACE
    assert world.documents.sent == []


def test_without_a_trace_the_order_is_served_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("_X_AMZN_TRACE_ID")
    world = ordering()
    assert json.loads(post(world, json.dumps(CREATED))["body"])["traceId"] == ""
    assert world.documents.sent == []


def test_outside_lambda_steps_do_nothing() -> None:
    documents, context = Documents(), LocalContext(context_missing="IGNORE_ERROR")
    recorder = the_recorder()
    recorder.configure(context=context, emitter=documents)
    with Tracer("s", recorder=recorder).subsegment("step") as step:
        step.annotate(order_id="o-1")
        step.record(request={})
        step.flag_client_error()
    assert documents.sent == []


def test_long_annotations_are_cut_to_what_is_indexed() -> None:
    world = ordering()
    with world.services.invocation("step", Context()) as invocation:
        invocation.subsegment.annotate(note="x" * 2000)
    assert world.documents.named("step")["annotations"]["note"] == "x" * 1000


@pytest.mark.parametrize(
    "header, root", [("", ""), ("Root", ""), (f"Parent=1; Root={TRACE}", TRACE)]
)
def test_the_trace_id_is_read_from_the_header(header: str, root: str) -> None:
    assert root_of(header) == root


def test_a_publisher_without_a_bus_says_which_variable_is_missing() -> None:
    with pytest.raises(RuntimeError, match="EVENT_BUS_NAME is not set"):
        publishing_services("order-service", "order.service", {})


def test_a_handler_is_set_up_once_and_not_on_import() -> None:
    made: list[Services] = []

    def set_up(_environ: Any) -> Services:
        made.append(ordering().services)
        return made[-1]

    handler = entry_point(lambda event, context, services: {"seen": event["n"]}, set_up)
    assert made == []
    assert [handler({"n": n}, Context()) for n in (1, 2)] == [{"seen": 1}, {"seen": 2}]
    assert len(made) == 1
