"""Wanted resources of a small config, with and without its options."""

from dataclasses import dataclass
from typing import Any

from tracing_lab.config import SERVICES, TRACERS, Config
from tracing_lab.stack import Names, Resource, Site, resources

SITE = Site("123456789012", "us-east-1")
CONFIG = Config(project_name="shop", environment="test")
NAMES = Names(CONFIG, SITE)
WEB_ACL = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/shop/1"

OPTIONS: dict[str, Any] = {
    "enable_dead_letter_queues": True,
    "enable_api_key": True,
    "enable_dashboard": True,
    "lambda_max_retries": 1,
    "enable_x_ray_group": True,
    "waf_web_acl_arn": WEB_ACL,
    "x_ray_sampling_rate": 0.5,
}


ALARMS = {"enable_alarms": True, "enable_alarm_topic": True, "alarm_email": "me@example.com"}


@dataclass(frozen=True)
class Zip:
    """A deployment zip of which only names matter."""

    sha256_base64: str = "c2hh"
    handler: str = "app.handler"


CODE = dict.fromkeys(SERVICES, Zip())
CODE_OF = {
    tracer: dict.fromkeys(SERVICES, Zip(f"{number}2hh")) for number, tracer in enumerate(TRACERS)
}


def wanted(config: Config = CONFIG, site: Site = SITE) -> dict[str, Resource]:
    return {
        resource.logical: resource for resource in resources(config, site, CODE_OF[config.tracer])
    }


def with_options(**options: Any) -> dict[str, Resource]:
    return wanted(CONFIG.replace(**options))


def added(**options: Any) -> set[str]:
    return set(with_options(**options)) - set(with_options())


def alarms(**options: Any) -> dict[str, Any]:
    """Alarms by what they watch: metric and the last part of the dimension."""
    items = with_options(enable_alarms=True, **options).values()
    found = [item.properties for item in items if item.type == "AWS::CloudWatch::Alarm"]
    return {f"{one['MetricName']} {next(iter(one['Dimensions'].values()))}": one for one in found}


def node(name: str, *needs: str, **properties: Any) -> Resource:
    return Resource(
        type="T",
        logical=name,
        name=name,
        properties=properties,
        depends_on=needs,
        create_only=frozenset({"Fixed"}),
    )
