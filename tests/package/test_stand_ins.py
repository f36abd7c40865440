"""Zips of stand-ins."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from tracing_lab.errors import PackageError
from tracing_lab.package import SERVICES, build, build_stand_in

SCRIPT = {"name": "service-1", "runs": []}


def names(data: bytes) -> set[str]:
    return set(zipfile.ZipFile(io.BytesIO(data)).namelist())


def test_a_zip_has_the_handler_and_its_script_only() -> None:
    built = build_stand_in("service-1", SCRIPT)
    assert {name.partition("/")[0] for name in names(built.data)} == {"script.json", "stand_in"}
    assert "stand_in/handler.py" in names(built.data)
    assert built.handler == "stand_in.handler.lambda_handler"
    assert json.loads(zipfile.ZipFile(io.BytesIO(built.data)).read("script.json")) == SCRIPT


def test_the_script_decides_the_bytes() -> None:
    once, again = build_stand_in("a", SCRIPT), build_stand_in("a", dict(reversed(SCRIPT.items())))
    assert once.sha256_base64 == again.sha256_base64
    assert build_stand_in("a", {**SCRIPT, "runs": [1]}).sha256_base64 != once.sha256_base64


@pytest.mark.parametrize("service", SERVICES)
def test_the_services_zips_do_not_have_it(service: str) -> None:
    assert not [name for name in names(build(service).data) if name.startswith("stand_in/")]


def test_missing_modules_are_said(tmp_path: Path) -> None:
    (tmp_path / "order_service.py").write_text("")
    with pytest.raises(PackageError, match="has no stand_in/; restore it"):
        build_stand_in("a", SCRIPT, source_dir=tmp_path)
