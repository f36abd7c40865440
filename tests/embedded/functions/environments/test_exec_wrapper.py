"""Wrapper scripts of layers start the runtime, for Python and Node, or say why they do not."""

import asyncio
import io
import json
import shutil
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from archives import zip_of
from node_clients import CLIENT, NEEDS_NODE
from processes import is_alive
from waiting import until

from tracing_lab.embedded.functions import Functions
from tracing_lab.embedded.functions.environments.exec_wrapper import wrapped
from tracing_lab.embedded.functions.environments.variables import Locations
from tracing_lab.embedded.functions.runtime.programs import ARGUMENTS_VARIABLE, Program
from tracing_lab.embedded.model import FunctionSpec, Invocation

Make = Callable[..., FunctionSpec]
Invoke = Callable[..., Invocation]
Lab = Any

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="runs shell scripts")

SOURCE = """
import os, sys
def handler(event, context):
    return "not wrapped"
def other(event, context):
    names = ("ADDED", "_HANDLER", "OPTION", "_TRACING_LAB_ARGUMENTS")
    kept = {name: os.environ.get(name) for name in names}
    return [kept, sys.modules.get("sitecustomize") is not None, sys.flags.dev_mode]
"""
WRAPPER = {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrapper"}
CHANGES = """#!/bin/sh
export ADDED="$(cat /opt/text) $OPTION"
export _HANDLER=app.other
exec "$@"
"""


def layer(files: Mapping[str, str], *, executable: bool = True) -> bytes:
    """Return the zip of a layer whose file ``wrapper`` is a program."""
    content = io.BytesIO(zip_of(files))
    with zipfile.ZipFile(content) as archive:
        texts = {name: archive.read(name) for name in archive.namelist()}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in texts.items():
            member = zipfile.ZipInfo(name)
            member.external_attr = (0o755 if executable and name == "wrapper" else 0o644) << 16
            archive.writestr(member, text)
    return content.getvalue()


@pytest.mark.parametrize("client", ["auto", "builtin"])
def test_a_wrapper_changes_the_environment_and_the_handler(
    lab: Lab, function: Make, client: str
) -> None:
    files = {"wrapper": CHANGES, "text": "from a layer"}
    environment = {**WRAPPER, "OPTION": "/opt/text"}
    spec = function(SOURCE, layer_zips=(layer(files),), environment=environment)
    (seen, customized, _) = json.loads(lab.invoke(spec, runtime_client=client).payload)
    assert seen["ADDED"].startswith("from a layer /")
    assert Path(seen["OPTION"]).parts[-2:] == ("opt", "text")
    assert (seen["_HANDLER"], seen["_TRACING_LAB_ARGUMENTS"]) == ("app.other", None)
    assert not customized


def test_a_wrapper_of_the_code_itself_needs_no_layer(lab: Lab, function: Make) -> None:
    archive = layer({"wrapper": "_HANDLER=app.other exec $@", "app.py": SOURCE})
    environment = {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrapper"}
    spec = function(code_zip=archive, environment=environment)
    assert json.loads(lab.invoke(spec).payload)[0]["_HANDLER"] == "app.other"


def test_options_are_inserted_before_the_last_argument_as_documented(
    lab: Lab, function: Make
) -> None:
    script = """#!/bin/bash
args=("$@")
export _HANDLER=app.other
exec "${args[@]:0:$#-1}" -X dev "${args[@]: -1}"
"""
    spec = function(SOURCE, layer_zips=(layer({"wrapper": script}),), environment=WRAPPER)
    assert json.loads(lab.invoke(spec).payload)[2] is True


def test_sitecustomize_comes_from_a_pythonpath_that_the_wrapper_changed(
    lab: Lab, function: Make
) -> None:
    script = """#!/bin/sh
export PYTHONPATH=/opt/start:$PYTHONPATH
python3 -c 'import sys; print("PYTHON", sys.version_info[:2], file=sys.stderr)'
exec "$@"
"""
    custom = "import boto3, os\nos.environ['_HANDLER'] = 'app.other'\n"
    files = {"wrapper": script, "start/sitecustomize.py": custom}
    spec = function(SOURCE, layer_zips=(layer(files),), environment=WRAPPER)
    assert json.loads(lab.invoke(spec).payload)[1] is True
    assert f"PYTHON {sys.version_info[:2]}\n" in lab.messages


MISSING, NOT_EXECUTABLE = "/opt/wrapper: does not exist", "/opt/wrapper: is not an executable"


@pytest.mark.parametrize(
    "layers, line, status",
    [
        ((layer({"other": ""}),), MISSING, 127),
        ((), MISSING, 127),
        ((layer({"wrapper": "# /opt/x"}, executable=False),), NOT_EXECUTABLE, 126),
        ((layer({"wrapper": "exit 3"}),), "", 3),
    ],
)
def test_a_wrapper_that_starts_nothing_is_an_exit_in_the_init_phase(
    lab: Lab, function: Make, layers: tuple[bytes, ...], line: str, status: int
) -> None:
    result = lab.invoke(function(SOURCE, layer_zips=layers, environment=WRAPPER))
    error = json.loads(result.payload)
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith(f"Runtime exited with error: exit status {status}")
    assert not line or f"{line}\n" in lab.messages


HANDLERS = """
exports.handler = async () => "not wrapped";
exports.other = async () => [process.env.ADDED, globalThis.preloads];
"""
PRELOAD = "globalThis.preloads = (globalThis.preloads || 0) + 1; console.error('PRELOADED');"


@NEEDS_NODE
def test_a_wrapper_of_node_preloads_and_changes_the_handler(lab: Lab, function: Make) -> None:
    script = """#!/bin/sh
export NODE_OPTIONS="$NODE_OPTIONS --require /opt/preload.js" ADDED=1 _HANDLER=index.other
exec "$@"
"""
    spec = function(
        runtime="nodejs22.x",
        handler="index.handler",
        memory_mb=256,
        code_zip=zip_of({"index.js": HANDLERS}),
        layer_zips=(layer({"wrapper": script, "preload.js": PRELOAD}),),
        environment=WRAPPER,
    )
    assert json.loads(lab.invoke(spec, node_client=CLIENT).payload) == ["1", 1]
    assert "".join(lab.messages).count("PRELOADED") == 1  # not in the launcher's own thread


def test_python3_is_the_functions_interpreter_where_its_folder_has_another(tmp_path: Path) -> None:
    interpreter, other = tmp_path / "bin" / "python3.99", tmp_path / "bin" / "python3"
    interpreter.parent.mkdir()
    for file, text in ((interpreter, "own"), (other, "other")):
        file.write_text(f"#!/bin/sh\necho {text}\n")
        file.chmod(0o755)
    program = Program([str(interpreter), "l.py"], ["builtin", "a"], interpreter, "python3.99")
    locations = Locations(
        task_root=tmp_path,
        temp=tmp_path,
        runtime_api="",
        log_stream="",
        programs=interpreter.parent,
    )
    path = f"/layer/bin:{interpreter.parent}:/bin"
    command, variables = wrapped(program, "/opt/w", {"PATH": path}, locations)
    assert command[-2:] == [str(interpreter), "l.py"]
    assert variables[ARGUMENTS_VARIABLE] == "builtin\na"
    assert variables["PATH"].startswith("/layer/bin:")
    found = shutil.which("python3", path=variables["PATH"])
    assert found is not None
    assert Path(found).resolve() == interpreter


STAYS = """
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
def handler(event, context):
    return [os.getpid(), child.pid]
"""


@pytest.mark.parametrize("last", ['exec "$@"', '"$@"'])
def test_nothing_of_a_wrapped_function_outlives_its_environment(
    lab: Lab, function: Make, invocation: Invoke, last: str
) -> None:
    spec = function(STAYS, layer_zips=(layer({"wrapper": last}),), environment=WRAPPER)

    async def scenario(functions: Functions) -> list[int]:
        result = await functions.invoke(invocation(spec))
        pids: list[int] = json.loads(result.payload)
        return pids

    pids = lab.run(scenario)
    asyncio.run(until(lambda: not any(is_alive(pid) for pid in pids)))
