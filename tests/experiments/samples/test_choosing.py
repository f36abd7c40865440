"""Recorded orders where there is no stack, and the reason."""

from pathlib import Path

from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.experiments import samples


def test_without_a_stack_there_are_recorded_orders_and_the_reason(embedded_url: str) -> None:
    config = Config(endpoint_url=embedded_url, project_name="never-deployed")
    orders = samples.orders(config)
    assert orders.traces == samples.recorded().traces
    assert "Recorded" in orders.source
    assert "never-deployed-dev is not deployed" in orders.source


def test_without_an_aws_there_are_recorded_orders_and_the_reason() -> None:
    config = Config(endpoint_url="http://127.0.0.1:9")
    orders = samples.orders(config, aws=Aws(config, sleep=lambda seconds: None))
    assert orders.traces == samples.recorded().traces
    assert "127.0.0.1:9" in orders.source


def test_without_an_embedded_aws_there_are_recorded_orders_and_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    orders = samples.orders(Config(embedded_state_dir=tmp_path / "file"))
    assert orders.traces == samples.recorded().traces
    assert str(tmp_path / "file") in orders.source
