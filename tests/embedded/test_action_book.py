"""What roles did is known after a restart."""

from collections import Counter
from pathlib import Path

from tracing_lab.embedded.action_book import ActionBook


def test_counts_outlive_the_process(tmp_path: Path) -> None:
    book = ActionBook(tmp_path / "actions.json")
    book.note("arn:r", "sqs:SendMessage", allowed=True)
    book.note("arn:r", "sqs:SendMessage", allowed=True)
    book.note("arn:r", "sns:Publish", allowed=False)
    book.save()
    again = ActionBook(tmp_path / "actions.json")
    again.note("arn:r", "sqs:SendMessage", allowed=True)
    used, denied = again.counts()
    assert used == Counter({("arn:r", "sqs:SendMessage"): 3})
    assert denied == Counter({("arn:r", "sns:Publish"): 1})


def test_what_was_cleared_stays_away(tmp_path: Path) -> None:
    book = ActionBook(tmp_path / "actions.json")
    book.note("arn:r", "sqs:SendMessage", allowed=True)
    book.save()
    book.clear()
    book.save()
    assert book.counts() == ActionBook(tmp_path / "actions.json").counts() == (Counter(), Counter())


def test_nothing_is_written_without_news(tmp_path: Path) -> None:
    book = ActionBook(tmp_path / "actions.json")
    book.save()
    assert list(tmp_path.iterdir()) == []
