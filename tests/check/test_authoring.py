"""The example that authors copy works as it stands."""

import re
from pathlib import Path
from types import ModuleType

from tracing_lab.check.exercise import Exercise
from tracing_lab.check.judging import RIGHT, Verdict, facts_of, judge

GUIDE = Path(__file__).parents[2] / "docs" / "authoring.md"


def test_the_copyable_exercise_judges_its_rows() -> None:
    blocks = re.findall(
        r"^```python\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    module = ModuleType("example")
    for name in ("EXERCISES", "ROWS"):
        exec(next(code for code in blocks if f"{name} = " in code), vars(module))  # noqa: S102
    (exercise,) = module.EXERCISES
    rows = module.ROWS[exercise.id]
    assert isinstance(exercise, Exercise)
    facts = facts_of(exercise, rows.data())
    assert not isinstance(facts, Verdict)
    assert {judge(exercise, answer, facts).state for answer in rows.right} == {RIGHT}
    judged = [judge(exercise, answer, facts).mistake for answer, _ in rows.wrong]
    assert judged == [mistake for _, mistake in rows.wrong]
