"""Injecting faults: checked first, set on the function, restored; a secret one; poison."""

import json
import re
from typing import Any

import pytest
from faulty_cloud import CONFIG, OTHERS, FaultyCloud, aws_of

from tracing_lab import faults
from tracing_lab.config import SERVICES
from tracing_lab.errors import AwsError, ConfigError, DeployError


def test_a_fault_is_set_beside_the_other_variables_and_waited_for() -> None:
    cloud = FaultyCloud()
    injected = faults.inject(CONFIG, "payment", aws=aws_of(cloud), error_rate=0.5, seed=3)
    assert cloud.updates == ["payment", "payment waited for"]
    assert cloud.variables["payment"] == {**OTHERS, "FAULTS": '{"error_rate": 0.5, "seed": 3}'}
    assert injected.function_name.startswith("shop-test-payment-")
    assert str(injected).startswith('payment has {"error_rate": 0.5, "seed": 3} since ')


def test_faults_of_one_service_are_replaced_and_those_of_others_stay() -> None:
    cloud = FaultyCloud()
    faults.inject(CONFIG, "payment", aws=aws_of(cloud), error_rate=0.5)
    faults.inject(CONFIG, "inventory", aws=aws_of(cloud), timeout_rate=0.1)
    faults.inject(CONFIG, "payment", aws=aws_of(cloud), latency_ms=250)
    assert faults.active(CONFIG, aws=aws_of(cloud)) == {
        "payment": {"latency": {"distribution": "constant", "ms": 250}},
        "inventory": {"timeout_rate": 0.1},
    }


def test_clear_brings_back_what_the_config_says() -> None:
    cloud = FaultyCloud()
    config = CONFIG.replace(faults={"order": {"error_rate": 0.1}})
    for service in ("order", "payment"):
        faults.inject(config, service, aws=aws_of(cloud), error_rate=1)
    assert faults.clear(config, aws=aws_of(cloud)) == ("order", "payment")
    assert faults.active(config, aws=aws_of(cloud)) == {"order": {"error_rate": 0.1}}
    cloud.updates.clear()
    assert faults.clear(config, aws=aws_of(cloud)) == ()
    assert cloud.updates == []


@pytest.mark.parametrize(
    "service, settings, part",
    [
        ("paymnt", {"error_rate": 1}, "there is no service 'paymnt'; did you mean 'payment'?"),
        ("payment", {"eror_rate": 1}, "did you mean 'error_rate'?"),
        ("payment", {"error_rate": 2}, "error_rate=2 must be a number from 0 to 1"),
        ("payment", {"latency_ms": -5}, "latency: ms=-5 must be a number"),
        ("payment", {"latency_ms": 5, "latency": {}}, "are the same setting"),
        ("payment", {}, "there is nothing to inject"),
        ("payment", {"releases": "crash"}, "did you mean 'release'?"),
        ("payment", {"release": "crsh"}, "did you mean 'crash'?"),
        ("payment", {"reserved_concurrency": -1}, "must be a whole number from 0"),
        ("payment", {"reserved_concurrency": True}, "must be a whole number from 0"),
        ("payment", {"denied": "s3:*"}, "there is no deniable action 's3:*'; choose one of"),
        ("notification", {"denied": "events:PutEvents"}, "notification publishes no events"),
        ("notification", {"lost_rate": 0.5}, "notification publishes no events, so that lost_rate"),
        ("order", {"rule": "disabled"}, "no rule feeds order; choose one of payment, inventory"),
        ("payment", {"rule": "off"}, "rule='off' must be 'disabled'"),
    ],
)
def test_what_cannot_work_is_named_before_anything_is_changed(
    service: str, settings: dict[str, Any], part: str
) -> None:
    cloud = FaultyCloud()
    before = cloud.state
    with pytest.raises(ConfigError, match=re.escape(part)) as caught:
        faults.inject(CONFIG, service, aws=aws_of(cloud), **settings)
    assert str(caught.value).startswith("Nothing was changed: ")
    assert cloud.state == before


