"""What a process writes becomes log messages, however it arrives in pieces."""

from hypothesis import given, strategies as st

from tracing_lab.embedded.functions.environments.output import MAGIC, MessageSplitter

TEXT = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=20)


def frame(message: str) -> bytes:
    content = message.encode()
    return MAGIC + b"\x0f" + len(content).to_bytes(4, "big") + bytes(8) + content


def test_each_line_is_a_message() -> None:
    assert MessageSplitter().feed(b"one\ntwo\nthr") == ["one\n", "two\n"]


def test_a_frame_of_many_lines_is_one_message() -> None:
    assert MessageSplitter().feed(frame("a\nb\n") + b"c\n") == ["a\nb\n", "c\n"]


def test_a_frame_after_text_without_line_end_begins_a_new_message() -> None:
    assert MessageSplitter().feed(b"no end" + frame("framed")) == ["no end", "framed"]


def test_flush_gives_the_unfinished_line_once() -> None:
    splitter = MessageSplitter()
    splitter.feed(b"rest")
    assert splitter.flush() == ["rest\n"]
    assert splitter.flush() == []


def test_bytes_that_are_no_text_do_not_stop_the_log() -> None:
    assert MessageSplitter().feed(b"\xff\xfe\n") == ["\ufffd\ufffd\n"]


def test_a_frame_of_impossible_length_is_taken_as_text() -> None:
    broken = MAGIC + b"\x0f" + b"\xff" * 12 + b"\n"
    assert len(MessageSplitter().feed(broken + b"next\n")) == 2


def test_an_endless_line_is_cut() -> None:
    messages = MessageSplitter().feed(b"x" * 600_000)
    assert [len(message) for message in messages] == [262_144, 262_144]


@given(st.lists(st.tuples(st.booleans(), TEXT)), st.lists(st.integers(1, 7), min_size=1))
def test_pieces_do_not_matter(parts: list[tuple[bool, str]], sizes: list[int]) -> None:
    """Frames and lines come out as they went in, for any split of the stream."""
    stream = b"".join(frame(text) if framed else f"{text}\n".encode() for framed, text in parts)
    splitter, messages, position = MessageSplitter(), [], 0
    while position < len(stream):
        size = sizes[position % len(sizes)]
        messages += splitter.feed(stream[position : position + size])
        position += size
    assert messages == [text if framed else f"{text}\n" for framed, text in parts]
    assert splitter.flush() == []
