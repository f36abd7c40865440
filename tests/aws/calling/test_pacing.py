"""Calls keep to quotas."""

from hypothesis import given, strategies as st

from tracing_lab.aws.calling.control_plane import Quota
from tracing_lab.aws.calling.pacing import Pacer


class FakeClock:
    """Seconds that pass only in sleep."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.slept_s: list[float] = []

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.now_s += seconds


def test_calls_keep_to_the_quotas_of_their_operation_and_service() -> None:
    clock = FakeClock()
    quotas = [Quota("a:Create", per_s=0.25), Quota("a:*", per_s=1, burst=3, but=("a:Get",))]
    pacer = Pacer(quotas, clock=clock, sleep=clock.sleep)
    for operation in ("a:Create", "a:Create", "a:Get", "b:Create", "a:Other", "a:Other"):
        pacer.wait(operation)
    # The second Create waits for its own bucket, in which time the service's is full again.
    assert clock.slept_s == [4.0]
    pacer.wait("a:Other")
    assert clock.slept_s[1:] == [1.0]


@given(
    st.lists(st.tuples(st.sampled_from(["a:X", "a:Y"]), st.floats(0, 3)), max_size=40),
    st.floats(0.1, 5),
    st.integers(1, 5),
)
def test_no_window_of_time_has_more_calls_than_its_quota(
    calls: list[tuple[str, float]], per_s: float, burst: int
) -> None:
    clock, made_at_s = FakeClock(), []
    pacer = Pacer([Quota("a:*", per_s, burst)], clock=clock, sleep=clock.sleep)
    for operation, pause_s in calls:
        clock.now_s += pause_s
        pacer.wait(operation)
        made_at_s.append(clock())
    for first, start_s in enumerate(made_at_s):
        for last in range(first, len(made_at_s)):
            window_s = made_at_s[last] - start_s
            assert last - first + 1 <= burst + per_s * window_s + 1e-6
