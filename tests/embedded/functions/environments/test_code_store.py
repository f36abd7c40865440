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

import psutil
import pytest
from archives import zip_of
from waiting import waited

from tracing_lab.embedded.functions.environments.code_store import (
    Code,
    CodeStore,
    CodeTooLargeError,
    remove_tree,
)
from tracing_lab.embedded.functions.isolation.mounts import Mounts
from tracing_lab.embedded.functions.zip_files import unzipped_bytes
from tracing_lab.embedded.model import FunctionSpec

Make = Callable[..., FunctionSpec]


@pytest.fixture
def store(tmp_path: Path) -> Any:
    made = CodeStore(tmp_path / "code", compile_from_bytes=0)
    yield made
    made.close()
    assert not (tmp_path / "code").exists()


def compiled(code: Code) -> Code:
    """Wait until the code's compiler has ended."""
    assert code.compiler is not None
    code.compiler.wait(20)
    return code


def bytecode(path: Path) -> Path:
    """Return where Python looks for a file's bytecode."""
    return Path(importlib.util.cache_from_source(str(path)))


def test_the_same_function_is_unpacked_once(store: CodeStore, function: Make) -> None:
    first = store.acquire(function("x = 1"))
    assert store.acquire(function("x = 1")) is first
    assert (first.task_root / "app.py").read_text() == "x = 1"


def test_functions_and_versions_with_equal_code_have_folders_of_their_own(
    store: CodeStore, function: Make
) -> None:
    specs = [function("x = 1"), function("x = 1", name="other"), function("x = 1", version="2")]
    assert len({store.acquire(spec).task_root for spec in specs}) == 3


def test_what_is_unpacked_cannot_be_written_to(store: CodeStore, function: Make) -> None:
    layer = zip_of({"python/lib.py": "", "bin/tool": ""})
    code = compiled(store.acquire(function("x = 1", layer_zips=(layer,))))
    modes = [path.stat().st_mode for path in code.folder.rglob("*")]
    assert len(modes) == 11  # 3 files, task, opt, python, bin, and 2 folders with bytecode
    assert all(mode & 0o222 == 0 for mode in modes if os.name == "posix" or stat.S_ISREG(mode))


def test_old_code_stays_until_nobody_uses_it(store: CodeStore, function: Make) -> None:
    old, again = store.acquire(function("x = 1")), store.acquire(function("x = 1"))
    new = store.acquire(function("x = 2"))
    store.release(old)
    assert old.folder.exists()
    store.release(again)
    assert not old.folder.exists()
    store.release(new)
    assert new.folder.exists()  # for the next cold start
    store.forget("shop")
    assert not new.folder.exists()


def test_code_of_a_deleted_function_stays_while_it_runs(store: CodeStore, function: Make) -> None:
    code = store.acquire(function("x = 1"))
    store.forget("shop")
    assert code.folder.exists()
    store.release(code)
    assert not code.folder.exists()


def test_what_a_killed_server_left_is_removed(tmp_path: Path, function: Make) -> None:
    left = compiled(CodeStore(tmp_path, compile_from_bytes=0).acquire(function("x = 1")))
    assert left.folder.exists()
    CodeStore(tmp_path).close()
    assert not left.folder.exists()


def test_code_that_compiles_has_bytecode_that_is_not_compared_with_it(
    store: CodeStore, function: Make
) -> None:
    code = compiled(store.acquire(function("x = 1", code_zip=zip_of(
        {"app.py": "x = 1", "pack/__init__.py": "", "pack/inner.py": "y = 2", "bad.py": "x = ["}
    ))))  # fmt: skip
    content = bytecode(code.task_root / "pack" / "inner.py").read_bytes()
    assert content[4:8] == b"\x01\x00\x00\x00"  # by hash, which is not looked at
    assert not list(code.task_root.glob("__pycache__/bad.*"))


def test_a_compiler_that_has_ended_leaves_no_process(store: CodeStore, function: Make) -> None:
    code = store.acquire(function("x = 1"))
    assert code.compiler is not None
    pid = code.compiler.pid
    waited(lambda: not psutil.pid_exists(pid))  # a zombie would exist


def test_an_update_of_one_file_writes_and_compiles_only_that(
    store: CodeStore, function: Make
) -> None:
    files = {"app.py": "x = 1", "lib.py": "y = 1"}
    old = compiled(store.acquire(function(code_zip=zip_of(files))))
    new = compiled(store.acquire(function(code_zip=zip_of({**files, "app.py": "x = 2"}))))
    other_zip = zip_of(dict(reversed(files.items())))
    again = store.acquire(function(code_zip=other_zip))
    assert again.compiler is None
    for name, same in (("lib.py", True), ("app.py", False)):
        paths = (old.task_root / name, new.task_root / name)
        assert paths[0].samefile(paths[1]) is same
        assert bytecode(paths[0]).samefile(bytecode(paths[1])) is same


