"""Which alarms there are, and what they watch."""

from stacks import ALARMS, NAMES, added, alarms, with_options

from tracing_lab.config import SERVICES


def test_alarms_watch_each_function_and_the_api() -> None:
    functions = [NAMES.function(service) for service in SERVICES]
    expected = {
        f"{kind} {name}" for kind in ("Errors", "Throttles", "Duration") for name in functions
    }
    assert set(alarms()) == expected | {f"5XXError {NAMES.api}", f"Latency {NAMES.api}"}
    errors = alarms()[f"Errors {functions[0]}"]
    assert (errors["Statistic"], errors["Threshold"], errors["Period"]) == ("Sum", 0.0, 60)
    assert errors["TreatMissingData"] == "notBreaching"


def test_slowness_is_the_95th_percentile_in_milliseconds() -> None:
    slow = alarms(alarm_p95_ms=250)[f"Duration {NAMES.function('order')}"]
    assert (slow["ExtendedStatistic"], slow["Threshold"]) == ("p95", 250.0)
    assert "Statistic" not in slow


def test_queues_are_watched_where_there_are_any() -> None:
    depth = f"ApproximateNumberOfMessagesVisible {NAMES.queue('order')}"
    assert depth not in alarms()
    assert alarms(enable_dead_letter_queues=True)[depth]["Statistic"] == "Maximum"


def test_alarms_are_published_on_the_topic_if_there_is_one() -> None:
    name = f"Errors {NAMES.function('order')}"
    assert alarms()[name]["AlarmActions"] == []
    found = alarms(enable_alarm_topic=True)[name]
    assert found["AlarmActions"] == found["OKActions"] == [NAMES.topic_arn]
    assert added(enable_alarms=True, enable_alarm_topic=True) - added(enable_alarms=True) == {
        "alarm-topic"
    }
    items = with_options(**ALARMS)
    assert items["order-errors-alarm"].depends_on == ("alarm-topic",)
    assert items["alarm-subscription"].properties["Endpoint"] == "me@example.com"
