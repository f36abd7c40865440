"""The command line, against an embedded AWS of its own."""

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from tracing_lab import deploy
from tracing_lab.aws import Aws
from tracing_lab.cli import main
from tracing_lab.config import Config
from tracing_lab.embedded import lifecycle
from tracing_lab.faults import send_poison
from tracing_lab.spans.lake import load_traces

Run = Callable[..., int]


@pytest.fixture(scope="module")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("cli")
    yield folder
    lifecycle.stop(state_dir=folder)


@pytest.fixture(scope="module")
def run(state_dir: Path) -> Run:
    """Run a command line as a user would type it."""
    return lambda *words: main(["--embedded-state-dir", str(state_dir), *words])


@pytest.fixture(scope="module")
def applied(run: Run) -> Run:
    assert run("apply", "--auto-approve") == 0
    return run


def test_a_plan_of_a_missing_stack_has_changes(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--environment", "other", "plan", "--detailed-exitcode", "--json") == 2
    plan = json.loads(capsys.readouterr().out)
    assert {step["action"] for step in plan["steps"]} == {"create"}
    words = ["--environment", "other", "plan", "--requests-per-month", "1000000"]
    assert run(*words) == 0
    assert "1,000,000 orders a month" in capsys.readouterr().out
    assert run(*words, "--json") == 0
    assert json.loads(capsys.readouterr().out)["cost"]["total_usd"] > 0


def test_a_plan_of_an_applied_stack_has_none(
    applied: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert applied("plan", "--detailed-exitcode") == 0
    assert "Nothing to do" in capsys.readouterr().out


def test_drift_is_told_by_exit_code_and_table(
    applied: Run, capsys: pytest.CaptureFixture[str], state_dir: Path
) -> None:
    assert applied("drift") == 0
    assert "No drift" in capsys.readouterr().out
    config = Config(embedded_state_dir=state_dir)
    names = deploy.outputs(config).function_names
    Aws(config).lambda_.update_configuration(names["order"], MemorySize=256)
    assert applied("drift") == 2
    line = next(one for one in capsys.readouterr().out.splitlines() if "MemorySize" in one)
    assert line.split()[-3:] == ["MemorySize", "256", "128"]
    assert applied("drift", "--json") == 2
    changes = json.loads(capsys.readouterr().out)["steps"][0]["changes"]
    assert changes == [{"path": "MemorySize", "old": 256, "new": 128, "cause": "by hand"}]
    assert applied("apply", "--auto-approve") == 0
    assert applied("drift") == 0


def test_a_plan_tells_what_it_does_to_the_bill(
    applied: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["plan", "--requests-per-month", "1000000"]
    assert applied(*words) == 0
    assert "(+0.00)" in capsys.readouterr().out
    assert applied("--lambda-memory-size", "1024", *words, "--json") == 0
    change = json.loads(capsys.readouterr().out)["cost_change"]
    assert 0 < change["before_usd"] < change["after_usd"]


def test_a_full_plan_has_every_attribute(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--environment", "other", "plan", "--full") == 0
    out = capsys.readouterr().out
    assert "+ create Events::EventBus" in out
    assert '    Tags.tracing-lab:stack: "distributed-tracing-other"' in out
    assert "RestApiId: (known after apply)" in out


def test_a_push_of_deployed_code_changes_nothing(
    applied: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert applied("push", "order", "payment") == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "order is up to date",
        "payment is up to date",
    ]


def test_without_a_terminal_nothing_is_approved(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--environment", "other", "apply") == 1
    out = capsys.readouterr().out
    assert "in account 123456789012" in out
    assert "Nothing was changed." in out


def test_one_output_is_printed_plainly(applied: Run, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert applied("output", "api_test_url") == 0
    url = capsys.readouterr().out.strip()
    assert url.startswith("http://127.0.0.1:")
    assert applied("output", "--json") == 0
    assert json.loads(capsys.readouterr().out)["api_test_url"] == url


def test_an_unknown_output_names_the_known_ones(
    applied: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert applied("output", "nothing") == 1
    assert "api_test_url" in capsys.readouterr().err


def test_orders_become_figures_and_a_report(
    applied: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, traces, out = tmp_path / "log.csv", tmp_path / "t" / "traces.json", tmp_path / "out"
    assert applied("fire", "--orders", "5", "--rate", "10", "--out", str(log)) == 0
    assert applied("fetch", "--log", str(log), "--out", str(traces)) == 0
    capsys.readouterr()
    assert applied("report", "--traces", str(traces), "--out", str(out)) == 0
    assert "p95_ms" in capsys.readouterr().out
    assert sorted(path.name for path in out.iterdir()) == [
        "latency.png",
        "report.html",
        "service_map.png",
        "spans.parquet",
        "traces.json",
        "waterfall.png",
    ]
    assert len(json.loads((out / "traces.json").read_text())) == 5


def test_a_lake_gets_what_it_lacks(
    applied: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, lake = tmp_path / "log.csv", tmp_path / "lake"
    assert applied("fire", "--orders", "2", "--rate", "10", "--out", str(log)) == 0
    assert applied("fetch", "--log", str(log), "--lake", str(lake)) == 0
    assert f"2 traces added in {lake}" in capsys.readouterr().out
    assert applied("fetch", "--since", "1h", "--lake", str(lake)) == 0  # those of other tests, too
    capsys.readouterr()
    assert applied("fetch", "--since", "1h", "--lake", str(lake)) == 0
    assert "0 traces added" in capsys.readouterr().out  # late segments may have updated some
    assert {*pd.read_csv(log)["trace_id"]} <= {one["Id"] for one in load_traces(lake)}


def test_a_report_leaves_out_what_cannot_be_read(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = {"id": "a", "name": "shop", "start_time": 1.0, "end_time": 2.0}
    good, bad = ({"Id": f"1-{n}", "Segments": [{"Id": "a", "Document": document}]} for n in "01")
    broken = {**bad, "Segments": [{"Id": "x", "Document": "{"}]}
    traces, out = tmp_path / "traces.json", tmp_path / "out"
    traces.write_text(json.dumps([good, broken]))
    assert run("report", "--traces", str(traces), "--out", str(out)) == 0
    assert "Warning: Traces are left out" in capsys.readouterr().err
    assert pd.read_parquet(out / "spans.parquet")["trace_id"].to_list() == ["1-0"]
    traces.write_text(json.dumps([broken]))
    assert run("report", "--traces", str(traces), "--out", str(out)) == 1
    assert "None of the traces can be read" in capsys.readouterr().err


# Where the tests themselves run in the background of a script, SIGINT is ignored, and so would be
# the one that is sent.
HEEDS_CTRL_C = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from tracing_lab.cli import main
sys.exit(main())
"""


def interrupted(words: list[str], state_dir: Path, until: str) -> tuple[int, str, str]:
    """Run a command until its progress shows something, press Ctrl-C, and wait for its end."""
    command = [sys.executable, "-c", HEEDS_CTRL_C, "--embedded-state-dir", str(state_dir)]
    with subprocess.Popen(
        [*command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, process_group=0
    ) as process:
        assert process.stdout is not None
        assert isinstance(process.stderr, io.BufferedReader)
        shown = b""
        while not re.search(until.encode(), shown) and (more := process.stderr.read1()):
            shown += more
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=300)
    return process.returncode, out.decode(), (shown + err).decode()


@pytest.mark.skipif(os.name == "nt", reason="SIGINT cannot be sent to one process there")
def test_ctrl_c_keeps_the_orders_that_were_sent(
    applied: Run, state_dir: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log.csv"
    log.write_text("of an earlier load")
    words = ["fire", "--orders", "5000", "--rate", "20", "--out", str(log)]
    code, out, err = interrupted(words, state_dir, r"[1-9]\d*/5000")
    assert code == 130
    assert re.search(r"Error: Interrupted: \d+ of 5000 orders were sent", err)
    assert "Traceback" not in err
    assert log.read_text() == "of an earlier load"
    part = tmp_path / "log.partial.csv"
    kept = pd.read_csv(part)
    assert f"{len(kept)} orders in {part}" in out
    assert 1 <= len(kept) < 5000
    assert (kept["status"] == 201).sum() >= 1


@pytest.mark.skipif(os.name == "nt", reason="SIGINT cannot be sent to one process there")
def test_ctrl_c_keeps_the_traces_that_arrived(
    applied: Run, state_dir: Path, tmp_path: Path
) -> None:
    # GIVEN a trace that is there, one that never comes, and the traces of an earlier load
    log, traces = tmp_path / "log.csv", tmp_path / "traces.json"
    assert applied("fire", "--orders", "1", "--out", str(log)) == 0
    rows = pd.read_csv(log)
    never = rows.assign(trace_id="1-6b042ac0-" + "0" * 24)
    pd.concat([rows, never]).to_csv(log, index=False)
    traces.write_text("of an earlier load")
    words = ["fetch", "--log", str(log), "--out", str(traces)]
    code, out, err = interrupted(words, state_dir, "1/2")
    assert code == 130
    assert "Error: Interrupted: 1 of 2 traces have arrived" in err
    assert "Traceback" not in err
    assert traces.read_text() == "of an earlier load"
    part = tmp_path / "traces.partial.json"
    assert f"1 traces in {part}" in out
    assert [one["Id"] for one in json.loads(part.read_text())] == [rows["trace_id"][0]]


@pytest.mark.skipif(os.name == "nt", reason="SIGINT cannot be sent to one process there")
def test_ctrl_c_while_retries_are_waited_for_keeps_all_traces(
    applied: Run, state_dir: Path, tmp_path: Path
) -> None:
    # GIVEN the trace of an order, and one whose event fails and is tried again after a minute
    log, traces = tmp_path / "log.csv", tmp_path / "traces.json"
    assert applied("fire", "--orders", "1", "--out", str(log)) == 0
    rows = pd.read_csv(log)
    poison = send_poison(Config(embedded_state_dir=state_dir))
    pd.concat([rows, rows.assign(trace_id=poison.trace_id)]).to_csv(log, index=False)
    words = ["fetch", "--log", str(log), "--out", str(traces), "--retries"]
    # WHEN the second fetch, which has only that one, is interrupted
    code, out, _ = interrupted(words, state_dir, r"\b0/1\b")
    # THEN both are kept
    assert code == 130
    assert "waiting for them" in out
    kept = [one["Id"] for one in json.loads(traces.read_text())]
    assert kept == [rows["trace_id"][0], poison.trace_id]


def test_the_sampling_rules_can_decide(applied: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert applied("fire", "--orders", "2", "--rate", "50", "--sampled", "rules") == 0
    assert re.search(r"rules record [12] of them", capsys.readouterr().out)


def test_bad_orders_are_to_be_rejected_and_arrivals_come_again(
    applied: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, again = tmp_path / "log.csv", tmp_path / "again.parquet"
    words = ["fire", "--orders", "12", "--rate", "20", "--bad-share", "0.4", "--out", str(log)]
    assert applied(*words) == 0
    first = pd.read_csv(log, keep_default_na=False)
    bad = int((first["bad"] != "").sum())
    out = capsys.readouterr().out
    assert 1 <= bad < 12
    assert f"{12 - bad} of {12 - bad} orders accepted" in out
    assert f"{bad} of {bad} bad orders rejected" in out
    assert re.search(r"The generator (kept up|was the bottleneck): send lag p99 ", out)
    assert applied("fire", "--arrivals", str(log), "--out", str(again)) == 0
    assert len(pd.read_parquet(again)) == 12


def test_a_closed_loop_can_be_fired(applied: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert applied("fire", "--orders", "4", "--workers", "2", "--think-ms", "1") == 0
    out = capsys.readouterr().out
    assert "4 of 4 orders accepted" in out
    assert "send lag" not in out  # a closed loop has no schedule to be late for


def test_logs_can_be_filtered(applied: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert applied("fire", "--orders", "2") == 0
    capsys.readouterr()
    assert applied("logs", "order", "--filter", '{ $.message = "order created" }') == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert all('"order created"' in line for line in lines)
    assert applied("logs", "order", "--filter", "{ broken }") == 1


def test_logs_carry_the_trace_id(applied: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert applied("fire", "--orders", "1", "--rate", "10") == 0
    capsys.readouterr()
    assert applied("logs", "order") == 0
    lines = capsys.readouterr().out.splitlines()
    assert any('"trace_id": "1-' in line or '"trace_id":"1-' in line for line in lines)
    assert any("REPORT RequestId" in line for line in lines)


def test_a_report_without_traces_says_what_to_do(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "traces.json"
    empty.write_text("[]")
    assert run("report", "--traces", str(empty), "--out", str(tmp_path / "out")) == 1
    assert "tracing-lab fire" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "words, message",
    [
        (["fire", "--orders", "0"], "orders=0"),
        (["fire", "--out", "log.txt"], ".csv or .parquet"),
        (["fire", "--arrivals", "none.csv"], "cannot be read"),
        (["fire", "--think-ms", "5"], "Set workers"),
        (["fire", "--workers", "2", "--rate", "5"], "no meaning together with workers"),
        (["fire", "--bad-share", "2"], "bad_share=2.0"),
        (["fetch", "--log", "none.csv", "--out", "t.json"], "cannot be read"),
        (["fetch", "--log", "none.csv", "--lake", "x", "--retries"], "--retries is for --out"),
        (["logs", "shipping"], "not a service"),
        (["cost", "--duration-ms", "-1"], "--duration-ms -1 must be"),
        (["cost", "--duration-ms", "nan"], "--duration-ms nan must be"),
    ],
)
def test_bad_input_is_refused(
    applied: Run, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert applied(*words) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "words, message",
    [
        (["--lambda-timeout", "soon", "plan"], "lambda_timeout"),
        (["--lambda-timeout", "901", "plan"], "lambda_timeout"),
        (["--target", "moon", "plan"], "target"),
        (["no-such-verb"], "no-such-verb"),
        (["fetch", "--minutes", "5"], "--out --lake is required"),
        (["fetch", "--lake", "x", "--since", "yesterday"], "like 30m, 2h or 7d"),
        (["fetch", "--lake", "x", "--since", "2h", "--minutes", "5"], "not allowed with"),
        (["embedded", "start", "--cache-mb", "0"], "must be at least 1"),
        (["embedded", "start", "--cache-mb", "many"], "--cache-mb"),
        (["embedded", "start", "--retry-delays-s", "1", "-1"], "-1"),
        (["embedded", "start", "--retry-delays-s", "inf"], "must be at least 0"),
    ],
)
def test_bad_settings_exit_with_one(words: list[str], message: str) -> None:
    command = [sys.executable, "-m", "tracing_lab.cli", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_expired_credentials_of_a_real_account_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    nothing = str(tmp_path / "none")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", nothing)
    monkeypatch.setenv("AWS_CONFIG_FILE", nothing)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert main(["--target", "aws", "plan"]) == 1
    assert "credentials" in capsys.readouterr().err.lower()


def test_the_embedded_aws_is_started_shown_and_stopped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> int:
        return main(["--embedded-state-dir", str(tmp_path), "embedded", *words])

    flat = ("--segment-layout", "flat", "--retry-delays-s", "1", "2", "--cache-mb", "32")
    assert run("status") == 1
    assert run("start", *flat) == 0
    assert run("start") == 0
    assert run("status") == 0
    capsys.readouterr()
    assert run("start", *flat) == 1
    assert "Stop it first" in capsys.readouterr().out
    assert run("env") == 0
    assert "export AWS_ENDPOINT_URL=http://127.0.0.1:" in capsys.readouterr().out
    assert run("reset", "--auto-approve") == 0
    assert run("stop") == 0
    assert run("status") == 1


def test_destroy_leaves_nothing(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--environment", "gone", "apply", "--auto-approve") == 0
    assert run("--environment", "gone", "destroy", "--dry-run") == 0
    assert run("--environment", "gone", "destroy") == 1
    assert "Nothing was deleted." in capsys.readouterr().out
    assert run("--environment", "gone", "destroy", "--auto-approve") == 0
    assert "Nothing is left of distributed-tracing-gone" in capsys.readouterr().out
    assert run("--environment", "gone", "destroy") == 0
    assert "Nothing to delete." in capsys.readouterr().out


def test_asking_for_help_loads_nothing_heavy() -> None:
    heavy = "{'pandas', 'boto3', 'matplotlib', 'networkx'}"
    code = (
        "import sys; from tracing_lab.cli.parser import make_parser; make_parser();"
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
