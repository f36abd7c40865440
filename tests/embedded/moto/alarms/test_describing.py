"""Alarms are described if they fit every filter of a request."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_planes import client_of
from hypothesis import HealthCheck, given, settings, strategies as st

from tracing_lab.embedded.moto.plane import ControlPlane

REGION = "eu-west-1"
TOPIC, OTHER = (f"arn:aws:sns:{REGION}:123456789012:{name}" for name in ("t", "other"))
ALARMS = {
    "orders-slow": ("ALARM", {"AlarmActions": [TOPIC]}),
    "orders-errors": ("OK", {"OKActions": [TOPIC]}),
    "payments-slow": ("ALARM", {"InsufficientDataActions": [OTHER]}),
    "payments-errors": ("INSUFFICIENT_DATA", {}),
}


@pytest.fixture
def cloudwatch(control: ControlPlane) -> Any:
    client = client_of(control, "cloudwatch", REGION)
    for name, (state, actions) in ALARMS.items():
        client.put_metric_alarm(
            AlarmName=name,
            MetricName="m",
            Namespace="N",
            Period=60,
            EvaluationPeriods=1,
            Statistic="Sum",
            Threshold=1.0,
            ComparisonOperator="GreaterThanThreshold",
            ActionsEnabled=False,
            **actions,
        )
        client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a try")
    return client


def described(cloudwatch: Any, **filters: Any) -> set[str]:
    return {alarm["AlarmName"] for alarm in cloudwatch.describe_alarms(**filters)["MetricAlarms"]}


def has_action(name: str, prefix: str) -> bool:
    return any(arn.startswith(prefix) for arns in ALARMS[name][1].values() for arn in arns)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    prefix=st.sampled_from([None, "orders-", "payments-", "x"]),
    state=st.sampled_from([None, "OK", "ALARM", "INSUFFICIENT_DATA"]),
    action=st.sampled_from([None, TOPIC, OTHER, "arn:aws:sns"]),
)
def test_all_filters_hold(
    cloudwatch: Any, prefix: str | None, state: str | None, action: str | None
) -> None:
    given_ = {"AlarmNamePrefix": prefix, "StateValue": state, "ActionPrefix": action}
    filters = {name: value for name, value in given_.items() if value is not None}
    assert described(cloudwatch, **filters) == {
        name
        for name, (value, _) in ALARMS.items()
        if name.startswith(prefix or "")
        and state in {None, value}
        and (action is None or has_action(name, action))
    }


def test_names_and_types_are_filters_too(cloudwatch: Any) -> None:
    names = ["orders-slow", "orders-errors"]
    assert described(cloudwatch, AlarmNames=names) == set(names)
    assert described(cloudwatch, AlarmNames=names, StateValue="OK") == {"orders-errors"}
    assert described(cloudwatch, AlarmTypes=["MetricAlarm"]) == set(ALARMS)
    assert described(cloudwatch, AlarmTypes=["CompositeAlarm"]) == set()
    with pytest.raises(ClientError, match="together"):
        described(cloudwatch, AlarmNames=names, AlarmNamePrefix="o")


def test_pages_have_every_alarm_once(cloudwatch: Any) -> None:
    paginator = cloudwatch.get_paginator("describe_alarms")
    pages = list(paginator.paginate(PaginationConfig={"PageSize": 3}))
    sizes = [len(page["MetricAlarms"]) for page in pages]
    names = [alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"]]
    assert (sizes, names) == ([3, 1], sorted(ALARMS))


def test_composite_alarms_are_refused(cloudwatch: Any) -> None:
    with pytest.raises(ClientError, match="an expression over several metrics") as error:
        cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(orders-slow)")
    assert error.value.response["Error"]["Code"] != "UnknownOperationException"
