"""Files of installed distributions, and what is said of missing ones."""

import hashlib
import re
from pathlib import Path

import pytest

from tracing_lab.errors import PackageError
from tracing_lab.package.vendored import installed_files


def test_a_missing_distribution_is_named_with_the_remedy() -> None:
    with pytest.raises(PackageError, match="pip install --force-reinstall no-such-thing"):
        installed_files("no-such-thing", ("no_such_thing/**",))


@pytest.mark.parametrize("pattern", ["another/**", "wrapt/none/*", "wrapt/none.py"])
def test_a_distribution_without_a_file_that_is_needed_is_refused(pattern: str) -> None:
    with pytest.raises(PackageError, match=f"wrapt does not list the file {re.escape(pattern)}"):
        installed_files("wrapt", ("wrapt/**", pattern))


def test_a_distribution_gives_the_files_that_the_patterns_name() -> None:
    files = installed_files("wrapt", ("wrapt/*",))
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
        files = installed_files("parcel", ("parcel.py",))
        assert files == {"parcel.py": f"version = '{version}'\n".encode()}
