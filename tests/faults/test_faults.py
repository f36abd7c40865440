"""Injecting faults: checked first, set on the function, restored; a secret one; poison."""

import json
import re
from typing import Any

import pytest

from tracing_lab import faults
from tracing_lab.aws import Aws
from tracing_lab.config import SERVICES, Config
from tracing_lab.errors import AwsError, ConfigError, DeployError

CONFIG = Config(endpoint_url="http://127.0.0.1:9", project_name="shop", environment="test")
OWN = {"tracing-lab:stack": "shop-test"}
OTHERS = {"LOG_LEVEL": "INFO", "EVENT_BUS_NAME": "bus"}


class FakeCloud:
    """Four functions with variables, and a bus that keeps what it accepts."""

    def __init__(self, tags: dict[str, str] | None = None) -> None:
        self.tags = OWN if tags is None else tags
        self.variables = {service: dict(OTHERS) for service in SERVICES}
        self.updates: list[str] = []
        self.entries: list[dict[str, Any]] = []

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/me"}

    def get_function(self, *, FunctionName: str) -> dict[str, Any]:  # noqa: N803 - boto3's
        environment = {"Variables": dict(self.variables[FunctionName.split("-")[2]])}
        return {"Configuration": {"Environment": environment}, "Tags": self.tags}

    def update_function_configuration(
        self,
        *,
        FunctionName: str,  # noqa: N803 - boto3's
        Environment: dict[str, dict[str, str]],  # noqa: N803 - boto3's
    ) -> dict[str, Any]:
        service = FunctionName.split("-")[2]
        self.variables[service] = Environment["Variables"]
        self.updates.append(service)
        return {"LastUpdateStatus": "InProgress"}

    def get_function_configuration(self, *, FunctionName: str) -> dict[str, Any]:  # noqa: N803
        self.updates.append(f"{FunctionName.split('-')[2]} waited for")
        return {"LastUpdateStatus": "Successful"}

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.entries += Entries
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "event-1"}]}


def aws_of(cloud: FakeCloud) -> Aws:
    return Aws(CONFIG, client_factory=lambda _service: cloud, sleep=lambda _seconds: None)


def test_a_fault_is_set_beside_the_other_variables_and_waited_for() -> None:
    cloud = FakeCloud()
    injected = faults.inject(CONFIG, "payment", aws=aws_of(cloud), error_rate=0.5, seed=3)
    assert cloud.updates == ["payment", "payment waited for"]
    assert cloud.variables["payment"] == {**OTHERS, "FAULTS": '{"error_rate": 0.5, "seed": 3}'}
    assert injected.function_name.startswith("shop-test-payment-")
    assert str(injected).startswith('payment has {"error_rate": 0.5, "seed": 3} since ')


def test_faults_of_one_service_are_replaced_and_those_of_others_stay() -> None:
    cloud = FakeCloud()
    faults.inject(CONFIG, "payment", aws=aws_of(cloud), error_rate=0.5)
    faults.inject(CONFIG, "inventory", aws=aws_of(cloud), timeout_rate=0.1)
    faults.inject(CONFIG, "payment", aws=aws_of(cloud), latency_ms=250)
    assert faults.active(CONFIG, aws=aws_of(cloud)) == {
        "payment": {"latency": {"distribution": "constant", "ms": 250}},
        "inventory": {"timeout_rate": 0.1},
    }


def test_clear_brings_back_what_the_config_says() -> None:
    cloud = FakeCloud()
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
    ],
)
def test_what_cannot_work_is_named_before_anything_is_changed(
    service: str, settings: dict[str, Any], part: str
) -> None:
    cloud = FakeCloud()
    with pytest.raises(ConfigError, match=re.escape(part)) as caught:
        faults.inject(CONFIG, service, aws=aws_of(cloud), **settings)
    assert str(caught.value).startswith("Nothing was changed: ")
    assert cloud.updates == []


