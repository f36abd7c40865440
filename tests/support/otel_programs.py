"""Programs in Python and Node with OpenTelemetry's own SDK and exporters, run as users do."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from otel_layers import VARIABLE, distro_folder

FOLDER = Path(__file__).parents[1] / "data" / "otel_programs"
NODE_VARIABLE = "TRACING_LAB_TEST_NODE_OTEL"
"""Names the node_modules of: npm install, with the packages that `.ci/run` names."""

SECONDS = 60.0
PACKAGES = distro_folder()  # the SDK and the exporter by HTTP are in AWS's distribution as they are
MODULES = Path(os.environ.get(NODE_VARIABLE, ""), "@opentelemetry")
NEEDS_PACKAGES = pytest.mark.skipif(
    PACKAGES is None, reason=f"{VARIABLE} names no installed distro"
)
NEEDS_MODULES = pytest.mark.skipif(
    not MODULES.is_dir() or shutil.which("node") is None,
    reason=f"there is no node, or {NODE_VARIABLE} names no packages of OpenTelemetry",
)


def run_python(endpoint_url: str) -> str:
    """Run the program in Python; return the id of its trace, in OpenTelemetry's form."""
    words = [sys.executable, str(FOLDER / "shop.py")]
    return _run(words, endpoint_url, PYTHONPATH=str(PACKAGES))


def run_node(endpoint_url: str, exporter: str) -> str:
    """Run the program in Node with one of the exporters; return the id of its trace."""
    words = ["node", str(FOLDER / "shop.cjs"), exporter]
    return _run(words, endpoint_url, NODE_PATH=str(MODULES.parent))


def _run(words: Sequence[str], endpoint_url: str, **more: str) -> str:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("OTEL_")}
    environment: Mapping[str, str] = {
        **inherited,
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint_url,
        "NO_PROXY": "127.0.0.1",
        **more,
    }
    done = subprocess.run(
        words, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()
