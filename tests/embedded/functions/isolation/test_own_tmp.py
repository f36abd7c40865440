"""A function's own /tmp, which only a server of root on Linux can give it."""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from node_clients import CLIENT, NEEDS_NODE
from plain_apps import BASICS, PlainApp

from tracing_lab.embedded import lifecycle
from tracing_lab.embedded.functions.isolation.mounts import Mounts
from tracing_lab.package import zip_bytes

CODE = b"""
import os, tempfile

def handler(event, context):
    before = sorted(os.listdir("/tmp"))
    with open("/tmp/" + event["name"], "w") as file:
        file.write("x")
    return [before, os.path.exists(os.path.join(tempfile.gettempdir(), event["name"]))]
"""
NODE = b"""
const fs = require('fs')
exports.handler = async event => {
  const before = fs.readdirSync('/tmp')
  fs.writeFileSync('/tmp/' + event.name, 'x')
  return [before, fs.existsSync(require('os').tmpdir() + '/' + event.name)]
}
"""
TMP = Path("/tmp")  # noqa: S108 - the machine's
NEEDED = (Path(sys.prefix), Path(sys.base_prefix), Path(__file__), CLIENT or Path("/"))
IS_POSSIBLE = sys.platform == "linux" and os.geteuid() == 0
IS_POSSIBLE = IS_POSSIBLE and Mounts(allowed=True).can_replace_tmp(*NEEDED)
needs_root = pytest.mark.skipif(
    not IS_POSSIBLE, reason="needs root on Linux, and an installation outside of /tmp"
)


@pytest.fixture
def app() -> Iterator[PlainApp]:
    state_dir = Path(tempfile.mkdtemp(dir="/var/tmp"))
    yield PlainApp(lifecycle.start(state_dir=state_dir))
    lifecycle.stop(state_dir=state_dir)
    shutil.rmtree(state_dir)


@needs_root
def test_functions_share_no_files_in_tmp_with_anybody(app: PlainApp) -> None:
    for name in ("first", "second"):
        app.function(name, "app.handler", {"app.py": CODE})
        answer = app.functions.invoke(FunctionName=name, Payload=json.dumps({"name": name}))
        assert json.loads(answer["Payload"].read()) == [[], True]
        assert not (TMP / name).exists()
    # AND an environment that is used again finds its files
    answer = app.functions.invoke(FunctionName="first", Payload=b'{"name": "again"}')
    assert json.loads(answer["Payload"].read()) == [["first"], True]


@needs_root
@NEEDS_NODE
def test_functions_in_node_have_their_own_tmp_too(app: PlainApp) -> None:
    role = app.role("node", BASICS)
    app.functions.create_function(
        FunctionName="node",
        Runtime="nodejs22.x",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": zip_bytes({"index.js": NODE})},
    )
    answer = app.functions.invoke(FunctionName="node", Payload=b'{"name": "node"}')
    assert json.loads(answer["Payload"].read()) == [[], True]


def test_what_lies_in_tmp_itself_keeps_the_machines() -> None:
    outside, inside = Path("/usr/bin/python3"), TMP / "clone/.venv/bin/python"
    assert Mounts(allowed=True).can_replace_tmp(outside)
    assert not Mounts(allowed=True).can_replace_tmp(outside, inside)
    assert not Mounts(allowed=False).can_replace_tmp(outside)
