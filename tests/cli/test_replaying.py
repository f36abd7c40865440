"""``tracing-lab replay``."""

import json
from pathlib import Path

import pytest
from recorded_systems import Api, Function, Publishes, recorded

from tracing_lab.cli import main
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


def test_a_factor_that_is_none_is_rejected(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["replay", "traces.json", "--scale", "fast"])
    assert "like service-1=0.5" in capsys.readouterr().err
