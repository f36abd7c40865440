"""The verbs: results render, hints come in steps, solutions wait, predictions stay."""

import re
from pathlib import Path
from typing import Any

import exercise_samples as samples
import pytest
from IPython.core.interactiveshell import InteractiveShell

from tracing_lab import check
from tracing_lab.check import EXERCISES, STRICT_VARIABLE
from tracing_lab.check.results import MIME, CheckResult, Note, Page
from tracing_lab.check.store import PROGRESS_VARIABLE, MemoryStore
from tracing_lab.check.workbook import Workbook
from tracing_lab.errors import TracingLabError, WorkshopError

SOLUTIONS = {"15.left": "left = 0", "15.bill": "bill = 15 # $ and \\(x\\)"}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def book(store: MemoryStore) -> Workbook:
    return Workbook(EXERCISES, store, lambda: SOLUTIONS)


@pytest.fixture
def progress_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the module's own verbs keep progress, instead of the user's folder."""
    path = tmp_path / "progress.sqlite"
    monkeypatch.setenv(PROGRESS_VARIABLE, str(path))
    monkeypatch.delenv(STRICT_VARIABLE, raising=False)
    return path


def test_results_render_with_their_state(book: Workbook) -> None:
    right, wrong = book.check("15.left", 0, {}), book.check("15.left", 3, {})
    blank, broken = book.check("15.left", ..., {}), book.check("02.started", 3, {"trace": ...})
    marks = [repr(result)[0] for result in (right, wrong, blank, broken)]
    assert marks == ["✅", "❌", "✏", "⚠"]
    assert (bool(right), bool(wrong), blank.answered) == (True, False, False)
    assert "<b>15.left</b> Right." in right._repr_html_()
    assert str(right) == "✅ 15.left: Right. Well done."


def test_a_wrong_answer_points_to_the_hints(book: Workbook) -> None:
    assert 'tl.check.hint("15.left")' in book.check("15.left", 3, {}).message


def test_what_learners_write_is_escaped_in_html(book: Workbook) -> None:
    result = book.check("02.parent", "<script>", {"trace": samples.trace()})
    assert "<script>" not in result._repr_html_()
    assert "&lt;script&gt;" in result._repr_html_()


MATH = re.compile(r">[^<]*(\$[^<]+\$|\\\()[^<]*<")


def test_jupyterlab_finds_no_formulas(book: Workbook, store: MemoryStore) -> None:
    results = [
        book.check("02.parent", "$a$ and $b$ \\(c\\)", {"trace": samples.trace()}),
        book.solve("15.bill", force=True),
        book.predict("15.bill", {"cost": "$5 or $6"}),
        book.compare("15.bill", {"cost": "$7 or $8"}),
        book.progress("$HOME and $USER"),
    ]
    pages = [result._repr_html_() for result in results]
    assert [page for page in pages if MATH.search(page)] == []
    assert all("$" in page and "mathjax_ignore" in page for page in pages)


def test_a_result_is_html_text_and_a_record_in_a_notebook(book: Workbook) -> None:
    formatter = InteractiveShell.instance().display_formatter
    assert formatter is not None
    data, _ = formatter.format(book.check("15.left", 3, {}))
    assert data["text/plain"].startswith("❌ 15.left: ")
    assert data["text/html"].startswith("<div")
    assert data[MIME] == {
        "exercise": "15.left",
        "state": "wrong",
        "mistake": "some",
        "answer": 3.0,
        "type": "int",
        "facts": {"truth": 0, "plan_itself": 1},
    }
    blank, _ = formatter.format(book.check("15.left", ..., {}))
    assert MIME not in blank


def test_an_unknown_check_is_an_error_that_names_the_nearest(book: Workbook) -> None:
    for verb in (lambda name: book.check(name, 1, {}), book.hint, book.solve):
        with pytest.raises(WorkshopError, match=r"Did you mean '07\.p95'"):
            verb("07.p59")
    with pytest.raises(TracingLabError, match=r"There are: 00\.status"):
        book.hint("???")


@pytest.mark.parametrize("data", [{}, {"frame": 1}, {"spans": 1, "log": 2}])
def test_the_wrong_data_is_an_error_that_shows_the_call(
    book: Workbook, data: dict[str, Any]
) -> None:
    with pytest.raises(WorkshopError, match=r"check\('07\.p95', answer, spans=spans\)"):
        book.check("07.p95", 1.0, data)


class Unreadable:
    """A value that cannot even be shown or asked for its class."""

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        raise RuntimeError

    def __repr__(self) -> str:
        raise RuntimeError


def test_values_that_cannot_be_looked_at_are_no_error(book: Workbook) -> None:
    results = [
        book.check("15.left", Unreadable(), {}),
        book.predict("15.cost", {"dollars": Unreadable()}),
        book.compare("15.cost", {"dollars": Unreadable()}),
    ]
    assert all("RuntimeError" in repr(result) for result in results)
    assert all("RuntimeError" in result._repr_html_() for result in results)


def test_hints_come_one_by_one_and_then_stay(book: Workbook) -> None:
    hints = [book.hint("15.bill") for _ in range(4)]
    steps = [hint.title.partition(", ")[2] for hint in hints]
    assert steps == ["hint 1 of 3", "hint 2 of 3", "hint 3 of 3", "hint 3 of 3"]
    assert [hint.message.startswith(text) for hint, text in zip(hints, texts(), strict=False)] == [
        True,
        True,
        True,
    ]
    assert 'tl.check.solve("15.bill")' in hints[2].message
    assert "hint 1 of 3" in book.hint("15.left").title
    assert "hint 2 of 3" in book.hint("15.bill", 2).title


def texts() -> tuple[str, ...]:
    return EXERCISES["15.bill"].hints


def test_the_solution_waits_for_an_attempt(book: Workbook) -> None:
    assert book.solve("15.left").code == ""
    assert "Try first" in book.solve("15.left").message
    book.check("15.left", ..., {})
    assert book.solve("15.left").code == ""
    book.check("15.left", 3, {})
    assert book.solve("15.left").code == "left = 0"
    assert repr(book.solve("15.left")).endswith("\n    left = 0")


def test_the_solution_waits_for_all_hints(book: Workbook) -> None:
    book.hint("15.left")
    book.hint("15.left")
    assert book.solve("15.left").code == ""
    book.hint("15.left")
    assert book.solve("15.left").code == "left = 0"


def test_the_solution_can_be_forced(book: Workbook) -> None:
    assert book.solve("15.left", force=True).code == "left = 0"
    assert "No notebook" in book.solve("00.status", force=True).message


def test_running_a_cell_again_is_no_new_attempt(book: Workbook, store: MemoryStore) -> None:
    for answer in (3, 3, 4, 3, 0, 0):
        book.check("15.left", answer, {})
    answers = [entry.body["answer"] for entry in store.entries()]
    assert answers == [3, 4, 3, 0]


def test_the_first_prediction_stays(book: Workbook, store: MemoryStore) -> None:
    assert "p95_s = 0.4" in book.predict("07.slow", {"p95_s": 0.4}).message
    assert "p95_s = 0.4" in book.predict("07.slow", {"p95_s": 0.4}).message
    again = book.predict("07.slow", {"p95_s": 9, "share": "5 %"}).message
    assert "p95_s = 0.4, share = 0.05" in again
    assert "again=True" in again
    assert len(store.entries()) == 2
    assert "p95_s = 0.7" in book.predict("07.slow", {"p95_s": 0.7}, again=True).message


def test_a_prediction_stands_beside_its_measurement(book: Workbook) -> None:
    book.predict("07.slow", {"p95_s": 0.4, "slowest": "payment"})
    given = {"p95_s": 0.5, "slowest": "shop-dev-order-0de6b2b1", "p50_s": 1, "p99_s": ...}
    page = book.compare("07.slow", given)
    assert "after a measurement" not in repr(page)
    assert isinstance(page, Page)
    assert [row[:4] for row in page.rows] == [
        ("p95_s", "0.4", "0.5", "1.25"),
        ("slowest", "payment", "shop-dev-order-0de6b2b1", "-"),
        ("p50_s", "-", "1", "-"),
    ]
    assert [row[4] for row in page.rows] == [
        "Close: within 25 % of your prediction.",
        "Not what you predicted: what did you assume?",
        "You did not predict this.",
    ]
    assert "p99_s: not filled in yet" in page.caption
    assert "<td>1.25</td>" in page._repr_html_()


def test_a_prediction_after_the_measurement_is_marked(book: Workbook, store: MemoryStore) -> None:
    book.predict("07.slow", {"p95_s": 0.4})
    book.compare("07.slow", {"p95_s": 0.5})
    book.predict("07.slow", {"p95_s": 0.5}, again=True)
    page = book.compare("07.slow", {"p95_s": 0.5})
    assert isinstance(page, Page)
    assert "after a measurement" in page.caption
    late = [entry.body["late"] for entry in store.entries() if entry.kind == "prediction"]
    assert late == [False, True]


@pytest.mark.parametrize("blank", [..., None, [1, 2], object(), float("nan")])
def test_predictions_that_are_none_are_no_error(book: Workbook, blank: object) -> None:
    for note in (book.predict("07.slow", {"p": blank}), book.compare("07.slow", {"p": blank})):
        assert isinstance(note, Note)
        assert note.state == "blank"
        assert "p: " in note.message
    assert book.predict("07.slow", {}).state == "blank"


@pytest.mark.parametrize("bad", ["slow", "7.slow", "07.", 7, None])
def test_a_prediction_needs_its_notebook(book: Workbook, bad: Any) -> None:
    for verb in (book.predict, book.compare):
        with pytest.raises(WorkshopError, match="id of a prediction"):
            verb(bad, {"p95_s": 1})


def test_progress_counts_what_was_done(book: Workbook) -> None:
    book.check("15.left", 3, {})
    book.check("15.left", 0, {})
    book.hint("15.bill")
    book.solve("15.bill", force=True)
    book.predict("15.cost", {"dollars": 10})
    book.predict("15.other", {"dollars": 10})
    book.compare("15.cost", {"dollars": 15})
    book.predict("98.new", {"x": 1})
    page = book.progress("here")
    rows = {row[0]: row[1:] for row in page.rows}
    assert rows["15"] == ("1 of 2", "2", "1", "1", "2", "1")
    assert rows["00"] == ("0 of 2", "0", "0", "0", "0", "0")
    assert rows["98"] == ("0 of 0", "0", "0", "0", "1", "0")
    assert "kept in here" in repr(page)


def test_the_verbs_keep_progress_from_kernel_to_kernel(progress_file: Path) -> None:
    assert not check.check("15.left", 3)
    assert isinstance(check.check("15.left", 0), CheckResult)
    assert "hint 1 of 3" in check.hint("15.bill").title
    assert "hint 2 of 3" in check.hint("15.bill").title
    assert "hint 1 of 3" in check.hint("15.bill", step=1).title
    assert check.solve("15.left").code.startswith("left = ")
    check.predict("15.cost", dollars=10)
    assert isinstance(check.compare("15.cost", dollars=15), Page)
    assert str(progress_file) in repr(check.progress())
    assert progress_file.is_file()


def test_a_damaged_file_is_told_and_does_no_harm(progress_file: Path) -> None:
    progress_file.write_bytes(b"no database" * 100)
    result = check.check("15.left", 0)
    assert result.ok
    assert "was damaged" in result.message
    assert check.check("15.left", 0).message == "Right. Well done."


@pytest.mark.usefixtures("progress_file")
@pytest.mark.parametrize("answer", [3, None])
def test_strict_mode_raises_unless_the_answer_is_right(answer: object) -> None:
    with pytest.raises(AssertionError, match=r"15\.left"):
        check.check("15.left", answer, strict=True)
    assert check.check("15.left", 0, strict=True)


@pytest.mark.usefixtures("progress_file")
def test_the_environment_makes_checks_strict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STRICT_VARIABLE, "1")
    with pytest.raises(AssertionError):
        check.check("15.left", 3)
    monkeypatch.setenv(STRICT_VARIABLE, "")
    assert not check.check("15.left", 3)
