"""Config: where values come from, and which are refused."""

import pickle
from pathlib import Path
from typing import Any

import pytest

from tracing_lab.config import Config
from tracing_lab.errors import ConfigError


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_defaults_are_those_of_the_original_system() -> None:
    config = Config()
    assert (config.project_name, config.environment) == ("distributed-tracing", "dev")
    assert (config.aws_region, config.target) == ("us-east-1", "embedded")
    assert (config.lambda_timeout, config.lambda_memory_size) == (30, 128)
    assert (config.x_ray_tracing_mode, config.enable_detailed_monitoring) == ("Active", True)
    assert (config.api_gateway_stage_name, config.lambda_log_retention_days) == ("prod", 14)
    assert (config.lambda_runtime, config.tags, config.endpoint_url) == ("python3.13", {}, None)


def test_argument_beats_environment_beats_file_beats_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = 'environment = "file"\nproject_name = "file"\naws_region = "eu-west-1"\n'
    (tmp_path / "tracing_lab.toml").write_text(text)
    monkeypatch.setenv("TRACING_LAB_ENVIRONMENT", "variable")
    monkeypatch.setenv("TRACING_LAB_PROJECT_NAME", "variable")
    config = Config(project_name="argument")
    found = (config.project_name, config.environment, config.aws_region, config.lambda_timeout)
    assert found == ("argument", "variable", "eu-west-1", 30)
    assert config == Config.load(project_name="argument")


def test_file_of_a_folder_above_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tracing_lab.toml").write_text('[tags]\nOwner = "me"\n')
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    assert Config().tags == {"Owner": "me"}


@pytest.mark.parametrize(
    "name,text,value",
    [
        ("lambda_timeout", "60", 60),
        ("enable_detailed_monitoring", "off", False),
        ("tags", "Owner=me, Team=us", {"Owner": "me", "Team": "us"}),
        ("faults", '{"payment": {"error_rate": 0.1}}', {"payment": {"error_rate": 0.1}}),
        ("endpoint_url", "http://127.0.0.1:4566/", "http://127.0.0.1:4566"),
        ("endpoint_url", "", None),
        ("embedded_state_dir", "state", Path("state")),
        ("embedded_state_dir", "", None),
        ("lambda_reserved_concurrency", "order=5", {"order": 5}),
        ("x_ray_sampling_rate", "0.25", 0.25),
        ("x_ray_sampling_rate", "", None),
        ("api_allowed_cidrs", "10.0.0.0/8, ::1/128", ("10.0.0.0/8", "::1/128")),
    ],
)
def test_environment_variables_are_read_as_their_type(
    name: str, text: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"TRACING_LAB_{name.upper()}", text)
    assert getattr(Config(), name) == value


@pytest.mark.parametrize(
    "variable,text",
    [("LAMBDA_TIMEOUT", "soon"), ("ENABLE_DETAILED_MONITORING", "maybe"), ("TAGS", "Owner")],
)
def test_unreadable_environment_variable_is_named(
    variable: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"TRACING_LAB_{variable}", text)
    with pytest.raises(ConfigError, match=f"TRACING_LAB_{variable}='{text}'"):
        Config()


@pytest.mark.parametrize(
    "name,value",
    [
        ("project_name", ""),
        ("project_name", "9lives"),
        ("project_name", "has space"),
        ("project_name", "x" * 34),
        ("environment", "a/b"),
        ("aws_region", "us-east"),
        ("target", "azure"),
        ("endpoint_url", "127.0.0.1:4566"),
        ("lambda_runtime", "python3.9"),
        ("lambda_timeout", 0),
        ("lambda_timeout", 901),
        ("lambda_timeout", 30.0),
        ("lambda_timeout", True),
        ("lambda_memory_size", 127),
        ("lambda_memory_size", 10241),
        ("x_ray_tracing_mode", "active"),
        ("enable_detailed_monitoring", "yes"),
        ("enable_detailed_monitoring", 1),
        ("api_gateway_stage_name", "v1/beta"),
        ("api_gateway_stage_name", "test-invoke-stage"),
        ("lambda_log_retention_days", 15),
        ("tags", {"aws:x": "y"}),
        ("tags", {"tracing-lab:stack": "y"}),
        ("tags", {"x": "y" * 257}),
        ("tags", {"x": "ümlaut;"}),
        ("tags", {"x": "two\nlines"}),
        ("tags", {"a\ttab": "y"}),
        ("tags", {"Owner": "me", "owner": "you"}),
        ("tags", {str(number): "" for number in range(50)}),
        ("tags", ["Owner"]),
        ("faults", {"shipping": {}}),
        ("faults", {"order": "slow"}),
        ("faults", {"order": {"x": "y" * 3000}}),
        ("faults", {"order": {"x": object()}}),
        ("faults", []),
        ("embedded_port", 0),
        ("embedded_state_dir", 7),
        ("event_max_retries", 186),
        ("event_max_age_s", 59),
        ("lambda_max_retries", 3),
        ("lambda_max_event_age_s", 21601),
        ("enable_dead_letter_queues", "yes"),
        ("lambda_architecture", "arm"),
        ("lambda_reserved_concurrency", {"shipping": 1}),
        ("lambda_reserved_concurrency", {"order": -1}),
        ("lambda_reserved_concurrency", {"order": True}),
        ("lambda_reserved_concurrency", 5),
        ("log_kms_key_arn", "alias/logs"),
        ("metrics_namespace", "AWS/Lambda"),
        ("metrics_namespace", None),
        ("alarm_p95_ms", 0),
        ("alarm_email", "me"),
        ("api_throttle_rate", 10),
        ("api_throttle_burst", 10),
        ("usage_plan_quota", 0),
        ("usage_plan_quota", 10),
        ("usage_plan_quota_period", "YEAR"),
        ("api_allowed_cidrs", "10.0.0.0/8"),
        ("api_allowed_cidrs", ["10.0.0.1/8"]),
        ("api_allowed_cidrs", [7]),
        ("waf_web_acl_arn", "arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/b"),
        ("x_ray_sampling_rate", 1.5),
        ("x_ray_sampling_rate", "all"),
        ("x_ray_sampling_reservoir", -1),
    ],
)
def test_value_that_cannot_work_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ConfigError, match=name):
        Config.load(**{name: value})


