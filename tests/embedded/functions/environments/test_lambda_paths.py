"""Lambda's own paths in scripts and variables."""

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.functions.environments.lambda_paths import with_real_paths

OPT, TASK = Path("/f/opt"), Path("/f/task")


@pytest.mark.parametrize(
    "text, real",
    [
        ("/opt/x", "/f/opt/x"),
        ("#!/opt/bin/python3\nA=/opt/lib:/opt/b", "#!/f/opt/bin/python3\nA=/f/opt/lib:/f/opt/b"),
        ("cd '/var/task/lib'", "cd '/f/task/lib'"),
        ("/usr/opt/x", "/usr/opt/x"),
        ("$ROOT/opt/x ${ROOT}/opt/x", "$ROOT/opt/x ${ROOT}/opt/x"),
        ("/options/x /opt", "/options/x /opt"),
    ],
)
def test_paths_of_layers_and_code_are_the_real_ones(text: str, real: str) -> None:
    assert with_real_paths(text, layers=OPT, task_root=TASK) == real


def test_without_layers_their_paths_stay() -> None:
    assert with_real_paths("/opt/x /var/task/x", layers=None, task_root=TASK) == "/opt/x /f/task/x"


@given(st.text(alphabet="/optvarsk :=x."))
def test_translating_twice_changes_no_more(text: str) -> None:
    once = with_real_paths(text, layers=OPT, task_root=TASK)
    assert with_real_paths(once, layers=OPT, task_root=TASK) == once
