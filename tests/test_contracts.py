"""The import contracts hold for modules that do not exist yet."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOTHING = '"""A new module."""\n'
LAYERED = "The library is layered"
EMBEDDED = "The embedded AWS is layered"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a copy of the library and its contracts."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    ignored = shutil.ignore_patterns("__pycache__", "static")
    shutil.copytree(ROOT / "tracing_lab", tmp_path / "tracing_lab", ignore=ignored)
    return tmp_path


def broken_contracts(repository: Path) -> list[str]:
    """Return the names of the contracts that a repository breaks."""
    command = "import sys; from importlinter.cli import lint_imports_command as run; run()"
    done = subprocess.run(
        [sys.executable, "-c", command, "--no-cache"],
        cwd=repository,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={"PYTHONPATH": str(repository), "COLUMNS": "200", "PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    assert "Contracts: " in done.stdout, done.stdout + done.stderr
    return re.findall(r"^(.+) BROKEN", done.stdout, re.MULTILINE)


def test_the_library_as_it_is_keeps_all_contracts(repository: Path) -> None:
    assert broken_contracts(repository) == []


@pytest.mark.parametrize(
    "path, text, contract",
    [
        ("newcomer.py", NOTHING, LAYERED),
        ("newcomer/__init__.py", NOTHING, LAYERED),
        ("embedded/newcomer.py", NOTHING, EMBEDDED),
        ("embedded/newcomer/__init__.py", NOTHING, EMBEDDED),
        ("stats/newcomer.py", "from tracing_lab.aws import Aws\n", LAYERED),
        ("plot/newcomer.py", "from tracing_lab.config import Config\n", LAYERED),
        ("embedded/newcomer.py", "from tracing_lab.stack import Plan\n", LAYERED),
        ("deploy/newcomer.py", "import boto3\n", "Only aws imports boto3"),
        ("filters/newcomer.py", "import botocore\n", "Only aws imports boto3"),
        ("stats/newcomer.py", "import matplotlib.pyplot\n", "Only plot imports matplotlib"),
        ("deploy/newcomer.py", "import tracing_lab.plot\n", "Only what shows results imports plot"),
        ("xray/newcomer.py", "import aiohttp\n", "Only traffic sends HTTP requests"),
        ("xray/newcomer.py", "import http.client\n", "Only traffic sends HTTP requests"),
        ("embedded/xray/newcomer.py", "import moto\n", "Only the embedded AWS's adapter"),
        ("stats/newcomer.py", "import tracing_lab.embedded.xray\n", "Nothing of the library"),
        ("stats/newcomer.py", "import shop\n", "The library and the Lambda code never"),
        (
            "stats/quantiles.py",
            "from tracing_lab.stats.latency import latency_summary\n",
            "No package imports a sibling that imports it",
        ),
    ],
)
def test_a_new_module_is_covered(repository: Path, path: str, text: str, contract: str) -> None:
    module = repository / "tracing_lab" / path
    module.parent.mkdir(exist_ok=True)
    module.write_text(text)
    assert any(name.startswith(contract) for name in broken_contracts(repository))
