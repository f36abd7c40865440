"""AWS's published layers, and settings that cannot work with them."""

import pytest

from tracing_lab.config import Config
from tracing_lab.config.otel_layers import PUBLISHED_LAYERS, is_layer_arn, region_of
from tracing_lab.errors import ConfigError

ARN = PUBLISHED_LAYERS["us-east-1"]


def test_every_published_layer_is_one_of_its_region() -> None:
    assert all(is_layer_arn(arn) for arn in PUBLISHED_LAYERS.values())
    assert {region_of(arn): arn for arn in PUBLISHED_LAYERS.values()} == PUBLISHED_LAYERS
    chinese = {region for region, arn in PUBLISHED_LAYERS.items() if arn.startswith("arn:aws-cn:")}
    assert chinese == {"cn-north-1", "cn-northwest-1"}


def test_a_layer_of_another_region_is_refused() -> None:
    with pytest.raises(ConfigError, match="is in us-east-1 and aws_region is eu-west-1"):
        Config(aws_region="eu-west-1", otel_layer_arn=ARN)
    with pytest.raises(ConfigError, match="layers of their own region"):
        Config(otel_layer_arn=ARN).in_regions("us-east-1", "eu-west-1")


def test_a_region_without_a_known_layer_needs_one_to_be_named() -> None:
    own = "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:layer:otel:3"
    with pytest.raises(ConfigError, match="needs otel_layer_arn in us-gov-west-1, where we know"):
        Config(target="aws", aws_region="us-gov-west-1", tracer="opentelemetry")
    named = Config(
        target="aws", aws_region="us-gov-west-1", tracer="opentelemetry", otel_layer_arn=own
    )
    assert named.layer_arn == own
    assert Config(aws_region="us-gov-west-1", tracer="opentelemetry").has_own_layer


@pytest.mark.parametrize("arn", [ARN.rpartition(":")[0], "otel:1", f"{ARN}:x"])
def test_what_is_no_version_of_a_layer_is_refused(arn: str) -> None:
    with pytest.raises(ConfigError, match=r"otel_layer_arn=.* must look like 'arn:aws:lambda:us-"):
        Config(otel_layer_arn=arn)


def test_an_unknown_tracer_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="tracer='otel' must be one of xray-sdk, opentelemetry"):
        Config(tracer="otel")
