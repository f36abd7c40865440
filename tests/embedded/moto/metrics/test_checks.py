"""What PutMetricData rejects; nothing of a rejected request is stored."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_planes import client_of

from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.plane import ControlPlane

REGION = "eu-west-1"
GOOD = {"MetricName": "good", "Value": 1.0}


@pytest.fixture
def cloudwatch(control: ControlPlane) -> Any:
    return client_of(control, "cloudwatch", REGION)


def rejection(cloudwatch: Any, **datum: Any) -> tuple[str, str]:
    """Return code and message of a request whose second datum is wrong."""
    bad = {"MetricName": "bad", **datum}
    with pytest.raises(ClientError) as error:
        cloudwatch.put_metric_data(Namespace="N", MetricData=[GOOD, bad])
    assert backend("cloudwatch", REGION).metric_data == []
    found = error.value.response["Error"]
    return found["Code"], found["Message"]


@pytest.mark.parametrize("datum", [{}, {"Values": []}, {"Values": [], "Counts": []}])
def test_a_datum_without_values_is_rejected(cloudwatch: Any, datum: dict[str, Any]) -> None:
    assert rejection(cloudwatch, **datum) == (
        "InvalidParameterCombination",
        "At least one of the parameters must be specified.",
    )


INFINITE, NAN = float("inf"), float("nan")
SETS = {"SampleCount": 2.0, "Sum": 3.0, "Minimum": 1.0, "Maximum": 2.0}


@pytest.mark.parametrize(
    "datum, name, value",
    [
        ({"Value": INFINITE}, "Value", "inf"),
        ({"Value": -1e120}, "Value", "-1e+120"),
        ({"Values": [1.0, -INFINITE]}, "Values", "-inf"),
        ({"Values": [1.0, 2.0], "Counts": [2.0, -2.0]}, "Counts", "-2.0"),
        ({"Values": [1.0], "Counts": [NAN]}, "Counts", "nan"),
        ({"StatisticValues": {**SETS, "SampleCount": 0.0}}, "StatisticValues.SampleCount", "0.0"),
        ({"StatisticValues": {**SETS, "SampleCount": -1.0}}, "StatisticValues.SampleCount", "-1.0"),
        ({"StatisticValues": {**SETS, "Sum": INFINITE}}, "StatisticValues.Sum", "inf"),
        ({"StatisticValues": {**SETS, "Minimum": NAN}}, "StatisticValues.Minimum", "nan"),
    ],
)
def test_numbers_out_of_range_are_rejected(
    cloudwatch: Any, datum: dict[str, Any], name: str, value: str
) -> None:
    message = f"The value {value} for parameter MetricData.member.2.{name} is invalid."
    assert rejection(cloudwatch, **datum) == ("InvalidParameterValue", message)


def test_the_largest_and_the_smallest_values_are_stored(cloudwatch: Any) -> None:
    good = {"MetricName": "good", "Values": [-(2.0**360), 2.0**360], "Counts": [1.0, 0.0]}
    cloudwatch.put_metric_data(Namespace="N", MetricData=[good])
    (datum,) = backend("cloudwatch", REGION).metric_data
    assert (datum.sample_count, datum.sum) == (1.0, -(2.0**360))


@pytest.mark.parametrize(
    "ahead, rule",
    [
        (timedelta(days=-14, minutes=-1), "within the past two weeks"),
        (timedelta(hours=2, minutes=1), "no more than two hours in the future"),
    ],
)
def test_times_out_of_range_are_rejected(cloudwatch: Any, ahead: timedelta, rule: str) -> None:
    moment = datetime.now(UTC) + ahead
    message = f"The parameter MetricData.member.2.Timestamp must specify a time {rule}."
    found = rejection(cloudwatch, Value=1.0, Timestamp=moment)
    assert found == ("InvalidParameterValue", message)


@pytest.mark.parametrize("ahead", [timedelta(days=-13, hours=-23), timedelta(hours=1, minutes=59)])
def test_times_in_range_are_stored(cloudwatch: Any, ahead: timedelta) -> None:
    datum = {**GOOD, "Timestamp": datetime.now(UTC) + ahead}
    cloudwatch.put_metric_data(Namespace="N", MetricData=[datum])
    assert len(backend("cloudwatch", REGION).metric_data) == 1
