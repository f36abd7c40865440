"""Functions run on an interpreter of their runtime's version, where there is one."""

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from archives import zip_of

from tracing_lab.embedded.functions.runtime.interpreters import (
    OWN,
    Interpreter,
    node_for,
    python_for,
    substitution,
)
from tracing_lab.embedded.model import FunctionSpec

Make = Callable[..., FunctionSpec]
Lab = Any

OWN_RUNTIME = f"python{sys.version_info[0]}.{sys.version_info[1]}"
OTHER = Interpreter(Path("python"), "3.99.1", is_own=True)
"""A server whose Python is of no runtime's version."""


def program_in(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return program


def other_python() -> tuple[str, Path] | None:
    """Return runtime and folder of another Python of this machine that runs functions."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    folders = [*map(Path, os.environ["PATH"].split(os.pathsep)), *versions.glob("*/bin")]
    for folder in folders:
        for program in folder.glob("python3.1*"):
            name = program.name
            is_other = re.fullmatch(r"python3\.1\d", name) and name != OWN_RUNTIME
            if is_other and not python_for(name, host={"PATH": str(folder)}).is_own:
                return name, folder
    return None


OTHER_PYTHON = other_python()
HANDLER = """
import sys, boto3

def handler(event, context):
    print("hello")
    return [list(sys.version_info[:2]), sys.path[0], boto3.__name__, context.function_name]
"""


@pytest.mark.skipif(OTHER_PYTHON is None, reason="there is no other Python on this machine")
def test_a_function_runs_on_the_python_that_its_runtime_names(
    lab: Lab, function: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert OTHER_PYTHON is not None
    runtime, folder = OTHER_PYTHON
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    archive = zip_of({"app.py": HANDLER})
    result = lab.invoke(function(runtime=runtime, handler="app.handler", code_zip=archive))
    version, first_path, package, name = json.loads(result.payload)
    assert ".".join(map(str, version)) == runtime.removeprefix("python")
    assert (package, name) == ("boto3", "shop")
    assert "task" in first_path
    starts = f"INIT_START Runtime Version: {runtime.replace('python', 'python:')}.v"
    assert lab.messages[0].startswith(starts)
    assert any("hello" in message for message in lab.messages)


def test_the_log_names_the_version_that_stands_in(lab: Lab, function: Make) -> None:
    archive = zip_of({"app.py": HANDLER})
    lab.invoke(function(runtime="python3.99", handler="app.handler", code_zip=archive))
    own = OWN_RUNTIME.replace("python", "python:")
    assert lab.messages[0].startswith(f"INIT_START Runtime Version: {own}.v")


def test_the_servers_python_runs_its_own_version(tmp_path: Path) -> None:
    assert python_for(OWN_RUNTIME, host={"PATH": str(tmp_path)}) == OWN


@pytest.mark.parametrize(
    "text",
    ["echo 3.12.4; exit 1", "echo command not found", "echo 3.11.9", ""],
    ids=["fails", "a shim", "another version", "silent"],
)
def test_a_python_that_does_not_run_our_client_is_not_used(tmp_path: Path, text: str) -> None:
    program_in(tmp_path, "python3.12", text)
    assert python_for("python3.12", host={"PATH": str(tmp_path)}, own=OTHER) == OTHER


def test_the_first_python_that_works_is_used(tmp_path: Path) -> None:
    program_in(tmp_path / "a", "python3.12", "exit 1")
    good = program_in(tmp_path / "b", "python3.12", "echo 3.12.4")
    host = {"PATH": f"{tmp_path / 'a'}{os.pathsep}{tmp_path / 'b'}"}
    assert python_for("python3.12", host=host, own=OTHER) == Interpreter(good, "3.12.4")
    assert substitution("python3.12", host=host, own=OTHER) is None


def test_the_node_of_the_runtimes_version_is_used(tmp_path: Path) -> None:
    old = program_in(tmp_path / "a", "node", "echo v20.1.0")
    new = program_in(tmp_path / "b", "node", "echo v22.3.0")
    host = {"PATH": f"{tmp_path / 'a'}{os.pathsep}{tmp_path / 'b'}"}
    assert node_for("nodejs22.x", host=host) == Interpreter(new, "22.3.0")
    assert node_for("nodejs24.x", host=host) == Interpreter(old, "20.1.0")
    assert node_for("nodejs24.x", host={"PATH": str(tmp_path)}) is None
    assert substitution("nodejs22.x", host=host) is None
    assert substitution("nodejs24.x", host=host) == (
        "functions of runtime nodejs24.x run on Node 20.1.0: put a node of version 24 on the PATH "
        "and restart the embedded AWS."
    )


def test_what_stands_in_for_a_python_is_said(tmp_path: Path) -> None:
    host = {"PATH": str(tmp_path)}
    assert substitution("python3.13", host=host, own=OTHER) == (
        "functions of runtime python3.13 run on Python 3.99.1: put python3.13 (which needs to be "
        "Python 3.10 or later) on the PATH and restart the embedded AWS."
    )
    assert substitution(OWN_RUNTIME, host=host) is None
    assert substitution("java21", host=host) is None
