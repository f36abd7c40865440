"""The bench runs the parts that it is told, and goes on when one of them breaks off."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from parts import PARTS, Part
from run import main

BENCH = Path(__file__).parent / "bench"
MODULE = """
def bench_size(size=3):
    print("size", size)

def bench_error():
    raise ValueError("out of figures")

def bench_exit():
    raise SystemExit("an order was lost")
"""
MADE_UP = (
    Part("broken", "made_up_parts:bench_error"),
    Part("missing", "no_such_module:bench_it"),
    Part("gives-up", "made_up_parts:bench_exit"),
    Part("small", "made_up_parts:bench_size", size=2),
    Part("long", "made_up_parts:bench_size", is_short=False),
)


@pytest.fixture
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Part, ...]:
    (tmp_path / "made_up_parts.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    return MADE_UP


def test_a_part_that_breaks_off_is_named_and_the_others_run(
    made_up: tuple[Part, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([], made_up) == 3
    printed = capsys.readouterr()
    assert "size 2" in printed.out
    assert printed.out.endswith("broke off: broken, missing, gives-up\n")
    for reason in ("out of figures", "no_such_module", "an order was lost"):
        assert reason in printed.err


@pytest.mark.parametrize(
    "words, sizes",
    [
        (["small"], ["2"]),
        (["--full", "small"], ["3"]),
        (["small=7", "long"], ["7", "3"]),
        (["--full"], ["3", "3"]),
    ],
)
def test_names_choose_parts_and_numbers_their_size(
    made_up: tuple[Part, ...],
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    sizes: list[str],
) -> None:
    main(words, made_up)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("size ")] == sizes


@pytest.mark.parametrize("word", ["unknown", "small=many", "small="])
def test_an_unknown_part_is_an_error_that_lists_those_there_are(
    made_up: tuple[Part, ...], word: str
) -> None:
    with pytest.raises(SystemExit, match=f"'{word}' is no part.*broken, missing.*long"):
        main([word], made_up)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_a_part_takes_its_size(part: Part) -> None:
    arguments = () if part.size is None else (part.size,)
    inspect.signature(part.resolve()).bind(*arguments)


def test_a_part_can_be_imported_where_the_bench_runs() -> None:
    code = "import run; [part.resolve() for part in run.PARTS]"
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=BENCH, check=True)


def test_names_of_parts_are_unique() -> None:
    assert len({part.name for part in PARTS}) == len(PARTS)


def test_every_module_that_measures_is_a_part_or_belongs_to_one() -> None:
    listed = {part.function for part in PARTS}
    modules = {path.stem: ast.parse(path.read_bytes()) for path in BENCH.glob("*.py")}
    measuring = {
        name: {
            f"{name}:{node.name}"
            for node in tree.body
            if isinstance(node, ast.FunctionDef) and node.name.startswith("bench_")
        }
        for name, tree in modules.items()
    }
    forgotten = {name for name, found in measuring.items() if found and not found & listed}
    assert forgotten == {"push"}  # of the stack of `basics`
