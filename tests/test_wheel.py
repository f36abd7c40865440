"""A wheel has everything that an installed workshop needs. Takes the build backend."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytest.importorskip("hatchling", reason="pip install hatchling")


def test_a_wheel_has_the_learners_notebooks_and_not_their_sources(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        solutions = archive.read("tracing_lab/check/solutions.json")
    notebooks = {path.name for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")}
    assert {f"tracing_lab/_notebooks/{name}" for name in notebooks} == {
        name for name in names if name.endswith(".ipynb")
    }
    assert "tracing_lab/_notebooks/docs/glossary.md" in names
    assert solutions == (ROOT / "tracing_lab" / "check" / "solutions.json").read_bytes()
    handlers = {"order_service.py", "otel/order_service.py", "shop/invocation.py"}
    assert {f"tracing_lab/_lambda_src/{name}" for name in handlers} <= names
    layer = {"requirements.txt", "files/otel-instrument", "files/python/otel_wrapper.py"}
    assert {f"tracing_lab/package/layer/{name}" for name in layer} <= names
    assert "tracing_lab/export/report.html.jinja" in names
    assert {f"tracing_lab/plot/widgets/static/widget.{kind}" for kind in ("js", "css")} <= names
    assert not [name for name in names if "build.py" in name or "/source/" in name]
