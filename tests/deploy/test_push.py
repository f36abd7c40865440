"""Pushing code: only what differs, only what is ours, and again at every change."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tracing_lab import package
from tracing_lab.aws import Aws
from tracing_lab.cli import main
from tracing_lab.config import SERVICES, Config
from tracing_lab.deploy import push as pushing
from tracing_lab.errors import ConfigError, DeployError, PackageError
from tracing_lab.package import code_sha256

CONFIG = Config(endpoint_url="http://127.0.0.1:9", project_name="shop", environment="test")
OWN = {"tracing-lab:stack": "shop-test"}


class FakeLambda:
    """Functions that were deployed from some packages."""

    def __init__(self, sources: Path, tags: dict[str, str]) -> None:
        built = package.build_all(source_dir=sources)
        self.deployed = {service: one.sha256_base64 for service, one in built.items()}
        self.tags = tags
        self.updated: list[str] = []

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/me"}

    def get_function(self, *, FunctionName: str) -> dict[str, Any]:  # noqa: N803 - boto3's
        service = FunctionName.split("-")[2]
        return {"Configuration": {"CodeSha256": self.deployed[service]}, "Tags": self.tags}

    def update_function_code(self, *, FunctionName: str, ZipFile: bytes) -> dict[str, Any]:  # noqa: N803
        service = FunctionName.split("-")[2]
        self.deployed[service] = code_sha256(ZipFile)
        self.updated.append(service)
        return {}


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    return shutil.copytree(package.default_source_dir(), tmp_path / "src")


def fake(sources: Path, tags: dict[str, str] | None = None) -> tuple[FakeLambda, Aws]:
    lambda_ = FakeLambda(sources, OWN if tags is None else tags)
    return lambda_, Aws(CONFIG, client_factory=lambda _service: lambda_)


def edit(path: Path) -> None:
    path.write_text(path.read_text() + "\n# edited\n")


def test_only_the_edited_function_is_updated(sources: Path) -> None:
    lambda_, aws = fake(sources)
    edit(sources / "payment_service.py")
    pushed = pushing.push(CONFIG, source_dir=sources, aws=aws)
    assert [(one.service, one.changed) for one in pushed] == [
        ("order", False),
        ("payment", True),
        ("inventory", False),
        ("notification", False),
    ]
    assert lambda_.updated == ["payment"]
    assert str(pushed[0]) == "order is up to date"
    again = pushing.push(CONFIG, source_dir=sources, aws=aws)
    assert not any(one.changed for one in again)


def test_a_shared_module_updates_all(sources: Path) -> None:
    lambda_, aws = fake(sources)
    edit(sources / "shop" / "orders.py")
    pushing.push(CONFIG, source_dir=sources, aws=aws)
    assert sorted(lambda_.updated) == sorted(SERVICES)


def test_named_services_alone_are_looked_at(sources: Path) -> None:
    lambda_, aws = fake(sources)
    edit(sources / "shop" / "orders.py")
    pushed = pushing.push(CONFIG, ["inventory"], source_dir=sources, aws=aws)
    assert [one.service for one in pushed] == lambda_.updated == ["inventory"]


def test_someone_elses_function_is_left_alone(sources: Path) -> None:
    lambda_, aws = fake(sources, tags={"tracing-lab:stack": "other"})
    edit(sources / "order_service.py")
    with pytest.raises(DeployError, match="does not carry the tag of shop-test"):
        pushing.push(CONFIG, ["order"], source_dir=sources, aws=aws)
    assert lambda_.updated == []


def test_bad_input_is_refused_before_anything_is_pushed(sources: Path) -> None:
    lambda_, aws = fake(sources)
    with pytest.raises(ConfigError, match="'shipping' is not a service"):
        pushing.push(CONFIG, ["shipping"], source_dir=sources, aws=aws)
    (sources / "order_service.py").write_text("def broken(:\n")
    with pytest.raises(PackageError, match=r"order_service\.py, line 1"):
        pushing.push(CONFIG, source_dir=sources, aws=aws)
    (sources / "order_service.py").write_text("")
    (sources / "shop" / "orders.py").write_text("def broken(:\n")
    with pytest.raises(PackageError, match=r"shop/orders\.py, line 1"):
        pushing.push(CONFIG, source_dir=sources, aws=aws)
    assert lambda_.updated == []


def test_a_change_of_a_shared_module_is_noticed(sources: Path) -> None:
    before = pushing.snapshot(sources)
    edit(sources / "shop" / "orders.py")
    after = pushing.snapshot(sources)
    assert {name for name in after if after[name] != before[name]} == {"shop/orders.py"}


def test_a_watch_pushes_at_every_change_and_survives_broken_code(sources: Path) -> None:
    lambda_, aws = fake(sources)
    stop, handler = threading.Event(), sources / "order_service.py"
    right = handler.read_text()
    changes: list[Callable[[], object]] = [
        lambda: handler.write_text("def broken(:\n"),
        lambda: handler.write_text(right + "\n# mended\n"),
        stop.set,
    ]
    outcomes = []
    for outcome in pushing.watch(CONFIG, source_dir=sources, aws=aws, stop=stop):
        outcomes.append(outcome)
        changes.pop(0)()
    first, broken, mended = outcomes
    assert isinstance(first, tuple)
    assert not any(one.changed for one in first)
    assert isinstance(broken, PackageError)
    assert isinstance(mended, tuple)
    assert [one.service for one in mended if one.changed] == lambda_.updated == ["order"]


def test_the_command_refuses_an_unknown_service(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["push", "shipping"]) == 1
    assert "not a service" in capsys.readouterr().err
