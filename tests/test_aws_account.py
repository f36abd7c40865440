"""The check of an account, on the embedded AWS, and what keeps it from touching one unasked."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from check_account import VARIABLE, cost_text, main, reason_against, report, run_on
from observations import Observations
from scenario import own_stack, provisioned
from unconfirmed import ASSUMPTIONS, Finding, Verdict, holds_for_all

from tracing_lab.aws.clients import connect
from tracing_lab.config import Config
from tracing_lab.embedded import lifecycle


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Config]:
    state_dir = tmp_path_factory.mktemp("aws")
    lifecycle.start(state_dir=state_dir, options=("--retry-delays-s", "1", "1"))
    yield Config(embedded_state_dir=state_dir)
    lifecycle.stop(state_dir=state_dir)


@pytest.mark.parametrize(
    "environment, target",
    [({}, "aws"), ({VARIABLE: ""}, "aws"), ({VARIABLE: "0"}, "aws"), ({VARIABLE: "1"}, "embedded")],
)
def test_no_account_is_touched_without_variable_and_target(
    environment: dict[str, str], target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(environment, Config(target=target)) == 2
    said = capsys.readouterr().out
    assert VARIABLE in said or "target" in said


def test_both_together_are_enough() -> None:
    assert not reason_against({VARIABLE: "1"}, Config(target="aws"))


def test_the_cost_is_announced() -> None:
    assert "20 orders in us-east-1 cost less than $" in cost_text(Config())


def test_each_run_has_a_stack_of_its_own() -> None:
    names = {own_stack(Config()).stack_name for _ in range(5)}
    assert len(names | {Config().stack_name}) == 6


def test_the_embedded_aws_is_as_assumed(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    run = run_on(config, orders=3)
    found: list[str] = []
    assert report(run, found.append) == 0, "\n".join(found)
    links = [text for text in found if "link" in text]
    unseen = [text for text in found[:-1] if text.startswith(Verdict.NOT_SEEN)]
    assert unseen == links  # the shop has no queue between its functions
    assert "deleting the stack" in capsys.readouterr().out
    assert_gone(config)


@pytest.mark.parametrize("interruption", [RuntimeError("broken"), KeyboardInterrupt()])
def test_the_stack_is_deleted_whatever_happens(config: Config, interruption: BaseException) -> None:
    with pytest.raises(type(interruption)), provisioned(config, lambda _: None):
        raise interruption
    assert_gone(config)


def assert_gone(config: Config) -> None:
    """Assert that no stack has left anything."""
    client = connect(config)
    assert client("lambda").list_functions()["Functions"] == []
    assert client("apigateway").get_rest_apis()["items"] == []
    assert client("iam").list_roles()["Roles"] == []
    assert client("logs").describe_log_groups()["logGroups"] == []


def test_nothing_seen_settles_nothing() -> None:
    findings = [assumption.check(Observations()) for assumption in ASSUMPTIONS]
    assert {finding.verdict for finding in findings} == {Verdict.NOT_SEEN}


def test_a_refuted_assumption_fails_the_run_and_names_the_place() -> None:
    said: list[str] = []
    assert report(Observations(probes={"unknown id": "absent"}), said.append) == 1
    text = "\n".join(said)
    assert "refuted    BatchGetTraces lists unknown ids as unprocessed (saw: absent)" in text
    assert "change it in tracing_lab/embedded/xray/api/reading.py" in text


@pytest.mark.parametrize("assumption", ASSUMPTIONS, ids=lambda one: one.statement)
def test_the_place_of_an_assumption_exists(assumption: Any) -> None:
    assert (Path(__file__).parents[1] / "tracing_lab" / assumption.place).exists()


def test_one_other_value_refutes() -> None:
    assert holds_for_all(["a", "b"], "a") == Finding(Verdict.REFUTED, "a, b")