@pytest.mark.parametrize(
    "values,message",
    [
        ({"enable_alarm_topic": True}, "no effect without enable_alarms"),
        ({"enable_alarms": True, "alarm_email": "a@b.c"}, "without enable_alarm_topic"),
        ({"usage_plan_quota": 9}, "no effect without enable_api_key"),
        ({"api_throttle_rate": 2.5}, "api_throttle_burst must be set together"),
        ({"api_throttle_rate": -1, "api_throttle_burst": 1}, "from 0 to 10000 requests a second"),
    ],
)
def test_option_without_what_it_needs_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Config(**values)


def test_all_problems_are_listed_at_once() -> None:
    with pytest.raises(ConfigError, match=r"aws_region.*lambda_timeout.*lambda_log_retention_days"):
        Config(aws_region="x", lambda_timeout=0, lambda_log_retention_days=2)


def test_longest_names_fit_the_limit_of_aws() -> None:
    config = Config(project_name="p" * 30, environment="e" * 6)
    assert len(f"{config.stack_name}-notification-rule-12345678") == 64
    with pytest.raises(ConfigError, match="37 characters together"):
        config.replace(environment="e" * 7)


def test_emulator_endpoint_is_refused_for_a_real_account() -> None:
    with pytest.raises(ConfigError, match="leave it out with target='aws'"):
        Config(target="aws", endpoint_url="http://127.0.0.1:4566")


def test_unknown_names_are_refused_with_the_closest_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="Did you mean 'lambda_timeout'"):
        Config.load(lamda_timeout=3)
    with pytest.raises(ConfigError, match="Did you mean 'lambda_timeout'"):
        Config().replace(timeout=3)
    monkeypatch.setenv("TRACING_LAB_LAMBDA_TIMOUT", "3")
    with pytest.raises(ConfigError, match="Did you mean 'TRACING_LAB_LAMBDA_TIMEOUT'"):
        Config()
    monkeypatch.delenv("TRACING_LAB_LAMBDA_TIMOUT")
    (tmp_path / "tracing_lab.toml").write_text('region = "eu-west-1"\n')
    with pytest.raises(ConfigError, match=r"tracing_lab\.toml.*Did you mean 'aws_region'"):
        Config()


def test_variables_of_other_programs_are_none_of_our_business(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TRACING_LAB_TEST_AWS", "1")
    assert Config().target == "embedded"


def test_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "tracing_lab.toml").write_text("project_name = \n")
    with pytest.raises(ConfigError, match=r"tracing_lab\.toml cannot be read as TOML"):
        Config()


def test_lists_of_a_file_count_as_those_of_an_argument(tmp_path: Path) -> None:
    (tmp_path / "tracing_lab.toml").write_text('api_allowed_cidrs = ["10.0.0.0/8"]\n')
    assert Config() == Config(api_allowed_cidrs=("10.0.0.0/8",))
    assert Config().origins()["api_allowed_cidrs"] == str(tmp_path / "tracing_lab.toml")


def test_file_value_of_the_wrong_type_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tracing_lab.toml").write_text('lambda_timeout = "30"\n')
    with pytest.raises(ConfigError, match="lambda_timeout='30' must be a whole number"):
        Config()


def test_replace_keeps_everything_else_and_changes_nothing() -> None:
    config = Config(project_name="shop", tags={"Owner": "me"})
    other = config.replace(environment="test")
    assert (other.project_name, other.environment, other.tags) == ("shop", "test", config.tags)
    assert config.environment == "dev"


def test_mappings_are_copies() -> None:
    tags = {"Owner": "me"}
    config = Config(tags=tags)
    tags["Owner"] = "you"
    assert config.tags == {"Owner": "me"}


def test_equal_configs_hash_alike_and_survive_pickling() -> None:
    config = Config(tags={"Owner": "me"})
    copy = pickle.loads(pickle.dumps(config))  # noqa: S301 - our own bytes
    assert copy == config
    assert hash(copy) == hash(config)


def test_tables_show_each_value_and_its_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACING_LAB_ENVIRONMENT", "test")
    config = Config(project_name="shop")
    rows = [line.split() for line in str(config).splitlines()]
    assert ["project_name", "shop", "argument"] in rows
    assert ["environment", "test", "TRACING_LAB_ENVIRONMENT"] in rows
    assert ["lambda_timeout", "30", "default"] in rows
    assert "<td>environment</td><td>test</td>" in config._repr_html_()


def test_password_of_an_endpoint_is_not_shown() -> None:
    config = Config(endpoint_url="http://me:secret@127.0.0.1:4566")
    assert "secret" not in str(config)
