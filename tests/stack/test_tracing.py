"""The group of traces and the sampling rule."""

from stacks import NAMES, SITE, with_options

from tracing_lab.config import Config
from tracing_lab.filters import parse
from tracing_lab.stack import Names


def test_group_holds_the_traces_of_the_functions_under_a_name_that_x_ray_takes() -> None:
    config = Config(project_name="p" * 30, environment="e" * 6, enable_x_ray_group=True)
    names = Names(config, SITE)
    assert len(names.short) == 32
    group = with_options(enable_x_ray_group=True)["trace-group"].properties
    parse(group["FilterExpression"])  # X-Ray's language
    assert group["FilterExpression"].count(" OR ") == 3
    assert group["GroupName"] == f"shop-test-{NAMES.suffix}"


def test_sampling_rule_is_that_of_the_stage() -> None:
    items = with_options(x_ray_sampling_rate=0.25, x_ray_sampling_reservoir=3)
    rule = items["sampling-rule"].properties
    assert (rule["FixedRate"], rule["ReservoirSize"]) == (0.25, 3)
    assert rule["ResourceARN"].endswith("::/restapis/${api.Id}/stages/prod")
    assert {rule[name] for name in ("Host", "HTTPMethod", "ServiceName", "URLPath")} == {"*"}
