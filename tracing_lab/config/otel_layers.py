"""The layers that AWS publishes with its distribution of OpenTelemetry (ADOT) for Python."""

import re
from collections.abc import Mapping
from typing import Final

LAYER_ARN: Final = r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:layer:[A-Za-z0-9_-]{1,140}:\d+"
"""The form of a layer version's ARN. Source: Lambda's API reference, ``LayerVersionArn``."""

_NAME = "AWSOpenTelemetryDistroPython"
_ACCOUNT = "615299751070"  # of the regions that every account has

# Region to the account that publishes there, if it is another, and the version of the layer.
_PUBLISHED: Mapping[str, tuple[str, int]] = {
    "af-south-1": ("904233096616", 19),
    "ap-east-1": ("888577020596", 19),
    "ap-northeast-1": (_ACCOUNT, 22),
    "ap-northeast-2": (_ACCOUNT, 22),
    "ap-northeast-3": (_ACCOUNT, 21),
    "ap-south-1": (_ACCOUNT, 22),
    "ap-south-2": ("796973505492", 19),
    "ap-southeast-1": (_ACCOUNT, 21),
    "ap-southeast-2": (_ACCOUNT, 22),
    "ap-southeast-3": ("039612877180", 19),
    "ap-southeast-4": ("713881805771", 19),
    "ap-southeast-5": ("152034782359", 10),
    "ap-southeast-7": ("980416031188", 10),
    "ca-central-1": (_ACCOUNT, 22),
    "ca-west-1": ("595944127152", 10),
    "cn-north-1": ("440179912924", 10),
    "cn-northwest-1": ("440180067931", 10),
    "eu-central-1": (_ACCOUNT, 22),
    "eu-central-2": ("156041407956", 19),
    "eu-north-1": (_ACCOUNT, 22),
    "eu-south-1": ("257394471194", 19),
    "eu-south-2": ("490004653786", 19),
    "eu-west-1": (_ACCOUNT, 22),
    "eu-west-2": (_ACCOUNT, 22),
    "eu-west-3": (_ACCOUNT, 22),
    "il-central-1": ("746669239226", 19),
    "me-central-1": ("739275441131", 19),
    "mx-central-1": ("610118373846", 10),
    "sa-east-1": (_ACCOUNT, 22),
    "us-east-1": (_ACCOUNT, 25),
    "us-east-2": (_ACCOUNT, 22),
    "us-west-1": (_ACCOUNT, 29),
    "us-west-2": (_ACCOUNT, 29),
}

PUBLISHED_LAYERS: Final[Mapping[str, str]] = {
    region: f"arn:{'aws-cn' if region.startswith('cn-') else 'aws'}:lambda:{region}:{account}"
    f":layer:{_NAME}:{version}"
    for region, (account, version) in _PUBLISHED.items()
}
"""Region to the ARN of AWS's layer for Python, as of 2026-11-29.

Source: https://github.com/aws-otel/aws-otel.github.io/blob/03655a3919ed08626dbd09c64e3ecd2212e5cee1/src/config/lambdaLayerArns.js
from which https://aws-otel.github.io/docs/getting-started/lambda makes its table. AWS publishes a
new version with each release.

Not confirmed: that these are the newest, and which release they have. AWS's table got higher
numbers for 0.18.0 (2026-06-30, us-west-2: 33) and 0.19.0 (2026-08-18), of which we know no others.
None was called on a real account. me-south-1 is missing because AWS removed its layer (2026-06-12),
GovCloud because AWS's table does not have it. The setting ``otel_layer_arn`` takes any other.
"""


def region_of(layer_arn: str) -> str:
    """Return the region of a layer version's ARN.

    Examples
    --------
    >>> region_of("arn:aws:lambda:eu-west-1:615299751070:layer:AWSOpenTelemetryDistroPython:22")
    'eu-west-1'
    """
    return layer_arn.split(":")[3]


def is_layer_arn(value: object) -> bool:
    """Return whether a value has the form of a layer version's ARN.

    Examples
    --------
    >>> is_layer_arn("arn:aws:lambda:us-east-1:123456789012:layer:mine")
    False
    """
    return isinstance(value, str) and re.fullmatch(LAYER_ARN, value) is not None
