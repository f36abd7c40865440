"""What a progress hears while a load runs."""

from tracing_lab.traffic.answer import Answer
from tracing_lab.traffic.live import Live


class Bar:
    """Notes what it hears."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.counts: list[tuple[int, int]] = []

    def __call__(self, done: int, total: int) -> None:
        self.counts.append((done, total))

    def note(self, text: str) -> None:
        self.texts.append(text)


def answer(latency_s: float = 0.1, *, status: int | None = 201, bad: str = "") -> Answer:
    return Answer(0, "c", "t", 5.0, 5.0, 5.0 + latency_s, status, bad=bad)


class Scene:
    """A load with a clock that is set by hand."""

    def __init__(self, total: int) -> None:
        self.now_s = 100.0
        self.bar = Bar()
        self.live = Live(self.bar, total, now=lambda: self.now_s)

    def note(self, at_s: float, result: Answer) -> None:
        self.now_s = 100.0 + at_s
        self.live.note(result)


def test_the_text_has_the_rate_errors_and_p95() -> None:
    scene = Scene(40)
    for number in range(20):
        scene.note(number / 10, answer(0.01 * (number + 1)))
    scene.now_s = 102.0
    assert scene.live.text() == "10.0 orders/s, 0 errors, p95 190 ms"


def test_the_rate_and_p95_are_current_and_errors_those_so_far() -> None:
    scene = Scene(40)
    scene.note(1.0, answer(9.0, status=500))
    scene.note(10.0, answer(0.2))
    scene.note(10.1, answer(0.2))
    scene.note(10.2, answer(0.2))
    assert scene.live.text() == "1.0 orders/s, 1 error, p95 200 ms"
    scene.now_s = 120.0
    assert scene.live.text() == "0.0 orders/s, 1 error"


def test_a_rejected_bad_order_is_no_error_and_an_accepted_one_is() -> None:
    scene = Scene(9)
    for result in (
        answer(status=400, bad="no-pieces"),
        answer(status=400),
        answer(status=None),
        answer(bad="no-pieces"),
        answer(status=500, bad="no-pieces"),
    ):
        scene.note(1.0, result)
    assert "4 errors" in scene.live.text()


def test_the_text_is_said_some_times_a_second_and_at_the_end() -> None:
    scene = Scene(100)
    for number in range(100):
        scene.note(number / 100, answer())
    assert len(scene.bar.texts) == 3  # at once, after half a second and at the end
    assert scene.bar.counts[-1] == (100, 100)


def test_a_plain_function_is_enough() -> None:
    counts: list[tuple[int, int]] = []
    live = Live(lambda done, total: counts.append((done, total)), 1)
    live.note(answer())
    Live(None, 1).note(answer())
    assert counts == [(1, 1)]
