"""Terraform: what it refers to exists, and Terraform itself would format it the same way."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tracing_lab import package
from tracing_lab.cli import main
from tracing_lab.config import Config
from tracing_lab.errors import ConfigError, ExportError
from tracing_lab.infrastructure import export
from tracing_lab.infrastructure.bundle import Bundle
from tracing_lab.infrastructure.hcl import Block, Expression, JsonText, hcl
from tracing_lab.infrastructure.terraform import configuration
from tracing_lab.infrastructure.terraform_types import blocks
from tracing_lab.stack import Resource, Site, resources, retired

SITE = Site("123456789012", "us-east-1")
# Arguments of the provider's resources that we know of, required ones first, then ";", then nested
# blocks in brackets (registry.terraform.io/providers/hashicorp/aws/latest/docs, read 2026-11).
ARGUMENTS = {
    "aws_api_gateway_account": "; cloudwatch_role_arn",
    "aws_api_gateway_api_key": "name; description enabled tags value",
    "aws_api_gateway_deployment": "rest_api_id; description triggers [lifecycle]",
    "aws_api_gateway_method_settings": "method_path rest_api_id stage_name; [settings]",
    "aws_api_gateway_rest_api": "name; body description policy tags [endpoint_configuration]",
    "aws_api_gateway_stage": (
        "deployment_id rest_api_id stage_name; description tags variables xray_tracing_enabled "
        "[access_log_settings]"
    ),
    "aws_api_gateway_usage_plan": (
        "name; description tags [api_stages] [quota_settings] [throttle_settings]"
    ),
    "aws_api_gateway_usage_plan_key": "key_id key_type usage_plan_id;",
    "aws_cloudwatch_dashboard": "dashboard_body dashboard_name;",
    "aws_cloudwatch_event_bus": "name; description tags",
    "aws_cloudwatch_event_rule": "; description event_bus_name event_pattern name state tags",
    "aws_cloudwatch_event_target": (
        "arn rule; event_bus_name role_arn target_id [dead_letter_config] [retry_policy]"
    ),
    "aws_cloudwatch_log_group": "; kms_key_id name retention_in_days tags",
    "aws_cloudwatch_metric_alarm": (
        "alarm_name comparison_operator evaluation_periods; actions_enabled alarm_actions "
        "alarm_description dimensions evaluate_low_sample_count_percentiles extended_statistic "
        "metric_name namespace ok_actions period statistic tags threshold treat_missing_data"
    ),
    "aws_iam_role": "assume_role_policy; description name tags",
    "aws_iam_role_policy": "policy role; name",
    "aws_lambda_function": (
        "function_name role; architectures filename handler layers memory_size "
        "reserved_concurrent_executions runtime source_code_hash tags timeout "
        "[dead_letter_config] [environment] [ephemeral_storage] [tracing_config]"
    ),
    "aws_lambda_function_event_invoke_config": (
        "function_name; maximum_event_age_in_seconds maximum_retry_attempts qualifier"
    ),
    "aws_lambda_layer_version": "layer_name; description filename source_code_hash",
    "aws_lambda_permission": "action function_name principal; source_arn statement_id",
    "aws_sns_topic": "; name tags",
    "aws_sns_topic_subscription": "endpoint protocol topic_arn;",
    "aws_sqs_queue": "; message_retention_seconds name tags",
    "aws_sqs_queue_policy": "policy queue_url;",
    "aws_wafv2_web_acl_association": "resource_arn web_acl_arn;",
    "aws_xray_group": "filter_expression group_name; tags",
    "aws_xray_sampling_rule": (
        "fixed_rate host http_method priority reservoir_size resource_arn service_name "
        "service_type url_path version; attributes rule_name tags"
    ),
}


LAYER = b"a layer's zip"


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return Bundle("shop-dev", package.build_all(), LAYER)


@pytest.fixture(scope="module")
def everything(bundle: Bundle) -> list[Resource]:
    """All that any settings can ask for."""
    config = Config(
        enable_dead_letter_queues=True,
        api_allowed_cidrs=("203.0.113.0/24",),
        api_throttle_burst=20,
        api_throttle_rate=10,
        enable_request_validation=True,
        event_max_retries=3,
        tracer="opentelemetry",
    )
    layer = package.code_sha256(LAYER)
    made = resources(config, SITE, bundle.packages, layer_sha256=layer)
    wanted = {one.logical: one for one in made}
    return list(({one.logical: one for one in retired(config, SITE)} | wanted).values())


@pytest.fixture(scope="module")
def text(everything: list[Resource], bundle: Bundle) -> str:
    return configuration(everything, SITE, bundle)


def declared(text: str) -> list[str]:
    found = re.findall(r'^resource "(\w+)" "(\w+)"', text, re.MULTILINE)
    return [f"{kind}.{name}" for kind, name in found]


def test_every_reference_is_to_a_declared_resource(text: str) -> None:
    code = re.sub(r'"(aws_\w+)"', "", text)  # the labels
    used = set(re.findall(r"\b(aws_[a-z_]+\.[a-z_]+)\b", code))
    data = {"aws_caller_identity.current", "aws_partition.current"}
    assert used - data <= set(declared(text))
    assert len(used) > 20


def test_every_argument_is_one_that_the_provider_has(
    everything: list[Resource], bundle: Bundle
) -> None:
    made = [block for resource in everything for block in blocks(resource, bundle)]
    for block in made:
        required, _, others = ARGUMENTS[block.labels[0]].partition(";")
        given = {*block.body, *(f"[{one.kind}]" for one in block.blocks)}
        assert set(required.split()) <= given, block.labels
        assert given <= {*required.split(), *others.split()}, block.labels
    assert {block.labels[0] for block in made} == set(ARGUMENTS)


def test_every_resource_is_declared_once(text: str) -> None:
    names = declared(text)
    assert len(set(names)) == len(names) > 30


def test_users_of_a_role_wait_for_its_policy(text: str) -> None:
    pattern = r'"aws_lambda_function" "order_function" {.*?depends_on = \[(.*?)\]'
    (after,) = re.findall(pattern, text, re.DOTALL)
    assert "aws_iam_role_policy.order_role_least_privilege" in after.split(", ")


def test_no_account_is_left_but_in_arns_that_the_user_set(text: str) -> None:
    with_account = [line for line in text.splitlines() if "123456789012" in line]
    assert [line.split()[0] for line in with_account] == ["web_acl_arn"]


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


def test_the_command_writes_and_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "--format", "sam", "--out", str(tmp_path), "--keep-log-role"]) == 0
    assert f"{tmp_path / 'README.md'} says how to deploy it." in capsys.readouterr().out
    template = json.loads((tmp_path / "template.json").read_text())
    assert "ApiAccount" not in template["Resources"]
    assert main(["export", "--out", str(tmp_path), "--account-id", "1"]) == 1


def test_bad_arguments_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cloudformation, sam, terraform"):
        export(Config(), tmp_path / "new", format="pulumi")
    with pytest.raises(ConfigError, match="twelve digits"):
        export(Config(), tmp_path / "new", account_id="12")
    assert not (tmp_path / "new").exists()
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match="Choose another folder"):
        export(Config(), tmp_path / "file")
