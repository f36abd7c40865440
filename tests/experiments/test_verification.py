"""What a verification says, in a terminal and in a notebook."""

import math
from typing import Any

import pandas as pd
import pytest

from tracing_lab.experiments import Outcome, Verification
from tracing_lab.experiments.decision import JUDGED_COLUMNS
from tracing_lab.experiments.verification import nothing_tried, reason_of

GONE = ("payment", "own time", 0.25, 0.0321, 0.218, 0.2, 0.24, 0.00001, 0.00002, True)
KEPT = ("<order>", "failures", 0.5, 0.45, 0.05, -0.02, 0.12, 0.2, 0.4, False)
UNKNOWN = ("<order>", "own time", math.nan, math.nan, math.nan, math.nan, math.nan, 0.9, 0.9, False)
NOTICED = ("time until then", 0.3, 0.1, 0.2, 0.15, 0.25, 0.001)
UNNOTICED = ("time until then", 0.3, 0.29, 0.01, -0.15, 0.25, 0.4)
TESTS = ["cause", "what", *JUDGED_COLUMNS, "q", "gone"]


def judgements(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=TESTS)


def end_of(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["what", *JUDGED_COLUMNS])


def verification(*rows: tuple[object, ...], mended: bool = False, **more: Any) -> Verification:
    tests, end = judgements(*rows), end_of(NOTICED)
    is_proven = bool(tests["gone"].all())
    given: dict[str, Any] = {
        "outcome": Outcome.PROVEN if is_proven else Outcome.NOT_PROVEN,
        "reason": reason_of(tests, end, is_proven=is_proven, node="api"),
        "causes": tuple(tests["cause"]),
        "path": ("payment", "api"),
        "removed": ("payment-fn: MemorySize was 128 instead of 512",),
        "mended": mended,
        "tests": tests,
        "end": end,
        "orders": 160,
        "spans": pd.DataFrame(),
        "sent": pd.DataFrame(),
    }
    return Verification(**{**given, **more})


def test_a_proven_cause_has_its_numbers_and_the_effect_at_the_end() -> None:
    assert str(verification(GONE)).splitlines() == [
        (
            "Proven: own time of payment was 250.0 ms with it and 32.1 ms without it, beyond "
            "chance. At api, the difference is: time until then +200.0 ms (150.0 ms to 250.0 ms)."
        ),
        "Removed: payment-fn: MemorySize was 128 instead of 512. It was put back.",
        "",
        "own trouble  with it   without it  difference                        q        gone",
        "-----------  --------  ----------  --------------------------------  -------  ----",
        "own time     250.0 ms  32.1 ms     +218.0 ms (200.0 ms to 240.0 ms)  < 0.001  yes",
        "",
        "at the end       with it   without it  difference",
        "---------------  --------  ----------  --------------------------------",
        "time until then  300.0 ms  100.0 ms    +200.0 ms (150.0 ms to 250.0 ms)",
    ]


def test_what_is_not_noticed_at_the_end_is_said() -> None:
    reason = reason_of(judgements(GONE), end_of(UNNOTICED), is_proven=True, node="api")
    assert reason.endswith("At api, no difference is beyond chance.")


def test_the_cause_that_is_not_proven_is_the_reason() -> None:
    found = verification(GONE, KEPT)
    assert found.verdict == (
        "Not proven: failures of <order> was 50% with it and 45% without it, which chance explains "
        "(corrected p-value 0.400)."
    )
    assert "payment: own time" in str(found)


def test_a_cause_that_no_order_reached_is_not_proven() -> None:
    reason = reason_of(judgements(), end_of(), is_proven=False, node="api")
    assert reason.startswith("no order got to it")


def test_what_stays_removed_is_said() -> None:
    assert "It stays removed." in str(verification(GONE, mended=True))


def test_a_cause_that_cannot_be_tried_has_only_a_reason() -> None:
    found = nothing_tried(("payment",), ("a", "b"), "nothing differs. Do something else.")
    assert str(found) == "Cannot be tried: nothing differs. Do something else."
    assert found.outcome is Outcome.CANNOT_BE_TRIED
    assert not found.verified
    assert found._repr_html_().count("<table") == 0


def test_a_notebook_shows_the_same_and_escapes_it() -> None:
    html = verification(KEPT, UNKNOWN)._repr_html_()
    assert html.startswith("<p>Not proven: failures of &lt;order&gt; was")
    assert "<td>0.400</td>" in html
    assert "<td>-</td>" in html


def test_it_does_not_change() -> None:
    with pytest.raises(AttributeError):
        verification(GONE).outcome = Outcome.NOT_PROVEN  # type: ignore[misc]