def test_shared_bytecode_tells_where_its_own_file_is(store: CodeStore, function: Make) -> None:
    source = "def where():\n    return where.__code__.co_filename\n"
    first, second = (
        compiled(store.acquire(function(code_zip=zip_of(files))))
        for files in ({"a/app.py": source}, {"b/app.py": source, "big.py": "z = 1"})
    )
    assert bytecode(first.task_root / "a/app.py").samefile(bytecode(second.task_root / "b/app.py"))
    path = str(second.task_root / "b" / "app.py")
    spec = importlib.util.spec_from_file_location("app", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.where() == path


def test_a_function_that_changes_its_own_files_changes_no_other_s(
    store: CodeStore, function: Make
) -> None:
    one, other = (compiled(store.acquire(function("x = 1", name=name))) for name in "ab")
    for path in one.task_root.rglob("app*"):
        path.chmod(0o666)
        path.write_text("x = 3")
    assert (other.task_root / "app.py").read_text() == "x = 1"
    assert (other.task_root / "app.py").stat().st_mode & 0o222 == 0
    assert b"x = 3" not in bytecode(other.task_root / "app.py").read_bytes()


def test_content_that_somebody_changed_is_written_again(store: CodeStore, function: Make) -> None:
    old = store.acquire(function(code_zip=zip_of({"app.py": "x = 1"})))
    (old.task_root / "app.py").chmod(0o666)
    (old.task_root / "app.py").write_text("x = 3")
    new = store.acquire(function(code_zip=zip_of({"app.py": "x = 1", "lib.py": ""})))
    assert (new.task_root / "app.py").read_text() == "x = 1"


def test_content_goes_with_the_last_code_that_has_it(
    tmp_path: Path, store: CodeStore, function: Make
) -> None:
    old = compiled(store.acquire(function("x = 1")))
    new = compiled(store.acquire(function("x = 2")))
    shared = tmp_path / "code" / "contents"
    assert len(list(shared.glob("*/*"))) == 4
    store.release(old)
    assert len(list(shared.glob("*/*"))) == 2
    store.release(new)
    store.forget("shop")
    assert not list(shared.glob("*"))


def test_a_few_files_are_left_to_the_function_to_compile(tmp_path: Path, function: Make) -> None:
    store = CodeStore(tmp_path)
    big = "x = 1\n" * 3000
    assert store.acquire(function("x = 1")).compiler is None
    code = compiled(store.acquire(function(big)))
    assert bytecode(code.task_root / "app.py").exists()
    store.close()


def test_code_of_another_language_is_not_compiled(store: CodeStore, function: Make) -> None:
    assert store.acquire(function("x = 1", runtime="nodejs22.x")).compiler is None


@pytest.mark.parametrize("name", ["../../outside.py", "/outside.py", "a/../../../outside.py"])
def test_an_archive_cannot_write_outside_its_folder(
    tmp_path: Path, store: CodeStore, function: Make, name: str
) -> None:
    code = store.acquire(function(code_zip=zip_of({name: "x = 1"})))
    assert not [*tmp_path.glob("*.py"), *Path("/").glob("outside.py")]
    assert len(list(code.task_root.rglob("outside.py"))) == 1


def test_a_link_in_an_archive_does_not_lead_outside(store: CodeStore, function: Make) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        link = zipfile.ZipInfo("etc")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc")
        archive.writestr("app.py", "")
    code = store.acquire(function(code_zip=content.getvalue()))
    assert not (code.task_root / "etc").is_symlink()


def test_a_broken_archive_leaves_nothing(tmp_path: Path, store: CodeStore, function: Make) -> None:
    for _ in range(2):
        with pytest.raises(zipfile.BadZipFile):
            store.acquire(function(code_zip=b"no zip"))
    assert not list(tmp_path.glob("code/*/task"))


def test_code_and_layers_have_250_mb_at_most(store: CodeStore, function: Make) -> None:
    half = zip_of({"zeros": "\0" * (126 * 1024**2)})
    assert unzipped_bytes(half) == 126 * 1024**2
    with pytest.raises(CodeTooLargeError, match="must be smaller than 262144000 bytes"):
        store.acquire(function(code_zip=half, layer_zips=(half,)))


def test_a_header_cannot_understate_a_size(store: CodeStore, function: Make) -> None:
    archive = bytearray(zip_of({"zeros": "\0" * 5000}))
    size = (5000).to_bytes(4, "little")
    assert archive.count(size) >= 2
    lying = bytes(archive).replace(size, (5).to_bytes(4, "little"))
    assert unzipped_bytes(lying) == 5
    with pytest.raises(zipfile.BadZipFile):
        store.acquire(function(code_zip=lying))


def test_an_empty_folder_of_an_archive_is_there(store: CodeStore, function: Make) -> None:
    code = store.acquire(function(code_zip=zip_of({"empty/": "", "app.py": ""})))
    assert (code.task_root / "empty").is_dir()


def test_a_later_file_of_a_name_replaces_the_earlier(store: CodeStore, function: Make) -> None:
    layers = tuple(zip_of({"python/lib.py": text}) for text in ("x = 1", "x = 2"))
    code = store.acquire(function(layer_zips=layers))
    assert code.layers is not None
    assert (code.layers / "python" / "lib.py").read_text() == "x = 2"


def test_several_environments_start_at_once(store: CodeStore, function: Make) -> None:
    found: list[Code] = []
    threads = [
        threading.Thread(target=lambda: found.append(store.acquire(function("x = 1"))))
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

    def seal(folder: Path) -> bool:
        calls.append(f"seal {folder.name}")
        return True

    mounts: Any = SimpleNamespace(
        allowed=True,
        make_read_only=seal,
        release=lambda folder: calls.append(f"release {folder.name}"),
    )
    store = CodeStore(tmp_path, mounts)
    code = store.acquire(function("x = 1"))
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
