"""Node functions run on the node and the runtime client of this machine, where both are there."""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from archives import zip_of
from node_clients import CLIENT, NEEDS_NODE
from processes import is_alive

from tracing_lab.embedded.functions import Functions, FunctionSettings
from tracing_lab.embedded.functions.runtime import node as node_module
from tracing_lab.embedded.functions.runtime.node import (
    client_folder,
    node_program,
)
from tracing_lab.embedded.functions.runtime.programs import UnsupportedRuntimeError, program_of
from tracing_lab.embedded.model import FunctionSpec, Invocation

Make = Callable[..., FunctionSpec]
Invoke = Callable[..., Invocation]
Lab = Any

HEADER = "Root=1-6b042ac0-5d09aa705e56bbd015254801;Parent=13a449852a482e01;Sampled=1"
ADVICE = "npm install --global --ignore-scripts aws-lambda-ric"


HANDLERS = """
const atInit = process.env._X_AMZN_TRACE_ID ?? null;
exports.echo = async (event, context) => {
  console.log("one", event.a);
  const { memoryLimitInMB: memory, functionName: name } = context;
  return [event, atInit, process.env._X_AMZN_TRACE_ID, memory, name];
};
exports.fails = async () => { throw new RangeError("gr\u00f6\u00dfer") };
exports.leaves = async () => process.exit(3);
exports.layered = async () => [require("one").value, require("two").value];
exports.spins = async () => { for (;;); };
exports.holds = async () => { const all = []; for (;;) all.push(Buffer.alloc(1 << 20, 1)); };
"""


@pytest.fixture
def node(function: Make) -> Make:
    """Describe a Node function."""

    def make(handler: str, **changes: Any) -> FunctionSpec:
        archive = zip_of({"index.js": HANDLERS, "broken.js": "const = ;"})
        settings = {"runtime": "nodejs22.x", "memory_mb": 256, "revision": handler, **changes}
        return function(handler=handler, code_zip=archive, **settings)

    return make


@NEEDS_NODE
def test_a_node_function_answers_logs_and_is_traced(
    lab: Lab, node: Make, invocation: Invoke, until: Any
) -> None:
    async def scenario(functions: Functions) -> list[Any]:
        call = invocation(node("index.echo"), '{"a": "gr\u00f6\u00dfe"}'.encode(), HEADER)
        results = [await functions.invoke(call) for _ in range(2)]
        await until(lambda: not lab.in_progress)
        assert len(functions.process_ids) == 1
        return results

    first, second = lab.run(scenario, node_client=CLIENT)
    event, at_init, header, memory, name = json.loads(first.payload)
    assert (event, at_init, memory, name) == ({"a": "gr\u00f6\u00dfe"}, None, "256", "shop")
    assert f"Parent={lab.runs[0]['subsegments'][1]['id']};" in header
    assert header != json.loads(second.payload)[2]
    names = [child["name"] for child in lab.runs[0]["subsegments"]]
    assert names == ["Initialization", "Invocation", "Overhead"]
    assert re.match(r"INIT_START Runtime Version: nodejs:\d+\.v", lab.messages[0])
    (line, _) = [one for one in lab.messages if "one gr\u00f6\u00dfe" in one]
    assert f"\t{first.request_id}\tINFO\tone" in line


@NEEDS_NODE
def test_a_node_error_has_the_runtimes_shape_and_is_in_the_trace(lab: Lab, node: Make) -> None:
    result = lab.invoke(node("index.fails"), node_client=CLIENT)
    error = json.loads(result.payload)
    assert (error["errorType"], error["errorMessage"]) == ("RangeError", "gr\u00f6\u00dfer")
    assert error["trace"][0] == "RangeError: gr\u00f6\u00dfer"
    (exception,) = lab.runs[0]["cause"]["exceptions"]
    assert (exception["type"], exception["message"]) == ("RangeError", "gr\u00f6\u00dfer")


@NEEDS_NODE
@pytest.mark.parametrize(
    "handler, kind",
    [
        ("nothing.handler", "Runtime.ImportModuleError"),
        ("index.nothing", "Runtime.HandlerNotFound"),
        ("broken.handler", "Runtime.UserCodeSyntaxError"),
        ("index.leaves", "Runtime.ExitError"),
    ],
)
def test_node_functions_that_do_not_run_say_why(
    lab: Lab, node: Make, handler: str, kind: str
) -> None:
    result = lab.invoke(node(handler), node_client=CLIENT)
    assert json.loads(result.payload)["errorType"] == kind


@NEEDS_NODE
def test_an_endless_loop_is_a_timeout_and_too_much_memory_a_kill(
    lab: Lab, node: Make, invocation: Invoke
) -> None:
    async def scenario(functions: Functions) -> list[bytes]:
        specs = [node("index.spins", timeout_s=0.1), node("index.holds", timeout_s=60.0)]
        return [(await functions.invoke(invocation(spec))).payload for spec in specs]

    spins, holds = lab.run(scenario, node_client=CLIENT)
    assert b"Task timed out after 0.10 seconds" in spins
    assert b"signal: killed" in holds


@NEEDS_NODE
def test_node_layers_are_found_and_the_one_for_the_version_wins(lab: Lab, node: Make) -> None:
    layer = zip_of(
        {
            "nodejs/node_modules/one.js": "exports.value = 'any'",
            "nodejs/node_modules/two.js": "exports.value = 'any'",
            "nodejs/node22/node_modules/two.js": "exports.value = 'own'",
        }
    )
    result = lab.invoke(node("index.layered", layer_zips=(layer,)), node_client=CLIENT)
    assert json.loads(result.payload) == ["any", "own"]


