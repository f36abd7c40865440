"""The variables that point the aws command and boto3 at a config's AWS."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tracing_lab import Config
from tracing_lab.aws import environment
from tracing_lab.embedded import lifecycle

PROGRAMS = str(Path(sys.executable).parent)


def refuse(**_: Any) -> lifecycle.EmbeddedStatus:
    pytest.fail("started an embedded AWS")


def test_an_emulator_gets_its_endpoint_and_dummy_credentials() -> None:
    config = Config(endpoint_url="http://127.0.0.1:9", aws_region="eu-west-1")
    made = environment(config, environ={"PATH": "/bin"}, ensure_running=refuse)
    assert made == {
        "PATH": f"{PROGRAMS}{os.pathsep}/bin",
        "AWS_PAGER": "",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_REGION": "eu-west-1",
    }


def test_a_real_account_keeps_the_credentials_of_the_user() -> None:
    made = environment(Config(target="aws", aws_region="eu-west-1"), environ={})
    assert made == {
        "PATH": PROGRAMS,
        "AWS_PAGER": "",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_REGION": "eu-west-1",
    }


def test_the_plain_command_reaches_the_embedded_aws(embedded_url: str) -> None:
    config = Config(endpoint_url=embedded_url, aws_region="ap-northeast-3")  # no other test's
    variables = {**os.environ, **environment(config)}
    command = ["aws", "xray", "get-sampling-rules", "--query", "length(SamplingRuleRecords)"]
    done = subprocess.run(
        command, env=variables, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "1"


def test_the_embedded_aws_is_started_where_the_config_says(tmp_path: Path) -> None:
    asked: list[dict[str, Any]] = []

    def ensure_running(**arguments: Any) -> Any:
        asked.append(arguments)
        return lifecycle.EmbeddedStatus("http://127.0.0.1:1", 1, 1, "0", 0.0, tmp_path)

    config = Config(embedded_port=1, embedded_state_dir=tmp_path)
    made = environment(config, ensure_running=ensure_running)
    assert made["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert asked == [{"port": 1, "state_dir": tmp_path}]
