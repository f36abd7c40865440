"""What OpenTelemetry adds to the described stack: a layer, and variables that start it."""

from typing import Any

import pytest
from stacks import CODE, CONFIG, NAMES, SITE, added, with_options

from tracing_lab.config import SERVICES, Config
from tracing_lab.stack import resources

OTEL: dict[str, Any] = {"tracer": "opentelemetry"}
ARN = "arn:aws:lambda:us-east-1:615299751070:layer:AWSOpenTelemetryDistroPython:25"
OWN = "${otel-layer.Arn}"


def functions(**options: Any) -> list[dict[str, Any]]:
    made = with_options(**options)
    return [dict(made[f"{service}-function"].properties) for service in SERVICES]


def variables(**options: Any) -> set[tuple[str, str]]:
    """Return the variables that every function has and the X-Ray SDK's have not."""
    ours, sdks = functions(**options), functions()
    found = [
        set(one["Environment"]["Variables"].items())
        - set(other["Environment"]["Variables"].items())
        for one, other in zip(ours, sdks, strict=True)
    ]
    assert found == [found[0]] * len(found)
    return found[0]


def test_every_function_gets_the_stacks_own_layer_and_waits_for_it() -> None:
    assert added(**OTEL) == {"otel-layer"}
    assert [one["Layers"] for one in functions(**OTEL)] == [[OWN]] * 4
    assert "otel-layer" in with_options(**OTEL)["order-function"].depends_on


def test_a_given_layer_takes_the_place_of_the_stacks_own() -> None:
    given = {**OTEL, "otel_layer_arn": ARN}
    assert added(**given) == set()
    assert [one["Layers"] for one in functions(**given)] == [[ARN]] * 4


def test_with_the_sdk_there_is_neither_layer_nor_variable() -> None:
    with_all = {"otel_layer_arn": ARN, "propagate_own_span": True}
    assert functions(**with_all) == functions()
    assert not any("Layers" in one for one in functions())


def test_the_layers_script_starts_every_function() -> None:
    script = ("AWS_LAMBDA_EXEC_WRAPPER", "/opt/otel-instrument")
    assert variables(**OTEL) == {script}
    assert variables(**OTEL, propagate_own_span=True) == {script, ("PROPAGATE_OWN_SPAN", "1")}


def test_a_layer_has_no_tags_and_says_in_its_description_whose_it_is() -> None:
    made = resources(CONFIG.replace(**OTEL), SITE, CODE, layer_sha256="c2hh")
    (layer,) = [one for one in made if one.logical == "otel-layer"]
    assert layer.properties == {
        "CodeSha256": "c2hh",
        "Description": "OpenTelemetry for the functions; tracing-lab:stack=shop-test",
        "LayerName": NAMES.layer,
    }
    assert layer.create_only == set(layer.properties)


@pytest.mark.parametrize("region,layer", [("us-east-1", ARN), ("eu-west-1", None)])
def test_on_an_account_it_is_that_which_aws_publishes_in_the_region(
    region: str, layer: str | None
) -> None:
    config = Config(target="aws", aws_region=region, **OTEL)
    wanted = layer or "arn:aws:lambda:eu-west-1:615299751070:layer:AWSOpenTelemetryDistroPython:22"
    assert (config.layer_arn, config.has_own_layer) == (wanted, False)
    assert Config(endpoint_url="http://127.0.0.1:4566", aws_region=region, **OTEL).has_own_layer
