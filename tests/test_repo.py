"""The repository keeps its own promises."""

import ast
import re
import subprocess
import sys
import tokenize
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest
import yaml

import tracing_lab
from tracing_lab.config import SERVICES

ROOT = Path(__file__).parent.parent
LAMBDA_MODULES = {"otel", "shop", "stand_in", *(f"{service}_service" for service in SERVICES)}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LIBRARY = sorted((ROOT / "tracing_lab").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
SOURCES = [*LIBRARY, *sorted((ROOT / "lambda_src").rglob("*.py"))]
NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}

# Beginnings of docstrings that say neither what a function returns nor what it does, and words that
# have a plainer one: "Return", "create again", "reject".
VAGUE_BEGINNING = re.compile(
    r"(Give|Tell|Take|Say|Have|Let|Hand|Ask|Look)s?\b|Answers?\b(?! that| from)"  # but the noun
)
UNUSUAL = re.compile(
    r"\b(anew|doomed|whoever|harmless when|refus(e|es|ed|al)(?! connections))\b", re.IGNORECASE
)

# Packages that conda-forge names differently than the Python index.
CONDA_NAMES = {"matplotlib-base": "matplotlib", "python-duckdb": "duckdb"}


def bound(requirement: str) -> tuple[str, str]:
    """Split "moto[server]>=5.1; marker" into ("moto", "5.1")."""
    name, _, version = requirement.split(";", maxsplit=1)[0].strip().partition(">=")
    return re.sub(r"\[.*\]", "", name).lower().replace("_", "-"), version


def short(path: Path) -> str:
    """Return a path below the library or, of other modules, its name."""
    library = ROOT / "tracing_lab"
    return path.relative_to(library).as_posix() if path.is_relative_to(library) else path.name


def test_the_version_is_the_one_that_the_changelog_describes() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    top = re.search(r"^## \[([^]]+)\]", changelog, re.MULTILINE)
    assert top is not None
    assert top.group(1) == tracing_lab.__version__
    assert PROJECT["dynamic"] == ["version"]


def test_conda_and_pip_users_get_the_same_packages() -> None:
    conda = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    pip_part = next(item["pip"] for item in conda if isinstance(item, dict))
    flat = [item for item in conda if isinstance(item, str)] + pip_part
    named = {bound(item) for item in flat if item not in {"pip", "-e ."}}
    named = {(CONDA_NAMES.get(name, name), version) for name, version in named}
    wanted = {bound(item) for item in PROJECT["dependencies"]}
    wanted |= {bound(item) for item in PROJECT["optional-dependencies"]["lab"]}
    wanted.add(bound("python" + PROJECT["requires-python"]))
    assert named == wanted


def test_every_dependency_is_pinned_in_the_constraints() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = {bound(line.replace("==", ">="))[0] for line in lines}
    extras = PROJECT["optional-dependencies"].values()
    asked = [*PROJECT["dependencies"], *(item for extra in extras for item in extra)]
    assert {bound(item)[0] for item in asked} <= pinned
    assert not [line for line in lines if "://" in line or " @ " in line]


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = "{'pandas', 'boto3', 'matplotlib', 'networkx', 'moto', 'aiohttp', 'psutil'}"
    code = f"import sys, tracing_lab; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_users_reach_every_module_by_its_short_name() -> None:
    assert all(isinstance(getattr(tracing_lab, name), ModuleType) for name in tracing_lab._MODULES)


def test_no_test_patches_what_it_tests() -> None:
    forbidden = re.compile(r"mock\.patch|monkeypatch\.setattr|import mock|unittest\.mock")
    mine = Path(__file__).name
    tests = [path for path in (ROOT / "tests").rglob("*.py") if path.name != mine]
    assert [path.name for path in tests if forbidden.search(path.read_text())] == []


