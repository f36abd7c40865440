"""Deployment zips: what is in them, and that they are always the same."""

import ast
import hashlib
import io
import re
import zipfile
from base64 import b64decode
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tracing_lab import package
from tracing_lab.errors import PackageError
from tracing_lab.package import SERVICES, build, build_all, zip_bytes

REPOSITORY = Path(__file__).parents[1]
SERVICE_MODULES = {f"{service}_service.py" for service in SERVICES}


def archive(data: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(data))


@pytest.fixture(scope="module")
def packages() -> dict[str, package.DeploymentPackage]:
    return build_all()


@pytest.mark.parametrize("service", SERVICES)
def test_the_handler_is_in_the_zip(
    service: str, packages: dict[str, package.DeploymentPackage]
) -> None:
    built = packages[service]
    module, function = built.handler.split(".")
    source = archive(built.data).read(f"{module}.py").decode()
    functions = {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
    assert function in functions


def test_a_zip_has_the_shared_modules_and_its_own_service_only() -> None:
    names = set(archive(build("payment").data).namelist())
    assert {"shop/__init__.py", "shop/faults.py", "payment_service.py"} <= names
    assert names & SERVICE_MODULES == {"payment_service.py"}


def test_a_zip_has_every_module_that_lambda_src_has_to_share() -> None:
    folder = REPOSITORY / "lambda_src"
    modules = {path.relative_to(folder).as_posix() for path in folder.rglob("*.py")}
    assert modules - SERVICE_MODULES <= set(archive(build("order").data).namelist())


def test_a_zip_holds_python_and_json_and_licences_only() -> None:
    names = archive(build("order").data).namelist()
    others = [name for name in names if Path(name).suffix not in {".py", ".json"}]
    assert {Path(name).name for name in others} == {"LICENSE", "NOTICE"}
    licensed = {name.partition("-")[0] for name in others}
    assert licensed == {name.replace("-", "_") for name in package.DISTRIBUTIONS}


def test_a_zip_has_the_parts_of_powertools_in_use_only() -> None:
    names = archive(build("order").data).namelist()
    parts = {name.split("/")[1] for name in names if name.startswith("aws_lambda_powertools/")}
    assert {"__init__.py", "logging", "metrics"} <= parts
    assert "event_handler" not in parts
    assert "aws_lambda_powertools/utilities/parser/__init__.py" not in names


def test_a_zip_has_the_data_that_the_sdk_reads() -> None:
    names = archive(build("order").data).namelist()
    assert "aws_xray_sdk/ext/resources/aws_para_whitelist.json" in names


def test_building_twice_gives_the_same_bytes(
    packages: dict[str, package.DeploymentPackage],
) -> None:
    assert {service: build(service) for service in SERVICES} == packages


def test_the_digest_is_the_one_that_lambda_reports() -> None:
    built = build("order")
    assert b64decode(built.sha256_base64) == hashlib.sha256(built.data).digest()


def test_a_zip_stays_small(packages: dict[str, package.DeploymentPackage]) -> None:
    assert max(len(built.data) for built in packages.values()) < 1_000_000


def test_nothing_in_a_zip_tells_where_and_when_it_was_built() -> None:
    for info in archive(build("order").data).infolist():
        assert info.date_time == (1980, 1, 1, 0, 0, 0)
        assert (info.create_system, info.external_attr >> 16) == (3, 0o100644)
        assert (info.compress_type, info.extra) == (zipfile.ZIP_STORED, b"")


def test_the_bytes_of_a_zip_are_known() -> None:
    data = zip_bytes({"b.py": b"2\n", "a.py": b"1\n"})
    digest = "78e55b3ed226f30afe9fda454d87e574cc961729cdb6e41203babcb18fb51785"
    assert hashlib.sha256(data).hexdigest() == digest


@given(files=st.dictionaries(st.from_regex(r"[a-z]{1,8}\.py", fullmatch=True), st.binary()))
def test_a_zip_gives_back_what_went_in_whatever_the_order(files: dict[str, bytes]) -> None:
    data = zip_bytes(files)
    assert data == zip_bytes(dict(reversed(files.items())))
    assert {name: archive(data).read(name) for name in archive(data).namelist()} == files


def sources(folder: Path, line_end: bytes = b"\n") -> Path:
    (folder / "shop").mkdir()
    for name in ("order_service.py", "shop/faults.py"):
        (folder / name).write_bytes(b"lambda_handler = None" + line_end)
    return folder


def test_line_ends_of_a_checkout_do_not_matter(tmp_path: Path) -> None:
    unix, windows = tmp_path / "unix", tmp_path / "windows"
    unix.mkdir()
    windows.mkdir()
    built = build("order", source_dir=sources(unix))
    assert build("order", source_dir=sources(windows, b"\r\n")) == built


def test_changed_sources_change_the_digest(tmp_path: Path) -> None:
    before = build("order", source_dir=sources(tmp_path))
    (tmp_path / "shop" / "faults.py").write_text("# changed\n", encoding="utf-8")
    assert build("order", source_dir=tmp_path).sha256_base64 != before.sha256_base64


def test_leftovers_beside_the_sources_stay_out(tmp_path: Path) -> None:
    before = build("order", source_dir=sources(tmp_path))
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "tracing.pyc").write_bytes(b"\0")
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    assert build("order", source_dir=tmp_path) == before


