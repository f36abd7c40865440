"""A state folder of another version: converted, or rejected with a message and left as it is."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from control_planes import client_of

import tracing_lab
from tracing_lab.embedded import lifecycle
from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.embedded.storage.append_log import record
from tracing_lab.embedded.storage.damage import damaged_files
from tracing_lab.embedded.storage.state_version import (
    FILE_NAME,
    FORMAT,
    OLDEST_FORMAT,
    check_state_version,
    claim_state_version,
)
from tracing_lab.errors import EmbeddedError

DATA = Path(__file__).parents[2] / "data"


def write_version(folder: Path, number: int, writer: str) -> None:
    body = json.dumps({"format": number, "written_by": writer}).encode()
    (folder / FILE_NAME).write_bytes(record(body))


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """Return a folder that a later version wrote."""
    write_version(tmp_path, FORMAT + 1, "99.0.0")
    (tmp_path / "control.log").write_bytes(b"written in a way that is yet to be invented")
    return tmp_path


def test_a_new_folder_gets_the_version_once(tmp_path: Path) -> None:
    claim_state_version(tmp_path)
    first = (tmp_path / FILE_NAME).stat()
    claim_state_version(tmp_path)
    assert (tmp_path / FILE_NAME).stat() == first
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_starting_on_a_newer_folder_says_what_to_do_and_changes_nothing(newer: Path) -> None:
    before = content(newer)
    with pytest.raises(EmbeddedError) as caught:
        lifecycle.ensure_running(state_dir=newer)
    message = str(caught.value)
    assert f"{newer} is in format {FORMAT + 1}, written by tracing_lab 99.0.0" in message
    assert f"this is tracing_lab {tracing_lab.__version__}" in message
    assert "Install that version or a later one" in message
    assert "Config(embedded_state_dir=...)" in message
    assert content(newer) == before


def test_a_server_in_the_foreground_says_the_same(newer: Path) -> None:
    before = content(newer)
    command = [sys.executable, "-m", "tracing_lab.embedded", "--state-dir", str(newer)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    with pytest.raises(EmbeddedError) as caught:
        check_state_version(newer)
    assert (done.returncode, done.stderr.strip()) == (4, str(caught.value))
    assert content(newer) == before


def test_a_folder_that_is_too_old_names_the_version_that_reads_it(tmp_path: Path) -> None:
    write_version(tmp_path, OLDEST_FORMAT - 1, "0.0.1")
    before = content(tmp_path)
    with pytest.raises(EmbeddedError, match=r"tracing_lab 0\.0\.1.*Install that version to go on"):
        claim_state_version(tmp_path)
    assert content(tmp_path) == before


def test_an_older_format_that_is_read_becomes_the_current_one(tmp_path: Path) -> None:
    write_version(tmp_path, OLDEST_FORMAT, "0.1.0")
    claim_state_version(tmp_path)
    assert f'"format": {FORMAT}'.encode() in (tmp_path / FILE_NAME).read_bytes()


@pytest.mark.parametrize("damaged", [b"", b"\x00" * 49, record(b'{"format": 2}')[:-1] + b"?"])
def test_a_damaged_version_file_is_set_aside(tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(damaged)
    claim_state_version(tmp_path)
    assert [name.partition(".damaged")[0] for name in damaged_files(tmp_path)] == [FILE_NAME]
    assert str(FORMAT).encode() in (tmp_path / FILE_NAME).read_bytes()


@pytest.fixture(params=range(2, FORMAT + 1))
def recorded(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Return the folder of a server that wrote an earlier or the current format, and was killed."""
    with zipfile.ZipFile(DATA / f"state_format_{request.param}.zip") as archive:
        archive.extractall(tmp_path)
    claim_state_version(tmp_path)
    return tmp_path


def test_recorded_resources_and_messages_are_read(recorded: Path) -> None:
    control = ControlPlane(recorded)
    control._app.reset()  # of what other tests have left in this process
    control.replay()
    buses = client_of(control, "events", "us-east-1").list_event_buses()["EventBuses"]
    assert {bus["Name"] for bus in buses} == {"default", "bus-0", "bus-1"}
    assert len(control._messages._messages) == 2
    control._app.reset()
    control.close()
    assert damaged_files(recorded) == []


def test_recorded_items_are_read(recorded: Path) -> None:
    control = ControlPlane(recorded)
    control._app.reset()
    control.replay()
    tables = client_of(control, "dynamodb", "us-east-1")
    if tables.list_tables()["TableNames"]:  # from format 3 on
        items = tables.scan(TableName="orders")["Items"]
        assert [item["id"]["S"] for item in items] == ["o-0", "o-1"]
        objects = client_of(control, "s3", "us-east-1")
        found = objects.get_object(Bucket="receipts", Key="r/0.txt")
        assert (found["Body"].read(), found["Metadata"]) == (b"paid", {"order": "o-0"})
    control._app.reset()
    control.close()
    assert damaged_files(recorded) == []


def test_recorded_traces_and_groups_are_read(recorded: Path, make_xray: Callable[[], Any]) -> None:
    # GIVEN the region's part where the laboratory has it, whose clock is that of the traces
    (recorded / "us-east-1").rename(recorded / "state")
    client = make_xray().client
    ids = [f"1-6b042ac0-{number:024x}" for number in range(4)]
    assert len(client.batch_get_traces(TraceIds=ids)["Traces"]) == 4
    groups = {group["GroupName"] for group in client.get_groups()["Groups"]}
    assert groups == {"Default", "group-0", "group-1"}
    assert damaged_files(recorded) == []