def test_no_test_reads_files_of_a_process_that_may_end_meanwhile() -> None:
    forbidden = re.compile(r"/proc/\{[^}]*\}/(?!ns/)")  # use support/processes.py
    inside_functions = {"test_refusals.py": "os.getppid()"}  # a parent that waits for its child
    found = [
        (path.name, match.group())
        for path in (ROOT / "tests").rglob("*.py")
        for match in forbidden.finditer(path.read_text())
        if inside_functions.get(path.name, "-") not in match.group()
    ]
    assert found == []


def test_modules_that_share_an_embedded_aws_have_regions_of_their_own() -> None:
    examples = {"us-east-1", "eu-west-1"}  # where several modules look at names alone
    region = re.compile(r'"((?:af|ap|ca|eu|me|mx|sa|us)-[a-z]+-\d)"')
    texts = [path.read_text("utf-8") for path in TESTS]
    shared = [text for text in texts if "embedded_url: str" in text]
    users = Counter(name for text in shared for name in set(region.findall(text)) - examples)
    assert len(users) > 10
    assert [name for name, modules in users.items() if modules > 1] == []


def test_helpers_live_in_the_package_they_serve() -> None:
    modules = (ROOT / "tracing_lab").glob("_*.py")
    assert [path.name for path in modules] == ["__init__.py"]


def test_the_readme_is_read_to_its_end() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.splitlines()) <= 110
    assert text.count("![") == 1


def test_no_module_has_outgrown_one_responsibility() -> None:
    long = {short(path) for path in SOURCES if len(path.read_text("utf-8").splitlines()) > 350}
    assert long == set()


class Module(NamedTuple):
    """What tests want to know of a module, which is parsed once for all of them."""

    classes: tuple[str, ...]
    docstrings: tuple[str, ...]
    shown_only_as_html: tuple[str, ...]
    names: frozenset[str]
    function_lines: tuple[tuple[str, int], ...]


@cache
def module(path: Path) -> Module:
    nodes = [*ast.walk(ast.parse(path.read_bytes()))]
    classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    texts = (ast.get_docstring(node) for node in nodes if isinstance(node, documented))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return Module(
        classes=tuple(node.name for node in classes),
        docstrings=tuple(filter(None, texts)),
        shown_only_as_html=tuple(node.name for node in classes if is_shown_only_as_html(node)),
        names=frozenset(names | {node.arg for node in nodes if isinstance(node, ast.arg)}),
        function_lines=tuple(lines_of_functions(path, nodes)),
    )


def lines_of_functions(path: Path, nodes: Sequence[ast.AST]) -> Iterator[tuple[str, int]]:
    """Yield functions and how many of their lines have code, not docstrings or comments."""
    with tokenize.open(path) as file:
        tokens = tokenize.generate_tokens(file.readline)
        code = {
            line
            for token in tokens
            if token.type not in NO_CODE
            for line in range(token.start[0], token.end[0] + 1)
        }
    for node in nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            code -= {*range(node.lineno, (node.end_lineno or 0) + 1)}
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = range(node.lineno, (node.end_lineno or 0) + 1)
            yield f"{short(path)}:{node.name}", len(code.intersection(lines))


