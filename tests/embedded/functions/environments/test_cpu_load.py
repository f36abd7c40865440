"""How busy the cores are."""

from typing import NamedTuple

from tracing_lab.embedded.functions.environments.cpu_load import CpuLoad


class Times(NamedTuple):
    """Seconds of processor time."""

    user: float
    system: float
    idle: float
    iowait: float
    guest: float


def test_saturation_is_judged_over_the_last_stretch_of_time() -> None:
    # at 0 s, 1 s, 2 s and 3 s of two cores: half idle, then all busy, then waiting for the disk
    readings = [
        Times(10.0, 5.0, 100.0, 0.0, 1.0),
        Times(10.5, 5.5, 101.0, 0.0, 1.0),
        Times(12.0, 5.9, 101.1, 0.0, 2.5),
        Times(12.0, 5.9, 101.1, 2.0, 2.5),
    ]
    now_s = [0.0]
    load = CpuLoad(read=lambda: readings[int(now_s[0])], clock=lambda: now_s[0])
    verdicts = {}
    for moment_s in (0.1, 1.0, 1.1, 2.0, 2.1, 3.0):
        now_s[0] = moment_s
        verdicts[moment_s] = load.saturated()
    assert verdicts == {0.1: False, 1.0: False, 1.1: False, 2.0: True, 2.1: True, 3.0: False}
