"""Every path that the command line takes, given something that cannot work: no traceback."""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from tracing_lab.cli import main
from tracing_lab.cli.parser import make_parser
from tracing_lab.embedded import lifecycle

# What a verb needs besides the path; services are those that `logs` and `push` know.
NEEDED = {
    "fetch": {"out": "traces.json"},
    "report": {"out": "figures"},
    "export": {"out": "code"},
    "convert": {"traces": "traces.json", "out": "spans.json"},
    "logs": {"service": "order"},
    "output": {"name": "region"},
    "workshop": {"folder": "mine"},
    "grade": {"folder": "."},
    "look": {"what": "traces"},
    "answer": {"cause": "nothing"},
}
POSITIONAL = {"service", "name", "folder", "traces", "what"}
WRITTEN = {
    *(("fire", "out"), ("fetch", "out"), ("report", "out"), ("export", "out")),
    *(("fetch", "lake"), ("convert", "out")),
    *(("workshop", "folder"), ("grade", "csv"), ("class", "csv")),
    ("gameday", "out"),
}
FOLDERS = {
    *(("report", "out"), ("export", "out"), ("push", "source"), ("fetch", "lake")),
    *(("workshop", "folder"), ("grade", "folder")),
}


def verbs(
    parser: argparse.ArgumentParser, words: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    """Yield every verb of the command line with its parser."""
    below = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    if not below:
        yield words, parser
    for action in below:
        for name, inner in action.choices.items():
            yield from verbs(inner, (*words, name))


def paths() -> list[tuple[tuple[str, ...], argparse.Action]]:
    """List every argument that is a path, but for settings, with its verb."""
    return [
        (words, action)
        for words, parser in verbs(make_parser())
        for action in parser._actions
        if action.type is Path and not action.dest.startswith("config_")
    ]


def contents(folder: Path) -> dict[str, Path]:
    """Make files that are not what any verb reads, each with the suffix that would fit."""
    made: dict[str, Path] = {}
    texts = {
        "empty": b"",
        "binary": b"\x00\xff\xfe\x80" * 50,
        "not_json": b"{",
        "deep": b"[" * 100_000,
        "number": b"7",
        "object": b"{}",
        "other_list": b"[1]",
        "other_objects": b'[{"Id": 1}]',
        "other_segments": b'[{"Id": "x", "Segments": [{"Document": "{"}]}]',
        "no_segments": b'[{"Id": "x", "Segments": 7}]',
    }
    for name, content in texts.items():
        for suffix in (".json", ".csv", ".parquet"):
            made[f"{name}{suffix}"] = folder / f"{name}{suffix}"
            made[f"{name}{suffix}"].write_bytes(content)
    made["other.parquet"] = folder / "other.parquet"
    pd.DataFrame({"x": [1]}).to_parquet(made["other.parquet"])
    pd.DataFrame({"trace_id": [7.5], "status": [1]}).to_csv(folder / "ids.csv")
    return made | {"ids.csv": folder / "ids.csv"}


def unfit(verb: str, action: argparse.Action, folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield paths that cannot work for an argument."""
    regular = folder / "regular"
    regular.write_text("no folder")
    (folder / "loop").symlink_to(folder / "loop")
    suffixes = ("",) if (verb, action.dest) in FOLDERS else (".json", ".csv", ".parquet")
    for suffix in suffixes:
        yield "below a file", regular / f"x{suffix}"
        yield "loop", folder / "loop" / f"x{suffix}"
        yield "too long", folder / ("x" * 300 + suffix)
    if (verb, action.dest) in FOLDERS:
        yield "a file", regular
    else:
        for suffix in suffixes:
            (folder / f"folder{suffix}").mkdir()
            yield "a folder", folder / f"folder{suffix}"
    if (verb, action.dest) not in WRITTEN:
        yield from ((f"missing{suffix}", folder / f"missing{suffix}") for suffix in suffixes)
        if (verb, action.dest) not in FOLDERS:
            yield from contents(folder).items()


@pytest.fixture(scope="module")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("paths")
    assert main(["--embedded-state-dir", str(folder), "apply", "--auto-approve"]) == 0
    yield folder
    lifecycle.stop(state_dir=folder)


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def is_refusal(code: int, stderr: str) -> bool:
    """Return whether a command ended with an error in a line; a list of problems may follow it."""
    first, *others = stderr.rstrip("\n").split("\n")
    return code in {1, 2} and first.startswith("Error: ") and all(x[:2] == "- " for x in others)


@pytest.mark.parametrize(
    "words,action", [pytest.param(*one, id="-".join((*one[0], one[1].dest))) for one in paths()]
)
def test_a_path_that_cannot_work_is_an_error_in_a_line(
    words: tuple[str, ...],
    action: argparse.Action,
    state_dir: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    needed = {name: word for name, word in NEEDED.get(words[-1], {}).items() if name != action.dest}
    if action.dest == "lake":
        del needed["out"]  # one or the other
    others = [w if name in POSITIONAL else f"--{name}={w}" for name, w in needed.items()]
    for name, path in unfit(words[0], action, tmp_path):
        option = [f"{action.option_strings[0]}={path}"] if action.option_strings else [str(path)]
        before = sorted(tmp_path.iterdir())
        code = main(["--embedded-state-dir", str(state_dir), *words, *option, *others])
        assert is_refusal(code, capsys.readouterr().err), (name, words, code)
        assert sorted(tmp_path.iterdir()) == before, (name, "something was written")


def test_the_walk_finds_the_paths_that_are_there() -> None:
    found = {(*words, action.dest) for words, action in paths()}
    assert found >= {("fire", "out"), ("report", "traces"), ("cost", "spans"), ("push", "source")}


def leaves() -> list[tuple[str, ...]]:
    return [words for words, _ in verbs(make_parser())]


@cache
def arguments_of(words: tuple[str, ...]) -> tuple[str, ...]:
    needed = NEEDED.get(words[-1], {})
    named = [f"--{name}={value}" for name, value in needed.items() if name not in POSITIONAL]
    return (*(value for name, value in needed.items() if name in POSITIONAL), *named)


def no_folders(folder: Path) -> Iterator[Path]:
    regular = folder / "regular"
    regular.write_text("no folder")
    (folder / "loop").symlink_to(folder / "loop")
    yield from (regular, regular / "state", folder / ("x" * 300), folder / "loop")


@pytest.mark.parametrize("words", leaves(), ids="-".join)
def test_a_state_folder_that_cannot_be_is_told_in_a_line(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in no_folders(tmp_path):
        code = main(["--embedded-state-dir", str(folder), *words, *arguments_of(words)])
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err
        if code:
            # nothing runs there, or nothing can be started there
            assert is_refusal(code, shown.err) or shown.out
        else:
            assert words[0] in {"embedded", "cost", "export", "doctor", "workshop", "grade"}


TOML = {
    "not TOML": b"[",
    "twice": b"environment='a'\nenvironment='b'",
    "not UTF-8": b"environment='\xff'",
    "nested tables": b"[embedded]\nport = 4566",
    "a table for text": b"[environment]\nname = 'x'",
    "a list for a number": b"lambda_timeout = [3]",
    "text for a number": b"lambda_timeout = 'soon'",
    "an array of tables": b"[[tags]]\nOwner = 'me'",
    "tables in tables": b"[tags.Owner.x]\ny = 1",
    "unknown": b"lambda_timout = 3",
    "a date": b"target = 1979-05-27",
    "deep": b"tags = " + b"[" * 5000,
    "a null character": b'embedded_state_dir = "\\u0000"',
}


@pytest.mark.parametrize("content", TOML.values(), ids=TOML)
def test_a_settings_file_that_cannot_work_is_an_error_in_a_line(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tracing_lab.toml").write_bytes(content)
    assert is_refusal(main(["cost"]), capsys.readouterr().err)


def test_all_verbs_refuse_a_settings_file_that_cannot_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tracing_lab.toml").write_bytes(TOML["nested tables"])
    for words in leaves():
        code = main([*words, *arguments_of(words)])
        assert is_refusal(code, capsys.readouterr().err), words


def test_an_unknown_setting_of_the_file_names_the_nearest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tracing_lab.toml").write_bytes(TOML["unknown"])
    assert main(["cost"]) == 1
    assert "'lambda_timout'" in (shown := capsys.readouterr().err)
    assert "Did you mean 'lambda_timeout'?" in shown


@pytest.mark.skipif(os.name == "nt", reason="Windows does not let its working directory go")
def test_a_working_directory_that_is_gone_is_told_in_a_line(tmp_path: Path) -> None:
    code = "import os, sys; os.rmdir(os.getcwd()); import tracing_lab.cli as c; sys.exit(c.main())"
    (tmp_path / "gone").mkdir()
    command = [sys.executable, "-c", code, "cost"]
    done = subprocess.run(
        command,
        cwd=tmp_path / "gone",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert is_refusal(done.returncode, done.stderr), done.stderr


@pytest.mark.parametrize("minutes", ["-1", "0", "nan", "inf", "1e300"])
@pytest.mark.parametrize(
    "words", [("fetch", "--out=t.json"), ("report", "--out=o"), ("logs", "order")]
)
def test_a_time_that_cannot_be_is_refused(
    words: tuple[str, ...], minutes: str, state_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["--embedded-state-dir", str(state_dir), *words, "--minutes", minutes])
    assert is_refusal(code, capsys.readouterr().err)


def test_settings_of_mappings_may_not_be_endless(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="1"):
        main(["--tags", '{"a":' * 50_000, "cost"])