def test_an_unknown_service_is_refused_with_the_known_ones() -> None:
    with pytest.raises(PackageError, match="no service 'orders'; use one of order, payment"):
        build("orders")


def test_a_clone_has_its_sources_beside_the_package_and_a_wheel_inside(tmp_path: Path) -> None:
    assert package.default_source_dir(tmp_path / "lab") == tmp_path / "lambda_src"
    (tmp_path / "lab" / "_lambda_src").mkdir(parents=True)
    assert package.default_source_dir(tmp_path / "lab") == tmp_path / "lab" / "_lambda_src"


def test_missing_sources_are_named(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match=r"no Lambda sources in .*install tracing-lab again"):
        build("order", source_dir=tmp_path)


def test_a_missing_handler_is_named(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match=r"lambda_src has no payment_service\.py"):
        build("payment", source_dir=sources(tmp_path))


def test_a_missing_distribution_is_named_with_the_remedy() -> None:
    with pytest.raises(PackageError, match="pip install --force-reinstall no-such-thing"):
        package._installed_files("no-such-thing", ("no_such_thing/**",))


@pytest.mark.parametrize("pattern", ["another/**", "wrapt/none/*", "wrapt/none.py"])
def test_a_distribution_without_a_file_that_is_needed_is_refused(pattern: str) -> None:
    with pytest.raises(PackageError, match=f"wrapt does not list the file {re.escape(pattern)}"):
        package._installed_files("wrapt", ("wrapt/**", pattern))


def test_a_distribution_gives_the_files_that_the_patterns_name() -> None:
    files = package._installed_files("wrapt", ("wrapt/*",))
    assert "wrapt/__init__.py" in files
    assert all(Path(name).parts[0] == "wrapt" or "LICENSE" in name for name in files)


def write_distribution(folder: Path, version: str) -> None:
    """Install the distribution ``parcel``, which has one module that knows its version."""
    module, info = folder / "parcel.py", folder / "parcel.dist-info"
    info.mkdir(exist_ok=True)
    module.write_text(f"version = '{version}'\n", encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: parcel\n", encoding="utf-8")
    digest = hashlib.sha256(module.read_bytes()).hexdigest()
    (info / "RECORD").write_text(f"parcel.py,sha256={digest},\n", encoding="utf-8")


def test_a_distribution_that_was_installed_anew_is_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    for version in ("1", "1", "2"):
        write_distribution(tmp_path, version)
        files = package._installed_files("parcel", ("parcel.py",))
        assert files == {"parcel.py": f"version = '{version}'\n".encode()}
