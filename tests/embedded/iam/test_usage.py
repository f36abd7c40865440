"""What roles did is known after a restart."""

from collections import Counter
from pathlib import Path

import pytest

from tracing_lab.embedded.iam.usage import ActionUsage
from tracing_lab.embedded.storage.damage import damaged_files


def test_counts_outlive_the_process(tmp_path: Path) -> None:
    usage = ActionUsage(tmp_path / "actions.json")
    usage.note("arn:r", "sqs:SendMessage", allowed=True)
    usage.note("arn:r", "sqs:SendMessage", allowed=True)
    usage.note("arn:r", "sns:Publish", allowed=False)
    usage.save()
    reloaded = ActionUsage(tmp_path / "actions.json")
    reloaded.note("arn:r", "sqs:SendMessage", allowed=True)
    used, denied = reloaded.counts()
    assert used == Counter({("arn:r", "sqs:SendMessage"): 3})
    assert denied == Counter({("arn:r", "sns:Publish"): 1})


def test_what_was_cleared_stays_away(tmp_path: Path) -> None:
    usage = ActionUsage(tmp_path / "actions.json")
    usage.note("arn:r", "sqs:SendMessage", allowed=True)
    usage.save()
    usage.clear()
    usage.save()
    assert (
        usage.counts() == ActionUsage(tmp_path / "actions.json").counts() == (Counter(), Counter())
    )


def test_nothing_is_written_without_news(tmp_path: Path) -> None:
    usage = ActionUsage(tmp_path / "actions.json")
    usage.save()
    assert list(tmp_path.iterdir()) == []


DAMAGED = [b"", b"{", b"[]", b"{}", b'{"used": [], "denied": {}}', b"\xff" * 9, b"[" * 99_999]
DAMAGED += [b'{"used": {"r": {"a": "x"}}, "denied": {}}', b'{"used": {"r": 1}, "denied": {}}']


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_book_is_set_aside(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "actions.json"
    path.write_bytes(content)
    usage = ActionUsage(path)
    assert usage.counts() == (Counter(), Counter())
    usage.note("arn:r", "sqs:SendMessage", allowed=True)
    usage.save()
    assert ActionUsage(path).counts() == usage.counts()
    (name,) = damaged_files(tmp_path)
    assert (tmp_path / name).read_bytes() == content


def test_a_book_that_cannot_be_written_is_written_later(tmp_path: Path) -> None:
    usage = ActionUsage(tmp_path / "later" / "actions.json")
    usage.note("arn:r", "sqs:SendMessage", allowed=True)
    usage.save()
    (tmp_path / "later").mkdir()
    usage.save()
    assert ActionUsage(tmp_path / "later" / "actions.json").counts() == usage.counts()
