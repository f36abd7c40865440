"""Terraform: what it refers to exists, and Terraform itself would format it the same way."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tracing_lab import package
from tracing_lab.config import Config
from tracing_lab.errors import ConfigError, ExportError
from tracing_lab.infrastructure import export
from tracing_lab.infrastructure.bundle import Bundle
from tracing_lab.infrastructure.hcl import Block, Expression, JsonText, hcl
from tracing_lab.infrastructure.terraform import configuration
from tracing_lab.stack import Site, resources, retired

SITE = Site("123456789012", "us-east-1")


@pytest.fixture(scope="module")
def text() -> str:
    packages = package.build_all()
    config = Config(enable_dead_letter_queues=True)
    wanted = {one.logical: one for one in resources(config, SITE, packages)}
    everything = {one.logical: one for one in retired(config, SITE)} | wanted
    return configuration(list(everything.values()), SITE, Bundle("shop-dev", packages))


def declared(text: str) -> list[str]:
    found = re.findall(r'^resource "(\w+)" "(\w+)"', text, re.MULTILINE)
    return [f"{kind}.{name}" for kind, name in found]


def test_every_reference_is_to_a_declared_resource(text: str) -> None:
    code = re.sub(r'"(aws_\w+)"', "", text)  # the labels
    used = set(re.findall(r"\b(aws_[a-z_]+\.[a-z_]+)\b", code))
    data = {"aws_caller_identity.current", "aws_partition.current"}
    assert used - data <= set(declared(text))
    assert len(used) > 20


def test_every_resource_is_declared_once(text: str) -> None:
    names = declared(text)
    assert len(set(names)) == len(names) > 30


def test_users_of_a_role_wait_for_its_policy(text: str) -> None:
    pattern = r'"aws_lambda_function" "order_function" {.*?depends_on = \[(.*?)\]'
    (after,) = re.findall(pattern, text, re.DOTALL)
    assert "aws_iam_role_policy.order_role_least_privilege" in after.split(", ")


def test_no_account_is_left(text: str) -> None:
    assert "123456789012" not in text


@pytest.mark.skipif(shutil.which("terraform") is None, reason="needs Terraform")
def test_terraform_would_not_format_it_otherwise(text: str, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(text)
    command = ["terraform", "fmt", "-check", "-diff", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_text_is_never_evaluated_and_expressions_are() -> None:
    body: dict[str, Any] = {
        "plain": 'a "${b}" %{c}\n',
        "meant": Expression("var.b"),
        "policy": JsonText({"a:b": [1, True, None]}),
        "many": [{"x": 1}],
    }
    assert hcl([Block("locals", body=body)]).splitlines() == [
        "locals {",
        '  plain = "a \\"$${b}\\" %%{c}\\n"',
        "  meant = var.b",
        "  policy = jsonencode({",
        '    "a:b" = [1, true, null]',
        "  })",
        "  many = [",
        "    {",
        "      x = 1",
        "    },",
        "  ]",
        "}",
    ]


def test_an_export_replaces_its_own_zips_and_nothing_else(tmp_path: Path) -> None:
    code = tmp_path / "code"
    code.mkdir()
    old, foreign = code / f"order-{'0' * 16}.zip", code / "mine.zip"
    old.touch()
    foreign.touch()
    written = export(Config(), tmp_path, format="terraform")
    assert not old.exists()
    assert foreign.exists()
    assert [path.name for path in written[:2]] == ["main.tf", "README.md"]
    assert len(list(code.glob("*.zip"))) == 5
    assert (tmp_path / "README.md").read_text().startswith("# distributed-tracing-dev")


def test_bad_arguments_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cloudformation, sam, terraform"):
        export(Config(), tmp_path / "new", format="pulumi")
    with pytest.raises(ConfigError, match="twelve digits"):
        export(Config(), tmp_path / "new", account_id="12")
    assert not (tmp_path / "new").exists()
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match="Choose another folder"):
        export(Config(), tmp_path / "file")
