"""``tracing-lab replay``."""

import json
import os
import signal
import threading
from pathlib import Path

import pandas as pd
import pytest
from recorded_systems import Api, Function, Publishes, recorded
from waiting import waited

from tracing_lab import replay
from tracing_lab.cli import main
from tracing_lab.cli.replaying.verb import stand_ins
from tracing_lab.config import Config
from tracing_lab.deploy import Remains, Teardown
from tracing_lab.errors import (
    DeployError,
    DeployInterruptedError,
    EndpointLostError,
    FileError,
    TracesNotReadyError,
)
from tracing_lab.spans import load_traces

SHOP = Api("shop-api", Function("shop", (Publishes((Function("mail"),)),), own_s=0.05))
REGION = "ap-southeast-4"


@pytest.fixture
def settings(embedded_url: str) -> list[str]:
    return ["--endpoint-url", embedded_url, "--region", REGION, "--project-name", "typed"]


@pytest.fixture
def traces(tmp_path: Path) -> str:
    path = tmp_path / "traces.json"
    path.write_text(json.dumps(recorded(SHOP, SHOP, SHOP)))
    return str(path)


def test_a_file_is_replayed_compared_and_deleted(
    settings: list[str], traces: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, model = tmp_path / "out.json", tmp_path / "model.json"
    options = ["--out", str(out), "--model", str(model), "--speed", "2", "--auto-approve"]
    code = main([*settings, "replay", traces, *options])
    printed = capsys.readouterr().out
    assert code == 0, printed
    assert "3 traces with 3 requests in 0.4 s: 2 stand-ins, 1 APIs." in printed
    assert "The same map; " in printed
    assert "Nothing is left of typed-dev-replay" in printed
    assert len(load_traces(out)) == 3
    assert json.loads(model.read_text())["format"] == "tracing-lab replay 1"
    assert "shop" not in model.read_text()


def test_what_is_kept_is_deleted_later(
    settings: list[str], traces: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*settings, "replay", traces, "--keep", "--auto-approve"]) == 0
    assert "delete them with 'tracing-lab replay --destroy'" in capsys.readouterr().out
    assert main([*settings, "replay", "--destroy"]) == 1
    assert "Nothing was deleted." in capsys.readouterr().out
    assert main([*settings, "replay", "--destroy", "--auto-approve"]) == 0
    assert "Nothing is left of typed-dev-replay" in capsys.readouterr().out
    assert main([*settings, "replay", "--destroy"]) == 0
    assert "There are no stand-ins to delete." in capsys.readouterr().out


def test_a_dry_run_changes_nothing(
    settings: list[str], traces: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*settings, "replay", traces, "--dry-run", "--scale", "service-1=2"]) == 0
    printed = capsys.readouterr().out
    assert "service-1  Lambda function  3     100.0 ms" in printed
    assert "Stack typed-dev-replay: " in printed
    assert main([*settings, "replay", "--destroy"]) == 0
    assert "There are no stand-ins" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words, message",
    [([], "Name a file with traces, or --destroy"), (["nowhere.json"], "nowhere.json")],
)
def test_what_cannot_be_done_is_said(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", *words]) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "inf"])
def test_a_speed_that_is_none_is_rejected_before_anything_is_deployed(
    speed: str, traces: str, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = ["--endpoint-url", "http://127.0.0.1:9"]
    assert main([*nowhere, "replay", traces, "--speed", speed, "--auto-approve"]) == 1
    printed = capsys.readouterr()
    assert "speed=" in printed.err
    assert printed.out == ""


# --- what becomes of the stand-ins ---

LEFT = Remains("shop-dev-replay", by_name=("lambda function-1",))
GONE = Remains("shop-dev-replay")
EARLY_ENDS = {
    "Ctrl-C": KeyboardInterrupt(),
    "traces are late": TracesNotReadyError("1 of 3 traces is missing."),
    "endpoint lost": EndpointLostError("It has stopped answering.", log=pd.DataFrame()),
    "deployment interrupted": DeployInterruptedError("Interrupted."),
    "a step failed": DeployError("A step failed."),
    "disk full": FileError("out.json cannot be written"),
    "a fault of ours": KeyError("edge"),
}


class Destroyer:
    """Deletes stand-ins, or fails to."""

    def __init__(self, result: Remains | BaseException) -> None:
        self.result, self.calls = result, 0

    def __call__(self, _config: Config, *, confirm: bool) -> Teardown:
        self.calls += confirm
        if isinstance(self.result, BaseException):
            raise self.result
        return Teardown("shop-dev-replay", (), remains=self.result)


@pytest.mark.parametrize("error", EARLY_ENDS.values(), ids=EARLY_ENDS)
def test_stand_ins_are_deleted_however_the_replay_ends(
    error: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    destroy = Destroyer(GONE)
    with pytest.raises(type(error)), stand_ins(Config(), keep=False, destroy=destroy):
        raise error
    assert destroy.calls == 1
    printed = capsys.readouterr()
    assert "ended early" in printed.err
    assert "Nothing is left" in printed.out


@pytest.mark.parametrize("error", EARLY_ENDS.values(), ids=EARLY_ENDS)
def test_stand_ins_are_kept_on_request_however_the_replay_ends(
    error: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    destroy = Destroyer(GONE)
    with pytest.raises(type(error)), stand_ins(Config(), keep=True, destroy=destroy):
        raise error
    assert destroy.calls == 0
    assert "delete them with 'tracing-lab replay --destroy'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "failure", [DeployError("It is locked."), DeployInterruptedError("Interrupted.")]
)
def test_the_first_error_is_shown_if_stand_ins_cannot_be_deleted_either(
    failure: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    first = TracesNotReadyError("late")
    with (
        pytest.raises(TracesNotReadyError, match="late"),
        stand_ins(Config(), keep=False, destroy=Destroyer(failure)),
    ):
        raise first
    assert f"could not be deleted: {failure} The stand-ins of" in capsys.readouterr().err


@pytest.mark.parametrize("result, expected", [(GONE, []), (LEFT, [LEFT])])
def test_what_is_left_is_said_and_counts(
    result: Remains, expected: list[Remains], capsys: pytest.CaptureFixture[str]
) -> None:
    with stand_ins(Config(), keep=False, destroy=Destroyer(result)) as left:
        assert left == []
    assert left == expected
    assert str(result) in capsys.readouterr().out


def test_ctrl_c_leaves_nothing_behind(
    settings: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "slow.json"
    path.write_text(json.dumps(recorded(SHOP, SHOP, gap_s=600.0)))
    own = [*settings, "--environment", "cut"]
    config = Config(
        project_name="typed", environment="cut", endpoint_url=settings[1], aws_region=REGION
    )

    def interrupt() -> None:
        waited(lambda: replay.destroy(config).steps, timeout_s=300)  # which only plans it
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    code = main([*own, "replay", str(path), "--auto-approve"])
    thread.join()
    printed = capsys.readouterr()
    assert code == 130, printed
    assert "Nothing is left of typed-cut-replay" in printed.out
    assert main([*own, "replay", "--destroy"]) == 0
    assert "There are no stand-ins to delete." in capsys.readouterr().out


def test_a_factor_that_is_none_is_rejected(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["replay", "traces.json", "--scale", "fast"])
    assert "like service-1=0.5" in capsys.readouterr().err
