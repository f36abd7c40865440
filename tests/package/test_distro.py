"""OpenTelemetry's layer: what is in it, that it is built once, and what is said if it cannot be."""

import io
import re
import sys
import zipfile
from pathlib import Path

import pytest
from otel_layers import VARIABLE, distro_folder

from tracing_lab.errors import PackageError
from tracing_lab.package import otel_layer
from tracing_lab.package.distro import REQUIREMENTS, layer_zip
from tracing_lab.package.pip_install import pip_install

PACKAGES = {
    "opentelemetry/trace.py": "",
    "opentelemetry/__pycache__/trace.cpython-311.pyc": "bytes",
    "bin/opentelemetry-instrument": "#!/here/python",
    "some-1.dist-info/entry_points.txt": "",
    "some-1.dist-info/licenses/LICENSE": "",
    "some-1.dist-info/RECORD": "differs",
    "some-1.dist-info/INSTALLER": "pip",
}
"""What pip may leave in a folder."""


class Installer:
    """Stands in for pip."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, requirements: Path, folder: Path) -> None:
        self.count += 1
        for name, text in PACKAGES.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def archive(data: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(data))


def test_the_layer_has_packages_without_traces_of_their_installation(tmp_path: Path) -> None:
    names = set(archive(otel_layer(cache_dir=tmp_path, install=Installer())).namelist())
    assert names == {
        "otel-instrument",
        "python/bin/opentelemetry-instrument",
        "python/opentelemetry/trace.py",
        "python/otel_wrapper.py",
        "python/some-1.dist-info/entry_points.txt",
        "python/some-1.dist-info/licenses/LICENSE",
    }


def test_the_wrapper_script_can_be_executed(tmp_path: Path) -> None:
    layer = archive(otel_layer(cache_dir=tmp_path, install=Installer()))
    modes = {info.filename: info.external_attr >> 16 & 0o777 for info in layer.infolist()}
    assert modes["otel-instrument"] == 0o755
    assert modes["python/otel_wrapper.py"] == 0o644
    assert b"#!/here" not in layer.read("python/bin/opentelemetry-instrument")


def test_the_layer_is_installed_once(tmp_path: Path) -> None:
    installer = Installer()
    folder = tmp_path / "cache"  # which does not exist yet
    first, second = (otel_layer(cache_dir=folder, install=installer) for _ in range(2))
    assert (first == second, installer.count) == (True, 1)
    assert [path.read_bytes() for path in folder.iterdir()] == [first]


def test_two_installations_give_the_same_bytes(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    first, second = (otel_layer(cache_dir=at, install=Installer()) for at in folders)
    assert first == second


def test_nothing_is_kept_of_a_failed_installation(tmp_path: Path) -> None:
    def fail(_requirements: Path, folder: Path) -> None:
        (folder / "half.py").touch()
        raise PackageError

    with pytest.raises(PackageError):
        otel_layer(cache_dir=tmp_path, install=fail)
    assert list(tmp_path.iterdir()) == []


def test_a_cache_folder_that_cannot_be_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PackageError, match=r"layer cannot be kept in .*file: .*make it writable"):
        otel_layer(cache_dir=tmp_path / "file", install=Installer())


def test_every_package_of_the_layer_is_pinned() -> None:
    lines = [line for line in REQUIREMENTS.read_text().splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+(; [^;]+)?", line)] == []
    names = {line.split("==")[0] for line in lines}
    assert {"aws-opentelemetry-distro", "opentelemetry-api", "protobuf"} <= names
    assert not names & {"grpcio", "opentelemetry-exporter-otlp-proto-grpc", "psutil"}


def test_a_package_that_cannot_be_downloaded_is_named_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("no-such-package-of-tracing-lab==1\n", encoding="utf-8")
    wanted = r"cannot be installed: .*no-such-package-of-tracing-lab==1.*; check that this machine"
    with pytest.raises(PackageError, match=wanted):
        pip_install(requirements, tmp_path / "tree")


def test_a_missing_pip_is_named_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pip", None)  # what an import of a missing module looks like
    with pytest.raises(PackageError, match=r"has no pip, .*; add it with: .* -m ensurepip, or"):
        pip_install(REQUIREMENTS, tmp_path)


DISTRO = distro_folder()


@pytest.mark.skipif(DISTRO is None, reason=f"{VARIABLE} names no installed distro")
def test_the_layer_of_the_real_packages_fits_into_one_call() -> None:
    assert DISTRO is not None
    data = layer_zip(DISTRO)
    names = archive(data).namelist()
    assert "python/amazon/opentelemetry/distro/aws_opentelemetry_distro.py" in names
    assert not [name for name in names if name.startswith(("python/grpc", "python/psutil"))]
    assert len(data) < 50 * 10**6
