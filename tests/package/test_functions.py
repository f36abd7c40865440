"""Deployment zips: what is in them, and that they are always the same."""

import ast
import hashlib
import io
import zipfile
from base64 import b64decode
from pathlib import Path

import pytest

from tracing_lab import package
from tracing_lab.errors import PackageError
from tracing_lab.package import SERVICES, build, build_all

REPOSITORY = Path(__file__).parents[2]
OTHER_TRACERS_MODULE = {
    "xray-sdk": "shop/otel_spans.py",
    "opentelemetry": "shop/invocation.py",
}
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
    shared = {path.relative_to(folder).as_posix() for path in (folder / "shop").glob("*.py")}
    for tracer, others in OTHER_TRACERS_MODULE.items():
        names = set(archive(build("order", tracer).data).namelist())
        assert shared - names == {others}


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


def test_zips_for_opentelemetry_have_its_handlers_under_the_same_names() -> None:
    for service, built in build_all("opentelemetry").items():
        sdk = build(service)
        assert built.handler == sdk.handler
        module = f"{service}_service.py"
        own = (REPOSITORY / "lambda_src" / "otel" / module).read_bytes()
        assert archive(built.data).read(module) == own != archive(sdk.data).read(module)


def test_zips_for_opentelemetry_have_no_tracer() -> None:
    names = archive(build("order", "opentelemetry").data).namelist()
    tops = {name.split("/")[0] for name in names if not name.partition("/")[0].endswith("-info")}
    assert tops == {"aws_lambda_powertools", "order_service.py", "shop", "typing_extensions.py"}


def test_zips_for_the_sdk_do_not_mention_opentelemetry() -> None:
    files = archive(build("order").data)
    own = [name for name in files.namelist() if name.startswith(("shop/", "order_service"))]
    assert not [name for name in own if b"from opentelemetry" in files.read(name)]
    assert not [name for name in files.namelist() if name.startswith("otel")]


def test_zips_of_either_tracer_are_reproducible() -> None:
    assert build_all("opentelemetry") == build_all("opentelemetry")
    assert build("order", "opentelemetry").sha256_base64 != build("order").sha256_base64


def test_an_unknown_tracer_is_refused_with_the_known_ones() -> None:
    with pytest.raises(PackageError, match="no tracer 'otel'; use one of xray-sdk, opentelemetry"):
        build("order", "otel")
