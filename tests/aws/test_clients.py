"""Endpoints, credentials and sharing of boto3's clients."""

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fake_clients import EMULATOR

from tracing_lab.aws import Aws, Clients, connect
from tracing_lab.config import Config
from tracing_lab.errors import CredentialsError


def test_embedded_target_is_started_where_the_config_says() -> None:
    asked: list[dict[str, Any]] = []

    def ensure_running(**arguments: Any) -> Any:
        asked.append(arguments)
        return SimpleNamespace(endpoint_url="http://127.0.0.1:5000")

    folder = Path("state")
    config = Config(embedded_port=5000, embedded_state_dir=folder)
    assert connect(config, ensure_running=ensure_running).endpoint_url == "http://127.0.0.1:5000"
    assert asked == [{"port": 5000, "state_dir": folder}]


def test_other_emulator_starts_nothing() -> None:
    clients = connect(EMULATOR, ensure_running=lambda **_: pytest.fail("started"))
    assert clients.endpoint_url == "http://127.0.0.1:9"


def test_emulator_never_sees_the_users_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "missing"))
    client = connect(EMULATOR)("sts")
    credentials = client._request_signer._credentials.get_frozen_credentials()
    assert (credentials.access_key, credentials.token) == ("test", None)
    assert client.meta.endpoint_url == "http://127.0.0.1:9"


def test_sessions_share_what_was_read_of_services() -> None:
    loaders = [connect(EMULATOR)._session._session.get_component("data_loader") for _ in range(2)]
    assert loaders[0] is loaders[1]
    paths = loaders[0].search_paths
    connect(EMULATOR)
    assert loaders[0].search_paths == paths  # no session leaves anything behind


def test_real_account_ignores_an_emulators_endpoint_in_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    client = connect(Config(target="aws", aws_region="eu-west-1"))("xray")
    assert client.meta.endpoint_url == "https://xray.eu-west-1.amazonaws.com"
    assert client._request_signer._credentials.access_key == "AKIAREAL"


def test_missing_profile_of_a_real_account_is_a_credentials_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    with pytest.raises(CredentialsError, match="no-such-profile"):
        connect(Config(target="aws"))


def test_missing_credentials_of_a_real_account_are_a_credentials_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "missing"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "missing"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(CredentialsError, match="aws sso login"):
        Aws(Config(target="aws")).sts.caller_identity()


def test_each_client_is_made_once_for_all_threads() -> None:
    made: list[str] = []

    class Session:
        def client(self, service: str, **settings: Any) -> str:
            made.append(service)
            return service

    clients = Clients(Session())
    threads = [threading.Thread(target=clients, args=("iam",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clients("logs") == "logs"
    assert sorted(made) == ["iam", "logs"]
