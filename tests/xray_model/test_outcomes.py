"""Status precedence, flags of HTTP statuses, what is ok."""

from itertools import product

import pytest

from tracing_lab.xray_model.outcomes import flags_of_http_status, is_ok, status_of

EXPECTED = {  # by error, throttle and fault
    (False, False, False): "ok",
    (True, False, False): "error",
    (False, True, False): "throttle",
    (True, True, False): "throttle",
    (False, False, True): "fault",
    (True, False, True): "fault",
    (False, True, True): "throttle",
    (True, True, True): "throttle",
}


@pytest.mark.parametrize("flags", EXPECTED)
def test_of_several_flags_one_counts(flags: tuple[bool, bool, bool]) -> None:
    members = dict(zip(("error", "throttle", "fault"), flags, strict=True))
    assert status_of({"end_time": 2.0, **members}) == EXPECTED[flags]
    assert status_of(members) == "in_progress"


@pytest.mark.parametrize(
    "status, flags",
    [
        (0, {}),
        (200, {}),
        (304, {}),
        (400, {"error": True}),
        (428, {"error": True}),
        (429, {"error": True, "throttle": True}),
        (430, {"error": True}),
        (499, {"error": True}),
        (500, {"fault": True}),
        (599, {"fault": True}),
    ],
)
def test_flags_follow_the_http_status(status: int, flags: dict[str, bool]) -> None:
    assert flags_of_http_status(status) == flags


@pytest.mark.parametrize("flagged, is_open", [*product([False, True], repeat=2)])
@pytest.mark.parametrize(
    "status, successful",
    [(None, True), (199, False), (200, True), (299, True), (300, False), (404, False)],
)
def test_ok_takes_an_end_no_flag_and_2xx(
    status: int | None, *, successful: bool, flagged: bool, is_open: bool
) -> None:
    expected = successful and not flagged and not is_open
    assert is_ok(flagged=flagged, is_open=is_open, status=status) is expected
