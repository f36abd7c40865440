"""Compare the run times of notebooks with their budgets.

They are reported and not asserted, because they depend on what else the machine does.
"""

from collections.abc import Mapping

RUN_TIME = "notebook_run_time"
"""Name under which a test records a notebook's name and run time in seconds."""

NOTEBOOK_BUDGET_S = 90
WORKSHOP_BUDGET_S = 12 * 60


def run_time_lines(times: Mapping[str, float]) -> list[str]:
    """Return a line for each notebook and for all together, marked where over its budget.

    Parameters
    ----------
    times
        Notebook to seconds.

    Returns
    -------
    list[str]
        The lines.

    Examples
    --------
    >>> run_time_lines({"01_plan": 12.0, "00_start": 91.0})[0]
    '  91.0 s of 90 s  00_start  OVER BUDGET'
    >>> run_time_lines({"01_plan": 12.0, "00_start": 91.0})[1:]
    ['  12.0 s of 90 s  01_plan', ' 103.0 s of 720 s  all together']
    """
    lines = [_line(times[name], NOTEBOOK_BUDGET_S, name) for name in sorted(times)]
    return [*lines, _line(sum(times.values()), WORKSHOP_BUDGET_S, "all together")]


def _line(time_s: float, budget_s: int, name: str) -> str:
    mark = "  OVER BUDGET" if time_s > budget_s else ""
    return f"{time_s:6.1f} s of {budget_s} s  {name}{mark}"
