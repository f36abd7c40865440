"""The messages of a log group, as services read them."""

import time

from control_planes import REGION

from tracing_lab.embedded.moto.logs.messages import messages_of
from tracing_lab.embedded.moto.plane import ControlPlane


def test_wanted_messages_come_in_the_order_in_which_they_were_written(
    control: ControlPlane,
) -> None:
    now_ms = time.time_ns() // 1_000_000
    control.put_log_events(REGION, "aws/spans", "default", [(now_ms, "a1"), (now_ms + 2, "b1")])
    control.put_log_events(REGION, "aws/spans", "default", [(now_ms + 1, "a2")])
    found = messages_of("aws/spans", REGION, lambda text: text.startswith("a"), control.locked)
    assert found == ["a1", "a2"]


def test_a_group_that_does_not_exist_has_none(control: ControlPlane) -> None:
    assert messages_of("aws/spans", REGION, lambda _text: True, control.locked) == []
