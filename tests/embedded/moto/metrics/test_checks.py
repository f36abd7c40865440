"""What PutMetricData rejects; nothing of a rejected request is stored."""

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