@pytest.mark.parametrize("change", ["inject", "clear", "active"])
def test_someone_elses_function_is_left_alone(change: str) -> None:
    cloud = FakeCloud(tags={"tracing-lab:stack": "other"})
    calls = {
        "inject": lambda: faults.inject(CONFIG, "order", aws=aws_of(cloud), error_rate=1),
        "clear": lambda: faults.clear(CONFIG, aws=aws_of(cloud)),
        "active": lambda: faults.active(CONFIG, aws=aws_of(cloud)),
    }
    with pytest.raises(DeployError, match="does not carry the tag of shop-test"):
        calls[change]()
    assert cloud.updates == []


def test_clear_of_a_service_leaves_the_others() -> None:
    cloud = FakeCloud()
    for service in ("payment", "inventory"):
        faults.inject(CONFIG, service, aws=aws_of(cloud), error_rate=0.5)
    assert faults.clear(CONFIG, "payment", aws=aws_of(cloud)) == ("payment",)
    assert list(faults.active(CONFIG, aws=aws_of(cloud))) == ["inventory"]


def test_clear_of_a_service_that_does_not_exist_changes_nothing() -> None:
    cloud = FakeCloud()
    faults.inject(CONFIG, "payment", aws=aws_of(cloud), error_rate=0.5)
    with pytest.raises(ConfigError, match="no service 'paymnt'; did you mean 'payment'"):
        faults.clear(CONFIG, "payment", "paymnt", aws=aws_of(cloud))
    assert list(faults.active(CONFIG, aws=aws_of(cloud))) == ["payment"]


def test_a_secret_is_injected_and_not_shown() -> None:
    cloud = FakeCloud()
    secret = faults.inject_secret(CONFIG, seed=1, aws=aws_of(cloud))
    truth = secret.reveal()
    assert faults.active(CONFIG, aws=aws_of(cloud)) == {truth.service: truth.faults}
    assert truth.service not in repr(secret)
    assert "error" not in repr(secret)


def test_every_service_and_kind_of_fault_can_be_the_secret() -> None:
    cloud = FakeCloud()
    drawn = set()
    for seed in range(60):
        truth = faults.inject_secret(CONFIG, seed=seed, aws=aws_of(cloud)).reveal()
        drawn.add((truth.service, min(truth.faults)))
    assert drawn == {(service, kind) for service in SERVICES for kind in ("latency", "error_rate")}


def test_poison_is_an_event_with_one_mistake_that_begins_a_trace() -> None:
    cloud = FakeCloud()
    poison = faults.send_poison(CONFIG, aws=aws_of(cloud))
    (entry,) = cloud.entries
    assert (entry["Source"], entry["DetailType"]) == ("order.service", "Order Created")
    assert json.loads(entry["Detail"])["amount"] == "49.99"
    assert json.loads(entry["Detail"])["orderId"] == poison.order_id
    assert entry["TraceHeader"] == f"Root={poison.trace_id};Sampled=1"
    assert re.fullmatch(r"1-[0-9a-f]{8}-[0-9a-f]{24}", poison.trace_id)
    assert (poison.service, poison.event_id) == ("payment", "event-1")


def test_poison_for_a_service_that_no_events_feed_is_not_sent() -> None:
    cloud = FakeCloud()
    with pytest.raises(ConfigError, match="Nothing was sent: there is no service fed by events"):
        faults.send_poison(CONFIG, "order", aws=aws_of(cloud))
    assert cloud.entries == []


def test_poison_that_the_bus_does_not_accept_is_an_error() -> None:
    cloud = FakeCloud()
    failed = {"ErrorCode": "InternalFailure", "ErrorMessage": "later"}
    cloud.put_events = lambda **_: {"FailedEntryCount": 1, "Entries": [failed]}  # type: ignore[method-assign]
    with pytest.raises(AwsError, match="InternalFailure"):
        faults.send_poison(CONFIG, aws=aws_of(cloud))
