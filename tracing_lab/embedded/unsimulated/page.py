"""Writes the page ``docs/coverage-aws.md`` from the table."""

from collections import Counter
from collections.abc import Iterable

from .gaps import GapTreatment, SimulationGap
from .table import GAPS, in_order

_HEAD = """# What the embedded AWS does not simulate

Written from `tracing_lab/embedded/unsimulated/table.py` by `make coverage-aws`; do not edit it.
Calls that want something on this list are **refused** with the service's own error and the sentence
below, or succeed with a **warning**, which the server's log, `tracing-lab embedded status` and
`tracing-lab doctor` show. What is **noted** makes no difference that a program would notice.

A test requires every operation of moto's that changes something in Lambda, EventBridge, API
Gateway (REST and HTTP APIs), SQS, SNS, DynamoDB, S3, CloudWatch and its logs, and each of its
members, to be simulated, on this list, or a name or description. Other services are moto's alone:
they keep what they are given. What is written to Kinesis, Firehose and databases of RDS with their
data calls is lost by a restart.
"""


def page(gaps: Iterable[SimulationGap] = GAPS) -> str:
    """Return the page.

    Examples
    --------
    >>> print(page([SimulationGap("events", "PutRule", "it never fires.")]).splitlines()[-1])
    | events | `PutRule` | warned | it never fires. |
    """
    ordered = in_order(gaps)
    counts = Counter(gap.answer for gap in ordered)
    total = ", ".join(f"{counts[answer]} {answer}" for answer in GapTreatment)
    rows = [
        f"| {gap.service} | {_what(gap)} | {gap.answer} | {_escaped(gap.instead)} |"
        for gap in ordered
    ]
    table = ["| service | what | answer | instead |", "|---|---|---|---|", *rows]
    return "\n".join([_HEAD, f"{len(ordered)} entries: {total}.", "", *table, ""])


def _what(gap: SimulationGap) -> str:
    what = f"`{_escaped(gap.operation)}`"
    if gap.member:
        what += f" with `{gap.member}`"
    return what + (f" of `{_escaped(gap.values)}`" if gap.values else "")


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")
