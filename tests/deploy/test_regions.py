"""Several regions with one call."""

from collections.abc import Callable
from threading import Barrier
from typing import Any

import pytest

from tracing_lab import deploy
from tracing_lab.cli import main
from tracing_lab.config import Config
from tracing_lab.errors import ConfigError, DeployError

CONFIGS = Config(project_name="shop").in_regions("us-east-1", "eu-west-1")


def no_aws(config: Config) -> Any:
    return f"aws of {config.aws_region}"


def in_all(verb: Callable[..., Any], configs: Any = CONFIGS, **options: Any) -> dict[str, Any]:
    return deploy.in_all(verb, configs, make_aws=no_aws, **options)


def test_config_is_the_same_but_for_the_region() -> None:
    assert [config.aws_region for config in CONFIGS] == ["us-east-1", "eu-west-1"]
    assert CONFIGS[1].replace(aws_region="us-east-1") == CONFIGS[0]
    with pytest.raises(ConfigError, match="aws_region='mars'"):
        Config().in_regions("us-east-1", "mars")


def test_regions_are_served_at_the_same_time_and_results_come_in_order() -> None:
    together = Barrier(2, timeout=60)

    def verb(config: Config, *, aws: Any, confirm: bool) -> tuple[Any, bool]:
        together.wait()
        return aws, confirm

    found = in_all(verb, confirm=True)
    expected = {region: (f"aws of {region}", True) for region in ("us-east-1", "eu-west-1")}
    assert list(found.items()) == list(expected.items())


def test_failure_of_one_region_is_named_and_the_others_are_done() -> None:
    done = []

    def verb(config: Config, *, aws: Any) -> None:
        if config.aws_region == "us-east-1":
            msg = "no quota left"
            raise DeployError(msg)
        done.append(config.aws_region)

    with pytest.raises(DeployError, match="us-east-1: no quota left\nDone in eu-west-1"):
        in_all(verb)
    assert done == ["eu-west-1"]


def test_defect_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        in_all(lambda config, aws: 1 / 0)


@pytest.mark.parametrize("configs", [[], [CONFIGS[0], CONFIGS[0]]])
def test_region_that_is_there_twice_is_refused(configs: list[Config]) -> None:
    with pytest.raises(ConfigError, match="exactly once"):
        in_all(lambda config, aws: None, configs)


def test_command_line_applies_and_destroys_two_regions(
    embedded_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> int:
        stack = ("--endpoint-url", embedded_url, "--environment", "regions")
        return main([*stack, *words, "--region", "eu-south-2", "--region", "eu-central-2"])

    assert run("apply", "--auto-approve") == 0
    out = capsys.readouterr().out
    for region in ("eu-south-2", "eu-central-2"):
        assert f"{region}: send an order to http://" in out
    assert run("destroy", "--auto-approve") == 0
    assert capsys.readouterr().out.count("Nothing is left of") == 2
