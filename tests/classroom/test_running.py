"""Several stacks at a time, and what ends them."""

from threading import Barrier

import pytest

from tracing_lab.classroom.running import Stop, for_each
from tracing_lab.errors import DeployError


def test_results_come_in_order_and_several_run_at_a_time() -> None:
    together = Barrier(3, timeout=60)

    def work(item: int) -> int:
        together.wait()
        return -item

    assert for_each(work, [3, 1, 2], stop=Stop(), at_once=3) == [-3, -1, -2]


def test_defect_is_raised_when_all_others_have_ended() -> None:
    done = []

    def work(item: int) -> None:
        if item == 0:
            raise ZeroDivisionError
        done.append(item)

    with pytest.raises(ZeroDivisionError):
        for_each(work, range(5), stop=Stop(), at_once=2)
    assert sorted(done) == [1, 2, 3, 4]


def test_stop_ends_waits_and_lets_no_step_begin() -> None:
    stop = Stop()
    stop.check()
    stop.set()
    with pytest.raises(DeployError, match="run the same again"):
        stop.check()
    with pytest.raises(DeployError):
        stop.sleep(3600.0)
