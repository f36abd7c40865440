"""Names and ARNs follow from config and site."""

from stacks import CONFIG, SITE

from tracing_lab.stack import Names, Site


def test_names_are_derived_from_account_region_and_config() -> None:
    names = Names(CONFIG, SITE)
    suffix = names.suffix
    assert names.function("order") == f"shop-test-order-{suffix}"
    assert names.bus_arn.endswith(f"event-bus/shop-test-bus-{suffix}")
    assert len(suffix) == 8
    others = [Site("210987654321", "us-east-1"), Site("123456789012", "eu-west-1")]
    assert len({suffix, *(Names(CONFIG, other).suffix for other in others)}) == 3


def test_arns_follow_the_partition() -> None:
    china = Names(CONFIG, Site("123456789012", "cn-north-1", "aws-cn"))
    assert china.function_arn("order").startswith("arn:aws-cn:lambda:cn-north-1:123456789012:")
