"""The repository keeps its own promises."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml

import tracing_lab
from tracing_lab.config import SERVICES

ROOT = Path(__file__).parent.parent
LAMBDA_MODULES = {"shop", *(f"{service}_service" for service in SERVICES)}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

# Packages that conda-forge names differently than the Python index.
CONDA_NAMES = {"matplotlib-base": "matplotlib"}


def bound(requirement: str) -> tuple[str, str]:
    """Split "moto[server]>=5.1; marker" into ("moto", "5.1")."""
    name, _, version = requirement.split(";", maxsplit=1)[0].strip().partition(">=")
    return re.sub(r"\[.*\]", "", name).lower().replace("_", "-"), version


def test_the_version_is_the_one_that_the_changelog_describes() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    top = re.search(r"^## \[([^]]+)\]", changelog, re.MULTILINE)
    assert top is not None
    assert top.group(1) == PROJECT["version"] == tracing_lab.__version__


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


def test_no_test_patches_what_it_tests() -> None:
    forbidden = re.compile(r"mock\.patch|monkeypatch\.setattr|import mock|unittest\.mock")
    mine = Path(__file__).name
    tests = [path for path in (ROOT / "tests").rglob("*.py") if path.name != mine]
    assert [path.name for path in tests if forbidden.search(path.read_text())] == []


def test_helpers_live_in_the_package_they_serve() -> None:
    modules = (ROOT / "tracing_lab").glob("_*.py")
    assert [path.name for path in modules] == ["__init__.py"]


def test_no_module_has_outgrown_one_responsibility() -> None:
    sources = [*(ROOT / "tracing_lab").rglob("*.py"), *(ROOT / "lambda_src").rglob("*.py")]
    assert [path.name for path in sources if len(path.read_text().splitlines()) > 400] == []


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
