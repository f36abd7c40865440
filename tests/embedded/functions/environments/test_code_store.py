"""Code and layers of functions: whose they are, how long they stay, and that they are read-only."""

import importlib.util
import io
import os
import stat
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tracing_lab.embedded.functions.environments.code_store import (
    Code,
    CodeStore,
    CodeTooLargeError,
    remove_tree,
)
from tracing_lab.embedded.functions.environments.mounts import Mounts
from tracing_lab.embedded.functions.zip_files import unzipped_bytes
from tracing_lab.embedded.model import FunctionSpec

Make = Callable[..., FunctionSpec]


@pytest.fixture
def store(tmp_path: Path) -> Any:
    made = CodeStore(tmp_path / "code")
    yield made
    made.close()
    assert not (tmp_path / "code").exists()


def compiled(code: Code) -> Code:
    """Wait until the code's compiler has ended."""
    assert code.compiler is not None
    code.compiler.wait(20)
    return code


def test_the_same_function_is_unpacked_once(store: CodeStore, function: Make) -> None:
    first = store.check_out(function("x = 1"))
    assert store.check_out(function("x = 1")) is first
    assert (first.task_root / "app.py").read_text() == "x = 1"


def test_functions_and_versions_with_equal_code_share_nothing(
    store: CodeStore, function: Make
) -> None:
    specs = [function("x = 1"), function("x = 1", name="other"), function("x = 1", version="2")]
    assert len({store.check_out(spec).task_root for spec in specs}) == 3


def test_what_is_unpacked_cannot_be_written_to(store: CodeStore, function: Make) -> None:
    layer = zipped_bytes({"python/lib.py": "", "bin/tool": ""})
    code = compiled(store.check_out(function("x = 1", layer_zips=(layer,))))
    modes = [path.stat().st_mode for path in code.folder.rglob("*") if path.suffix != ".pyc"]
    assert len(modes) == 9  # 3 files, task, opt, python, bin, 2 of compiled code
    assert all(mode & 0o222 == 0 for mode in modes if os.name == "posix" or stat.S_ISREG(mode))


def test_old_code_stays_until_nobody_uses_it(store: CodeStore, function: Make) -> None:
    old, again = store.check_out(function("x = 1")), store.check_out(function("x = 1"))
    new = store.check_out(function("x = 2"))
    store.give_back(old)
    assert old.folder.exists()
    store.give_back(again)
    assert not old.folder.exists()
    store.give_back(new)
    assert new.folder.exists()  # for the next cold start
    store.forget("shop")
    assert not new.folder.exists()


def test_code_of_a_deleted_function_stays_while_it_runs(store: CodeStore, function: Make) -> None:
    code = store.check_out(function("x = 1"))
    store.forget("shop")
    assert code.folder.exists()
    store.give_back(code)
    assert not code.folder.exists()


def test_what_a_killed_server_left_is_removed(tmp_path: Path, function: Make) -> None:
    left = compiled(CodeStore(tmp_path).check_out(function("x = 1")))
    assert left.folder.exists()
    CodeStore(tmp_path).close()
    assert not left.folder.exists()


def test_code_is_compiled_for_where_it_is(store: CodeStore, function: Make) -> None:
    code = compiled(store.check_out(function("x = 1", code_zip=zipped_bytes(
        {"app.py": "x = 1", "pack/__init__.py": "", "pack/inner.py": "y = 2", "bad.py": "x = ["}
    ))))  # fmt: skip
    path = code.task_root / "pack" / "inner.py"
    content = Path(importlib.util.cache_from_source(str(path))).read_bytes()
    assert content[4:8] == b"\x01\x00\x00\x00"  # by hash, which is not looked at
    assert str(path).encode() in content
    assert not list(code.task_root.glob("__pycache__/bad.*"))


def test_code_of_another_language_is_not_compiled(store: CodeStore, function: Make) -> None:
    assert store.check_out(function("x = 1", runtime="nodejs22.x")).compiler is None


@pytest.mark.parametrize("name", ["../../outside.py", "/outside.py", "a/../../../outside.py"])
def test_an_archive_cannot_write_outside_its_folder(
    tmp_path: Path, store: CodeStore, function: Make, name: str
) -> None:
    code = store.check_out(function(code_zip=zipped_bytes({name: "x = 1"})))
    assert not [*tmp_path.glob("*.py"), *Path("/").glob("outside.py")]
    assert len(list(code.task_root.rglob("outside.py"))) == 1


def test_a_link_in_an_archive_does_not_lead_outside(store: CodeStore, function: Make) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        link = zipfile.ZipInfo("etc")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc")
        archive.writestr("app.py", "")
    code = store.check_out(function(code_zip=content.getvalue()))
    assert not (code.task_root / "etc").is_symlink()


def test_a_broken_archive_leaves_nothing(tmp_path: Path, store: CodeStore, function: Make) -> None:
    for _ in range(2):
        with pytest.raises(zipfile.BadZipFile):
            store.check_out(function(code_zip=b"no zip"))
    assert not list(tmp_path.glob("code/*"))


def test_code_and_layers_have_250_mb_at_most(store: CodeStore, function: Make) -> None:
    half = zipped_bytes({"zeros": "\0" * (126 * 1024**2)})
    assert unzipped_bytes(half) == 126 * 1024**2
    with pytest.raises(CodeTooLargeError, match="must be smaller than 262144000 bytes"):
        store.check_out(function(code_zip=half, layer_zips=(half,)))


def test_a_header_cannot_understate_a_size(store: CodeStore, function: Make) -> None:
    archive = bytearray(zipped_bytes({"zeros": "\0" * 5000}))
    size = (5000).to_bytes(4, "little")
    assert archive.count(size) >= 2
    lying = bytes(archive).replace(size, (5).to_bytes(4, "little"))
    assert unzipped_bytes(lying) == 5
    with pytest.raises(zipfile.BadZipFile):
        store.check_out(function(code_zip=lying))


def test_several_environments_start_at_once(store: CodeStore, function: Make) -> None:
    found: list[Code] = []
    threads = [
        threading.Thread(target=lambda: found.append(store.check_out(function("x = 1"))))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(map(id, found))) == 1


def test_where_it_may_mount_the_store_leaves_modes_alone(tmp_path: Path, function: Make) -> None:
    calls: list[str] = []
    mounts: Any = SimpleNamespace(
        make_read_only=lambda folder: calls.append(f"seal {folder.name}") or True,
        release=lambda folder: calls.append(f"release {folder.name}"),
    )
    store = CodeStore(tmp_path, mounts)
    code = store.check_out(function("x = 1"))
    name = code.folder.name
    assert calls[-1] == f"seal {name}"
    assert (code.task_root / "app.py").stat().st_mode & 0o200
    store.close()
    assert calls[-1] == f"release {name}"


def test_without_a_namespace_nothing_is_mounted(tmp_path: Path) -> None:
    mounts = Mounts()
    assert not mounts.make_read_only(tmp_path)
    assert not mounts.limit_size(tmp_path, size_mb=1)
    mounts.release(tmp_path)


def test_a_read_only_tree_can_be_removed(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "file").touch(0o444)
    for path in (inner, inner.parent):
        path.chmod(0o555)
    remove_tree(inner.parent)
    assert list(tmp_path.iterdir()) == []
    remove_tree(inner.parent)  # which is not there any more


def zipped_bytes(files: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()