MODULE = """
import { value } from "helpful";
import { missing } from "./own.mjs";
export const handler = async () => [value, missing];
"""


@NEEDS_NODE
def test_es_modules_import_packages_of_layers(lab: Lab, node: Make) -> None:
    package = '{"name": "helpful", "type": "module", "exports": "./main.js"}'
    layer = zip_of(
        {
            "nodejs/node_modules/helpful/package.json": package,
            "nodejs/node_modules/helpful/main.js": "export const value = 42;",
        }
    )
    code = zip_of({"index.mjs": MODULE, "own.mjs": "export const missing = null;"})
    spec = replace(node("index.handler", layer_zips=(layer,)), code_zip=code)
    result = lab.invoke(spec, node_client=CLIENT)
    assert json.loads(result.payload) == [42, None]


PATCHES = """
const http = require("http");
const request = http.request;
const seen = [];
http.request = function (options) {
  seen.push(options.path);
  return request.apply(this, arguments);
};
exports.handler = async () => seen;
"""


@NEEDS_NODE
def test_a_function_that_records_its_requests_sees_none_of_the_runtime(
    lab: Lab, node: Make, invocation: Invoke
) -> None:
    async def scenario(functions: Functions) -> list[Any]:
        spec = replace(node("index.handler"), code_zip=zip_of({"index.js": PATCHES}))
        call = invocation(spec)
        return [json.loads((await functions.invoke(call)).payload) for _ in range(2)]

    assert lab.run(scenario, node_client=CLIENT) == [[], []]


SPINS = """
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
const native = createRequire(import.meta.url)("./rapid-client.node");
const WAITS = "setTimeout(() => {}, 600000)";
const child = spawn(process.execPath, ["-e", WAITS]);
const detached = spawn(process.execPath, ["-e", WAITS], { detached: true });
console.log(JSON.stringify([process.pid, child.pid, detached.pid, Object.keys(native)]));
setTimeout(() => { for (;;); });
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_not_even_an_endless_loop_outlives_the_server(tmp_path: Path, until: Any) -> None:
    (tmp_path / "index.mjs").write_text(SPINS)
    (tmp_path / "package.json").write_text('{"main": "index.mjs"}')
    launcher = Path(node_module.__file__).with_name("node_launcher.js")
    with subprocess.Popen(
        [node_program(os.environ), str(launcher), str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9", "_HANDLER": "index.handler"},
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        *pids, exported = json.loads(process.stdout.readline())
        process.stdin.close()
        assert process.wait(timeout=60) == -signal.SIGKILL
    assert exported == ["next", "done", "error"]
    asyncio.run(until(lambda: not any(is_alive(pid) for pid in pids)))


def client_in(folder: Path) -> Path:
    client = folder / "aws-lambda-ric"
    client.mkdir(parents=True)
    (client / "package.json").write_text("{}")
    return client


def program_in(folder: Path, name: str, text: str = "exit 0") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return program


def test_the_command_names_node_its_heap_and_the_client(tmp_path: Path, node: Make) -> None:
    program, client = program_in(tmp_path / "bin", "node"), client_in(tmp_path)
    settings = FunctionSettings(node_client=client)
    made = program_of(node("index.echo"), settings=settings, host={"PATH": str(program.parent)})
    heap = ["--max-old-space-size=230", "--max-semi-space-size=12"]
    line = made.command[made.command.index(str(program)) :]  # after what has it adopt orphans
    assert [*line[:3], *line[4:]] == [str(program), *heap, str(client)]
    assert Path(line[3]).name == "node_launcher.js"
    assert made.interpreter == program


def test_node_path_comes_before_the_global_packages(tmp_path: Path) -> None:
    program = program_in(tmp_path / "prefix" / "bin", "node")
    general = client_in(tmp_path / "prefix" / "lib" / "node_modules")
    host = {"PATH": str(program.parent)}
    assert client_folder(None, host=host) == general
    own = client_in(tmp_path / "own")
    assert client_folder(None, host={**host, "NODE_PATH": f"nowhere:{tmp_path / 'own'}"}) == own
    assert client_folder(general, host={**host, "NODE_PATH": str(tmp_path / "own")}) == general


def test_npm_is_asked_where_global_packages_are(tmp_path: Path) -> None:
    program = program_in(tmp_path / "bin", "node")
    client = client_in(tmp_path / "elsewhere")
    program_in(tmp_path / "bin", "npm", f"echo {client.parent}")
    assert client_folder(None, host={"PATH": str(program.parent)}) == client


def test_without_node_or_client_the_error_says_what_to_install(tmp_path: Path, node: Make) -> None:
    spec, settings = node("index.echo"), FunctionSettings()
    with pytest.raises(UnsupportedRuntimeError, match=f"node is not on the search path.*{ADVICE}"):
        program_of(spec, settings=settings, host={"PATH": str(tmp_path)})
    program_in(tmp_path, "node")
    host = {"PATH": str(tmp_path)}
    with pytest.raises(UnsupportedRuntimeError, match=f"not among node's global.*{ADVICE}"):
        program_of(spec, settings=settings, host=host)
    with pytest.raises(UnsupportedRuntimeError, match=f"is not in {tmp_path}.*{ADVICE}"):
        program_of(spec, settings=FunctionSettings(node_client=tmp_path), host=host)


def test_a_caller_is_told_what_to_install(lab: Lab, node: Make, tmp_path: Path) -> None:
    result = lab.invoke(node("index.echo"), node_client=tmp_path)
    error = json.loads(result.payload)
    assert error["errorType"] == "Runtime.InvalidEntrypoint"
    assert ADVICE in error["errorMessage"]
