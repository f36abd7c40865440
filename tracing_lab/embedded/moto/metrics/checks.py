"""What PutMetricData rejects, besides what moto does.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
"""

from collections.abc import Mapping
from typing import Any

from moto.cloudwatch.exceptions import InvalidParameterCombination

_MEASURED = ("Values", "StatisticValues")

Datum = Mapping[str, Any]
"""A member of ``MetricData``."""


def check_datum(datum: Datum) -> None:
    """Raise if CloudWatch accepts no such datum.

    Parameters
    ----------
    datum
        A member of the request's ``MetricData``.

    Raises
    ------
    InvalidParameterCombination
        If it has no values.

    Examples
    --------
    >>> check_datum({"MetricName": "Orders", "Value": 0.0})
    """
    if datum.get("Value") is None and not any(datum.get(name) for name in _MEASURED):
        msg = "At least one of the parameters must be specified."
        raise InvalidParameterCombination(msg)
