"""What the handlers share, in memory: the invocation's frame, events, simulated work."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from aws_lambda_powertools import Logger, Metrics
from aws_xray_sdk.core import xray_recorder
from hypothesis import given, strategies as st

from shop.event_details import BadEventError, detail_of
from shop.invocation import annotated_errors, service, trace_id
from shop.notifications import template_for
from shop.payments import payment_for
from shop.publishing import EventBus, PublishError
from shop.stock import WAREHOUSES, reservation_for, stock_of, warehouse_for

TRACE = "1-6b042ac0-5d09aa705e56bbd015254801"
ORDER = {"orderId": "o-1", "customerId": "c-1", "productId": "12345", "quantity": 2, "amount": 9.5}
ENVELOPE = {"source": "order.service", "detail-type": "Order Created", "detail": ORDER}


class Client:
    """Stands in for a boto3 client of EventBridge."""

    def __init__(self, *entries: dict[str, Any], failed: int = 0) -> None:
        self.answer = {"FailedEntryCount": failed, "Entries": list(entries)}
        self.sent: list[dict[str, Any]] = []

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's
        self.sent += Entries
        return self.answer


class Subsegment:
    """Stands in for the SDK's subsegment."""

    def __init__(self) -> None:
        self.annotations: dict[str, Any] = {}

    def put_annotation(self, key: str, value: Any) -> None:
        self.annotations[key] = value


class Context:
    """Stands in for Lambda's context object."""

    aws_request_id = "r-1"


@pytest.fixture(scope="module", autouse=True)
def closed_emitter() -> Iterator[None]:
    yield
    xray_recorder.emitter._socket.close()  # the SDK never does


def bus(
    client: Any,
    environ: Mapping[str, str] | None = None,
    copies: Callable[[str], int] | None = None,
) -> EventBus:
    named = {"EVENT_BUS_NAME": "lab-bus"} if environ is None else environ
    return EventBus(client, source="order.service", copies=copies, environ=named)


def test_an_event_is_put_on_the_bus() -> None:
    client = Client({"EventId": "e-1"})
    assert bus(client).publish("Order Created", ORDER) == "e-1"
    (entry,) = client.sent
    assert json.loads(entry.pop("Detail")) == ORDER
    assert entry == {
        "EventBusName": "lab-bus",
        "Source": "order.service",
        "DetailType": "Order Created",
    }


@pytest.mark.parametrize("copies, event_id", [(0, ""), (1, "e-1"), (2, "e-1")])
def test_a_fault_loses_or_repeats_the_event_of_an_order(copies: int, event_id: str) -> None:
    client, asked = Client({"EventId": "e-1"}), []

    def copies_of(order_id: str) -> int:
        asked.append(order_id)
        return copies

    assert bus(client, copies=copies_of).publish("Order Created", ORDER) == event_id
    assert len(client.sent) == copies
    assert asked == [ORDER["orderId"]]


@pytest.mark.parametrize(
    "client, reason",
    [
        (Client({"ErrorCode": "Throttled", "ErrorMessage": "slow down"}, failed=1), "Throttled: s"),
        (Client({"ErrorCode": "InternalFailure"}), "InternalFailure: "),
        (Client(), "Unknown: "),
    ],
)
def test_an_event_that_is_not_accepted_is_an_error(client: Client, reason: str) -> None:
    with pytest.raises(PublishError, match=rf"not accepted by the bus lab-bus \({reason}"):
        bus(client).publish("Order Created", ORDER)


@pytest.mark.parametrize("environ", [{}, {"EVENT_BUS_NAME": ""}])
def test_a_bus_without_a_name_says_which_variable_is_missing(environ: dict[str, str]) -> None:
    with pytest.raises(RuntimeError, match="EVENT_BUS_NAME is not set; add the bus's name"):
        bus(Client(), environ)


def test_a_detail_is_reduced_to_what_is_named() -> None:
    assert detail_of(ENVELOPE, orderId=str, quantity=int) == {"orderId": "o-1", "quantity": 2}


