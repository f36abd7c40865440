"""The oldest environment has the lowest versions of what users install."""

from pathlib import Path
from types import ModuleType

import pytest
from ci_scripts import ROOT, load_script

PYPROJECT = """
[project]
dependencies = ["moto[server]>=5.2", "uvloop>=0.21; sys_platform != 'win32'"]

[project.optional-dependencies]
lab = ["ipykernel>=6.29"]
docs = ["mkdocs>=1.6"]
dev = ["boto3-stubs[sts,xray]>=1.40"]
"""


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load_script("lowest")


def test_users_packages_have_their_lowest_versions(script: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    assert list(script.lowest(tmp_path / "pyproject.toml")) == [
        "moto==5.2",
        "uvloop==0.21; sys_platform != 'win32'",
        "ipykernel==6.29",
        "boto3-stubs>=1.40",
    ]


@pytest.mark.parametrize("requirement", ["moto", "moto==5.2", "moto>=5.2,<6"])
def test_a_requirement_without_a_lower_bound_only_is_named(
    script: ModuleType, requirement: str
) -> None:
    with pytest.raises(ValueError, match=f"^{requirement}: expected"):
        list(script.constraints([requirement], "=="))


def test_each_requirement_of_this_project_has_a_lower_bound(script: ModuleType) -> None:
    found = list(script.lowest(ROOT / "pyproject.toml"))
    assert [line for line in found if line.startswith("moto==")]
