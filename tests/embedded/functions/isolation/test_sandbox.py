"""What a function finds in its process: Lambda's runtime and its own code, and nothing else."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from archives import zip_of
from processes import is_alive

from tracing_lab.embedded.functions import Functions
from tracing_lab.embedded.functions.isolation import Isolation
from tracing_lab.embedded.functions.isolation.children import Children, end_tree
from tracing_lab.embedded.functions.runtime.packages import runtime_packages
from tracing_lab.embedded.model import FunctionSpec, Invocation

Make = Callable[..., FunctionSpec]
Invoke = Callable[..., Invocation]
Lab = Any

IMPORTS = """
import builtins, importlib, importlib.metadata, os, sys

def handler(event, context):
    found = {}
    for name in event:
        try:
            importlib.import_module(name)
            found[name] = "imported"
        except ImportError as error:
            found[name] = str(error)
    return found

def metadata(event, context):
    names = {one.metadata["Name"].lower() for one in importlib.metadata.distributions()}
    return [importlib.metadata.version("boto3"), sorted(names)]

def builtin(event, context):
    return [name for name in ("exit", "quit", "open") if hasattr(builtins, name)]
"""


def returned(lab: Lab, spec: FunctionSpec, event: Any) -> Any:
    return json.loads(lab.invoke(spec, json.dumps(event).encode()).payload)


@pytest.mark.parametrize("name", ["pandas", "moto", "tracing_lab", "aws_xray_sdk", "pytest"])
def test_what_is_not_in_the_zip_is_missing_as_on_lambda(
    lab: Lab, function: Make, name: str
) -> None:
    result = lab.invoke(function(f"import {name}"))
    error = json.loads(result.payload)
    assert error["errorType"] == "Runtime.ImportModuleError"
    assert error["errorMessage"] == f"Unable to import module 'app': No module named '{name}'"


def test_boto3_and_what_it_requires_are_there(lab: Lab, function: Make) -> None:
    names = ["boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3", "json"]
    found = returned(lab, function(IMPORTS), names)
    assert found == dict.fromkeys(names, "imported")


def test_metadata_and_builtins_are_as_on_lambda(lab: Lab, function: Make) -> None:
    version, names = returned(lab, function(IMPORTS, handler="app.metadata"), None)
    assert version
    assert {"boto3", "botocore"} <= set(names)
    assert not {"pandas", "moto", "tracing-lab"} & set(names)
    assert len(returned(lab, function(IMPORTS, handler="app.builtin"), None)) == 3


def test_a_package_in_the_zip_comes_before_lambdas(lab: Lab, function: Make) -> None:
    source = "import six\ndef handler(event, context):\n    return six.OWN\n"
    spec = function(source, code_zip=zip_of({"app.py": source, "six.py": "OWN = 1"}))
    assert returned(lab, spec, None) == 1


def test_only_the_runtime_s_packages_are_offered() -> None:
    texts = runtime_packages()
    modules = {name for text in texts[1::3] for name in text.split(",")}
    distributions = {name for text in texts[2::3] for name in text.split(",")}
    assert {"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"} <= modules
    assert distributions <= {
        "awslambdaric", "boto3", "botocore", "jmespath", "python-dateutil", "s3transfer",
        "simplejson", "six", "snapshot-restore-py", "urllib3",
    }  # fmt: skip
    assert all(Path(text).is_dir() for text in texts[::3])


def test_variables_programs_and_files_are_lambdas(lab: Lab, function: Make) -> None:
    source = """
import os
def handler(event, context):
    umask = os.umask(0)
    return [sorted(os.environ), os.environ["PATH"], umask, os.stat(os.environ["TMPDIR"]).st_mode]
"""
    lab.variables = {"AWS_ACCESS_KEY_ID": "k"}
    names, path, umask, mode = returned(lab, function(source), None)
    assert not {"HOME_OF_USER", "PYTEST_CURRENT_TEST", "VIRTUAL_ENV"} & set(names)
    assert str(Path(sys.executable).parent) in path.split(os.pathsep)
    if os.name == "posix":
        assert (umask, mode & 0o777) == (0o022, 0o700)


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_a_file_in_the_private_folder_has_a_limit(lab: Lab, function: Make) -> None:
    source = """
import os
def handler(event, context):
    with open(os.environ["TMPDIR"] + "/file", "wb") as file:
        file.truncate(512 << 20)
        try:
            file.truncate((512 << 20) + 1)
        except OSError as error:
            return os.strerror(error.errno)
"""
    assert returned(lab, function(source, ephemeral_mb=512), None) == "File too large"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who holds a connection")
def test_a_function_cannot_use_anothers_runtime_api(
    lab: Lab, function: Make, invocation: Invoke
) -> None:
    source = """
import http.client, os
def handler(event, context):
    if not event:
        return os.environ["AWS_LAMBDA_RUNTIME_API"]
    statuses = []
    for method, verb in [("GET", "next"), ("POST", "x/response")]:
        connection = http.client.HTTPConnection(event)
        connection.request(method, "/2018-06-01/runtime/invocation/" + verb)
        statuses.append(connection.getresponse().status)
        connection.close()
    return statuses
"""

    async def scenario(functions: Functions) -> Any:
        victim = function(source, name="victim")
        address = (await functions.invoke(invocation(victim, b'""'))).payload
        answer = await functions.invoke(invocation(function(source), address))
        again = await functions.invoke(invocation(victim, b'""'))
        assert again.payload == address
        return json.loads(answer.payload)

    assert lab.run(scenario) == [403, 403]


def test_credentials_end_with_the_environment(lab: Lab, function: Make, invocation: Invoke) -> None:
    from_lab: list[str] = []

    async def scenario(functions: Functions) -> Any:
        await functions.invoke(invocation(function("def handler(e, c): pass")))
        (process,) = functions.processes
        assert (process.name, process.access_key) == ("shop", "k")
        assert from_lab == []

    lab.variables, lab.revoke = {"AWS_ACCESS_KEY_ID": "k"}, lambda: from_lab.append("revoked")
    lab.run(scenario)
    assert from_lab == ["revoked"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_left_its_session_ends_with_the_environment(
    lab: Lab, function: Make, until: Any
) -> None:
    source = """
import subprocess, sys
STRAY = "import os, time; os.setsid(); print(os.getpid(), flush=True); time.sleep(600)"
def handler(event, context):
    stray = subprocess.Popen([sys.executable, "-S", "-I", "-c", STRAY], stdout=subprocess.PIPE)
    return int(stray.stdout.readline())
"""
    pid = returned(lab, function(source), None)
    asyncio.run(until(lambda: not is_alive(pid)))


def test_a_server_that_inherits_nothing_ends_nothing() -> None:
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as child:
        asyncio.run(Children().end_orphans())
        end_tree(2**22 + 1)  # which does not exist
        assert child.poll() is None


def test_by_default_nothing_is_set_up() -> None:
    assert not Isolation().mounts.allowed