def test_a_number_may_come_as_an_integer() -> None:
    amount = detail_of({**ENVELOPE, "detail": {"amount": 9}}, amount=float)["amount"]
    assert (amount, type(amount)) == (9.0, float)


@pytest.mark.parametrize(
    "kind, value, wanted",
    [
        (str, None, "a string of 1 to 1000 characters"),
        (str, "", "a string"),
        (str, 7, "a string"),
        (str, "x" * 1001, "a string"),
        (int, 1.0, "an integer"),
        (int, True, "an integer"),
        (int, "1", "an integer"),
        (float, "9", "a finite number"),
        (float, True, "a finite number"),
        (float, 10**400, "a finite number"),
        (float, float("nan"), "a finite number"),
        (float, float("inf"), "a finite number"),
    ],
)
def test_a_bad_member_is_named_with_its_event(kind: Any, value: Any, wanted: str) -> None:
    message = rf"event 'Order Created' of 'order.service': detail\.it must be {wanted}"
    with pytest.raises(BadEventError, match=message):
        detail_of({**ENVELOPE, "detail": {"it": value}}, it=kind)


def test_a_missing_member_is_refused() -> None:
    with pytest.raises(BadEventError, match=r"detail\.missing must be"):
        detail_of(ENVELOPE, missing=str)


@pytest.mark.parametrize(
    "change", [{"source": None}, {"detail-type": 7}, {"detail-type": ""}, {"detail": []}]
)
def test_what_is_no_event_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadEventError, match="not an EventBridge event"):
        detail_of({**ENVELOPE, **change})


@given(order=st.text())
def test_every_order_finds_a_warehouse_with_enough_stock(order: str) -> None:
    reservation = reservation_for({**ORDER, "orderId": order, "quantity": 1000})
    assert reservation["warehouse"] == warehouse_for(order)
    assert reservation["warehouse"] in WAREHOUSES
    assert reservation["remaining"] >= 0


def test_a_reservation_takes_pieces_from_the_stock() -> None:
    reservation = reservation_for(ORDER)
    stock = stock_of("12345", warehouse=reservation["warehouse"])
    assert reservation["remaining"] == stock - 2


@given(order=st.text(), other=st.text())
def test_a_payment_belongs_to_its_order_alone(order: str, other: str) -> None:
    first, second = (payment_for({**ORDER, "orderId": name}) for name in (order, other))
    assert (first["paymentId"] == second["paymentId"]) is (order == other)
    assert first == payment_for({**ORDER, "orderId": order})


def test_there_is_no_text_for_other_events() -> None:
    with pytest.raises(BadEventError, match="no notification for 'Order Created'"):
        template_for("Order Created")


def test_an_error_is_annotated_and_goes_on() -> None:
    step = Subsegment()
    with pytest.raises(KeyError), annotated_errors(step):
        raise KeyError
    assert step.annotations == {"error": "KeyError"}


def test_work_without_an_error_is_not_annotated() -> None:
    step = Subsegment()
    with annotated_errors(step):
        pass
    assert step.annotations == {}


@pytest.mark.parametrize(
    "header, root", [("", ""), ("Root", ""), (f"Parent=1;Root={TRACE}", TRACE)]
)
def test_the_trace_id_is_read_from_the_header(
    header: str, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", header)
    assert trace_id() == root


def test_a_failing_invocation_keeps_the_metrics_of_the_ones_before_apart(
    capsys: pytest.CaptureFixture[str],
) -> None:
    # GIVEN a handler that counts, and fails now and then
    metrics = Metrics(service="s", namespace="n")

    @service(Logger(service="s"), metrics)
    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        if event["fails"]:
            raise ValueError
        metrics.add_metric("Done", "Count", 1)
        return {}

    # WHEN it fails between two successes
    handler({"fails": False}, Context())
    with pytest.raises(ValueError):  # noqa: PT011 - the handler's own
        handler({"fails": True}, Context())
    handler({"fails": False}, Context())
    # THEN each success counts once, and the failure not at all
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["Done"] for line in lines if "_aws" in line] == [[1.0], [1.0]]
