"""Functions cannot walk around IAM, or reach each other, the server or what is not theirs."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from archives import app_zip
from botocore.exceptions import ClientError
from processes import children_with, is_alive
from refusals import ALLOW_ALL, OWN_KEY, Attacker, Sent, attacking, is_refused, signed
from waiting import waited

NEIGHBOUR = """
import errno, os, pathlib, subprocess, sys, time

STRAY = '''
import os, sys, time
if os.fork():
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
open(sys.argv[1], "w").write(str(os.getpid()))
time.sleep(600)
'''

def stray(path):
    subprocess.run([sys.executable, "-S", "-I", "-c", STRAY, path])
    while not os.path.exists(path) or not open(path).read():
        time.sleep(0.005)
    return int(open(path).read())

def written(path, size=1):
    try:
        with open(path, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, size << 20)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "written"

def handler(event, context):
    if event == "stray":
        return stray(os.environ["TMPDIR"] + "/stray")
    if event == "leave":
        stray(os.environ["TMPDIR"] + "/stray2")
        os._exit(1)
    root, temp = os.environ["LAMBDA_TASK_ROOT"], os.environ["TMPDIR"]
    return {
        "code": written(root + "/app.py"), "new": written(root + "/new.py"),
        "cache": written(root + "/__pycache__/app.x.pyc"),
        "small": written(temp + "/small"), "large": written(temp + "/large", 600),
        "mode": oct(os.stat(temp).st_mode & 0o777), "umask": oct(os.umask(0)),
        "parent": pathlib.Path(f"/proc/{os.getppid()}/environ").read_text().split(chr(0)),
        "own": sorted(os.environ),
    }
"""


@pytest.fixture(scope="module")
def attacker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacker]:
    with attacking(tmp_path_factory.mktemp("refusals")) as made:
        yield made


def test_nothing_gets_through_and_what_is_allowed_does(attacker: Attacker) -> None:
    assert set(attacker.let_through().values()) == {True}
    through = [one for one in attacker.everything() if not is_refused(one[2])]
    assert through == []


def test_the_users_shell_may_use_any_key(attacker: Attacker) -> None:
    for key in ("test", "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", "some-one.s"):
        sqs = attacker.client("sqs", aws_access_key_id=key, aws_secret_access_key="x")
        assert "ResponseMetadata" in sqs.list_queues()


def test_a_functions_key_is_the_function_in_the_shell_too(attacker: Attacker) -> None:
    key, _ = attacker.invoke(attacker.sender, "who")
    sqs = attacker.client("sqs", aws_access_key_id=key, aws_secret_access_key="x")
    with pytest.raises(ClientError, match="assumed-role/sender/sender is not authorized"):
        sqs.list_queues()


def test_a_function_may_use_keys_of_sts_for_a_role_that_trusts_it(attacker: Attacker) -> None:
    account = attacker.client("sts").get_caller_identity()["Account"]
    trusting = attacker.role("trusting", [{**ALLOW_ALL[0], "Action": "sqs:*"}], trusted=account)
    attacker.role("closed", ALLOW_ALL)
    form = ("Content-Type", "application/x-www-form-urlencoded")

    def assume(role: str) -> Any:
        body = f"Action=AssumeRole&Version=2011-06-15&RoleSessionName=s&RoleArn={role}"
        call = Sent("POST", "/", (form, *signed(OWN_KEY)("sts")), body)
        return attacker.sent(attacker.admin, call)[0]

    assert is_refused(assume(trusting.replace("trusting", "closed")))
    status, text = assume(trusting)
    assert status == 200
    key = text.partition("<AccessKeyId>")[2].partition("<")[0]
    target = ("X-Amz-Target", "AmazonSQS.ListQueues")
    json_type = ("Content-Type", "application/x-amz-json-1.0")
    queues = Sent("POST", "/", (target, json_type, *signed(key)("sqs")), "{}")
    roles = Sent("POST", "/", (form, *signed(key)("iam")), "Action=ListRoles")
    allowed, denied = attacker.sent(attacker.sender, queues, roles)
    assert allowed[0] == 200
    assert is_refused(denied)


@pytest.fixture(scope="module")
def neighbour(attacker: Attacker) -> str:
    return attacker.function("neighbour", [], NEIGHBOUR, EphemeralStorage={"Size": 512})


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_function_finds_nothing_of_the_user_and_its_code_is_read_only(
    attacker: Attacker, neighbour: str
) -> None:
    seen = attacker.invoke(neighbour, "look")
    mounts = has_own_mounts(attacker)
    refused = "EROFS" if mounts else "EACCES"
    if mounts or os.geteuid() != 0:  # root without mounts may write everywhere
        assert {seen["code"], seen["new"], seen["cache"]} == {refused}
    assert (seen["small"], seen["large"]) == ("written", "ENOSPC" if mounts else "EFBIG")
    assert (seen["mode"], seen["umask"]) == ("0o700", "0o22")
    names = {one.partition("=")[0] for one in seen["parent"]}
    assert "PYTEST_CURRENT_TEST" not in names
    assert not {"PYTEST_CURRENT_TEST", "PYTHONPATH", "VIRTUAL_ENV", "USER"} & set(seen["own"])
    assert str(attacker.state_dir) not in Path("/proc/self/mounts").read_text()


def has_own_mounts(attacker: Attacker) -> bool:
    """Return whether the server is in a mount namespace of its own."""
    server = json.loads((attacker.state_dir / "server.json").read_text())["pid"]
    own, servers = (Path(f"/proc/{pid}/ns/mnt").readlink() for pid in ("self", server))
    return own != servers


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_process_that_left_its_session_ends_with_its_environment(
    attacker: Attacker, neighbour: str
) -> None:
    pid = attacker.invoke(neighbour, "stray")
    assert is_alive(pid)
    with pytest.raises(RuntimeError, match="ExitError"):
        attacker.invoke(neighbour, "leave")
    waited(lambda: not is_alive(pid))
    server = json.loads((attacker.state_dir / "server.json").read_text())["pid"]
    waited(lambda: not children_with("setsid", server))


def test_code_over_250_mb_is_refused_when_it_is_uploaded(attacker: Attacker) -> None:
    small, large = (1001).to_bytes(4, "little"), (251 * 1024**2).to_bytes(4, "little")
    code = app_zip("#" * 1001)
    with pytest.raises(ClientError, match="Unzipped size must be smaller than 262144000 bytes"):
        attacker.functions.update_function_code(
            FunctionName=attacker.sender, ZipFile=code.replace(small, large)
        )