def is_shown_only_as_html(node: ast.ClassDef) -> bool:
    """Return whether notebooks show a class's instances and scripts only their address."""
    methods = {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
    has_repr = any("repr=False" not in ast.unparse(line) for line in node.decorator_list)
    return "_repr_html_" in methods and "__repr__" not in methods and not has_repr


def test_no_function_has_outgrown_a_screen() -> None:
    functions = [one for path in SOURCES for one in module(path).function_lines]
    assert {name for name, lines in functions if lines > 50} == set()


def test_the_lines_of_a_function_are_those_with_code(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(
        'def f(\n    a,\n):\n    """Say.\n\n    More.\n    """\n\n    # why\n    return a\n'
    )
    assert [lines for _, lines in module(path).function_lines] == [4]


def test_no_folder_has_more_entries_than_one_can_overlook() -> None:
    entries = Counter(
        path.parent.relative_to(ROOT).as_posix()
        for path in (ROOT / "tracing_lab").rglob("*")
        if path.name not in {"__pycache__", "py.typed"} and path.suffix != ".pyc"
    )
    limits = Counter(dict.fromkeys(entries, 24)) + Counter({"tracing_lab": 36 - 24})
    assert set(entries - limits) == set()


def test_no_public_class_has_the_name_of_another() -> None:
    names = Counter(
        name for path in LIBRARY for name in module(path).classes if not name.startswith("_")
    )
    assert {name for name, times in names.items() if times > 1} == set()


def test_what_a_notebook_shows_a_script_shows_too() -> None:
    assert [name for path in LIBRARY for name in module(path).shown_only_as_html] == []


@pytest.mark.parametrize(
    "decorator, names", [("", ["Shown"]), ("@dataclass", []), ("@dataclass(repr=False)", ["Shown"])]
)
def test_what_only_a_notebook_shows_is_found(
    tmp_path: Path, decorator: str, names: list[str]
) -> None:
    path = tmp_path / "module.py"
    path.write_text(f"{decorator}\nclass Shown:\n    def _repr_html_(self): ...\n")
    assert [*module(path).shown_only_as_html] == names


def test_docstrings_say_in_plain_terms_what_is_returned_or_done() -> None:
    texts = [(short(path), text) for path in LIBRARY for text in module(path).docstrings]
    wrong = [it for it in texts if VAGUE_BEGINNING.match(it[1]) or UNUSUAL.search(it[1])]
    of_tests = [(short(path), text) for path in TESTS for text in module(path).docstrings]
    assert wrong + [it for it in of_tests if VAGUE_BEGINNING.match(it[1])] == []


def test_names_say_what_they_stand_for() -> None:
    """A loop's item is a segment, a rule or a learner, never just one of them."""
    named = [short(path) for path in SOURCES if "one" in module(path).names]
    assert named == []


def test_the_path_of_the_functions_has_no_general_names() -> None:
    folder = ROOT / "lambda_src"
    names = {path.relative_to(folder).parts[0].removesuffix(".py") for path in folder.rglob("*.py")}
    assert names == LAMBDA_MODULES


def test_the_handlers_show_the_tracer() -> None:
    calls = ("xray_recorder.in_subsegment(", ".put_annotation(", ".put_metadata(")
    for handler in (ROOT / "lambda_src").glob("*_service.py"):
        text = handler.read_text()
        assert [call for call in calls if call not in text] == []
        assert len(text.splitlines()) <= 45


def test_the_handlers_for_opentelemetry_show_its_calls_and_patch_nothing() -> None:
    calls = (
        "trace.get_tracer(",
        ".start_as_current_span(",
        ".set_attribute(",
        "ANNOTATIONS: INDEXED",
    )
    handlers = sorted((ROOT / "lambda_src" / "otel").glob("*.py"))
    assert [path.name for path in handlers] == sorted(f"{name}_service.py" for name in SERVICES)
    for handler in handlers:
        text = handler.read_text()
        assert [call for call in calls if call not in text] == []
        assert "aws_xray_sdk" not in text
        assert "patch(" not in text
        assert len(text.splitlines()) <= 45


def test_the_library_and_the_lambda_code_do_not_import_each_other() -> None:
    ours = re.compile(r"^\s*(?:from|import) tracing_lab", re.MULTILINE)
    theirs = "|".join(LAMBDA_MODULES)
    lambda_code = re.compile(rf"^\s*(?:from|import) (?:lambda_src|{theirs})\b", re.MULTILINE)
    assert not [p for p in (ROOT / "lambda_src").rglob("*.py") if ours.search(p.read_text())]
    library = (ROOT / "tracing_lab").rglob("*.py")
    assert not [path for path in library if lambda_code.search(path.read_text())]


def test_no_pipe_is_given_away_to_the_event_loop() -> None:
    """Uvloop closes it twice; the second time it may be another thread's file or connection."""
    gives_away = re.compile(r"\.connect_(read|write)_pipe\(")
    modules = (ROOT / "tracing_lab").rglob("*.py")
    assert [path.name for path in modules if gives_away.search(path.read_text())] == []
