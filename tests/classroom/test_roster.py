"""Who is in a class, and what is refused before anybody is asked."""

from pathlib import Path
from typing import Any

import pytest

from tracing_lab import classroom
from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.errors import ConfigError, MissingFileError

CONFIG = Config(project_name="shop")


def no_client(service: str) -> Any:
    msg = f"{service} was asked although the input is bad"
    raise AssertionError(msg)


def refusal(learners: list[str], config: Config = CONFIG) -> str:
    """Return why a class cannot be, without a single call."""
    with pytest.raises(ConfigError) as refused:
        classroom.create(config, learners, aws=Aws(config, client_factory=no_client))
    return str(refused.value)


def students(folder: Path, content: str | bytes) -> Path:
    path = folder / "students.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_names_are_numbered_and_sort_as_they_count() -> None:
    assert classroom.roster(2, prefix="monday") == ["monday-01", "monday-02"]
    assert classroom.roster(100)[0] == "learner-001"


@pytest.mark.parametrize("learners", [0, -1, 10_000])
def test_impossible_number_of_learners_is_refused(learners: int) -> None:
    with pytest.raises(ConfigError, match=f"1 to 200 learners, not {learners}"):
        classroom.roster(learners)


def test_empty_and_endless_lists_are_refused() -> None:
    assert "not 0" in refusal([])
    assert "not 201" in refusal([f"learner-{number}" for number in range(201)])


def test_all_names_that_cannot_be_used_are_listed_at_once() -> None:
    text = refusal(["ok", "7up", "eve/../bob", "é", "x" * 40])
    assert [line.split(":")[0] for line in text.splitlines()[1:]] == [
        "- '7up'",
        "- 'eve/../bob'",
        "- 'é'",
        f"- '{'x' * 40}'",
    ]


@pytest.mark.parametrize("second", ["anna", "ANNA"])
def test_name_that_is_there_twice_is_refused(second: str) -> None:
    assert "more than once: anna" in refusal(["Anna", "bob", second])


def test_name_of_what_the_class_shares_is_refused() -> None:
    assert "class-shared" in refusal(["anna", "class-shared"])


def test_prefix_that_cannot_be_used_is_refused() -> None:
    assert "'a b-01'" in refusal(classroom.roster(1, prefix="a b"))


def test_students_file_has_a_column_of_names_among_others(tmp_path: Path) -> None:
    path = students(tmp_path, "\ufeffmail,learner\na@example.com, anna \nb@example.com,bob\n")
    assert classroom.roster_from_csv(path) == ["anna", "bob"]


@pytest.mark.parametrize(
    "content, expected",
    [
        ("", "has no learners"),
        ("learner\n", "has no learners"),
        ("name\nanna\n", "has no learners"),
        ("learner\nanna\n \n", "line 3 has no name"),
        ("mail,learner\na@example.com\n", "line 2 has no name"),
        (b"learner\n\xff\xfe\n", "not a CSV file in UTF-8"),
        ('learner\n"anna\n', "not a CSV file in UTF-8"),
    ],
)
def test_file_without_a_class_is_refused(
    tmp_path: Path, content: str | bytes, expected: str
) -> None:
    with pytest.raises(ConfigError, match=expected):
        classroom.roster_from_csv(students(tmp_path, content))


def test_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"none\.csv"):
        classroom.roster_from_csv(tmp_path / "none.csv")