@pytest.mark.parametrize("change", ["inject", "clear", "active"])
def test_someone_elses_function_is_left_alone(change: str) -> None:
    cloud = FaultyCloud(tags={"tracing-lab:stack": "other"})
    calls = {
        "inject": lambda: faults.inject(CONFIG, "order", aws=aws_of(cloud), error_rate=1),
        "clear": lambda: faults.clear(CONFIG, aws=aws_of(cloud)),
        "active": lambda: faults.active(CONFIG, aws=aws_of(cloud)),
    }
    with pytest.raises(DeployError, match="does not carry the tag of shop-test"):
        calls[change]()
    assert cloud.updates == []


def test_clear_of_a_service_leaves_the_others() -> None:
    cloud = FaultyCloud()
    for service in ("payment", "inventory"):
        faults.inject(CONFIG, service, aws=aws_of(cloud), error_rate=0.5)
    assert faults.clear(CONFIG, "payment", aws=aws_of(cloud)) == ("payment",)
    assert list(faults.active(CONFIG, aws=aws_of(cloud))) == ["inventory"]


def test_clear_of_a_service_that_does_not_exist_changes_nothing() -> None:
    cloud = FaultyCloud()
    faults.inject(CONFIG, "payment", aws=aws_of(cloud), error_rate=0.5)
    with pytest.raises(ConfigError, match="no service 'paymnt'; did you mean 'payment'"):
        faults.clear(CONFIG, "payment", "paymnt", aws=aws_of(cloud))
    assert list(faults.active(CONFIG, aws=aws_of(cloud))) == ["payment"]


def test_a_secret_is_injected_and_not_shown() -> None:
    cloud = FaultyCloud()
    secret = faults.inject_secret(CONFIG, seed=1, aws=aws_of(cloud))
    truth = secret.reveal()
    assert faults.active(CONFIG, aws=aws_of(cloud)) == {truth.service: truth.faults}
    assert truth.service not in repr(secret)
    assert "error" not in repr(secret)


def test_every_service_and_kind_of_fault_can_be_the_secret() -> None:
    cloud = FaultyCloud()
    drawn = set()
    for seed in range(60):
        truth = faults.inject_secret(CONFIG, seed=seed, aws=aws_of(cloud)).reveal()
        drawn.add((truth.service, min(truth.faults)))
    assert drawn == {(service, kind) for service in SERVICES for kind in ("latency", "error_rate")}


def test_poison_is_an_event_with_one_mistake_that_begins_a_trace() -> None:
    cloud = FaultyCloud()
    poison = faults.send_poison(CONFIG, aws=aws_of(cloud))
    (entry,) = cloud.entries
    assert (entry["Source"], entry["DetailType"]) == ("order.service", "Order Created")
    assert json.loads(entry["Detail"])["amount"] == "49.99"
    assert json.loads(entry["Detail"])["orderId"] == poison.order_id
    assert entry["TraceHeader"] == f"Root={poison.trace_id};Sampled=1"
    assert re.fullmatch(r"1-[0-9a-f]{8}-[0-9a-f]{24}", poison.trace_id)
    assert (poison.service, poison.event_id) == ("payment", "event-1")


def test_poison_for_a_service_that_no_events_feed_is_not_sent() -> None:
    cloud = FaultyCloud()
    with pytest.raises(ConfigError, match="Nothing was sent: there is no service fed by events"):
        faults.send_poison(CONFIG, "order", aws=aws_of(cloud))
    assert cloud.entries == []


def test_poison_that_the_bus_does_not_accept_is_an_error() -> None:
    cloud = FaultyCloud()
    failed = {"ErrorCode": "InternalFailure", "ErrorMessage": "later"}
    cloud.put_events = lambda **_: {"FailedEntryCount": 1, "Entries": [failed]}  # type: ignore[method-assign]
    with pytest.raises(AwsError, match="InternalFailure"):
        faults.send_poison(CONFIG, aws=aws_of(cloud))
