"""Every setting in turn on the embedded AWS: what was applied is what is found afterwards."""

from collections.abc import Iterator
from typing import Any

import pytest
from archives import app_zip
from otel_layers import built_layer
from setting_values import FEEDING, SAMPLES, another, covers, rounds

from tracing_lab import deploy
from tracing_lab.aws import Aws, connect
from tracing_lab.config import Config, Setting
from tracing_lab.stack import Step

KEPT_ON = "enable_detailed_monitoring"  # the only switch that is on by default
OF_A_LAYER = {"tracer", "otel_layer_arn"}  # without the second, the first adds a layer


class Stack:
    """One stack, whose settings change."""

    def __init__(self, plain: Config) -> None:
        self.config, client = plain, connect(plain)
        self.samples = {
            **SAMPLES,
            "otel_layer_arn": layers(client("lambda")),
            "waf_web_acl_arn": web_acls(client("wafv2")),
        }
        self.aws = Aws(plain, client_factory=client)
        deploy.apply(plain, aws=self.aws)

    def apply(self, **changes: Any) -> list[str]:
        """Change settings, and return what was made, deleted or changed; nothing may be left."""
        reports: list[deploy.StepReport] = []
        self.config = self.config.replace(**changes)
        deploy.apply(self.config, aws=self.aws, on_step=reports.append)
        left = deploy.plan(self.config, aws=self.aws)
        assert not left.steps, f"{sorted(changes)} left\n{left.details()}"
        return [path for report in reports for path in paths(report.step)]

    def others(self, settings: list[Setting]) -> dict[str, Any]:
        """Return values of settings that differ from those that they have."""
        now = self.config.to_dict()
        return {one.name: another(one, now[one.name], self.samples) for one in settings}


def paths(step: Step) -> list[str]:
    changed = [f"{step.resource.type}.{change.path}" for change in step.changes]
    return changed or [step.resource.type]


def layers(lambda_: Any) -> tuple[str, str]:
    content = {"ZipFile": app_zip("pass")}
    first, second = (
        lambda_.publish_layer_version(LayerName="given", Content=content)["LayerVersionArn"]
        for _ in range(2)
    )
    return first, second


def web_acls(wafv2: Any) -> tuple[str, str]:
    nothing = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False}
    first, second = (
        wafv2.create_web_acl(
            Name=name,
            Scope="REGIONAL",
            DefaultAction={"Allow": {}},
            VisibilityConfig={**nothing, "MetricName": name},
        )
        for name in ("first", "second")
    )
    return first["Summary"]["ARN"], second["Summary"]["ARN"]


@pytest.fixture(scope="module")
def stack(embedded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    plain = Config(
        project_name="every",
        environment="setting",
        aws_region="ca-central-1",
        endpoint_url=embedded_url,
    )
    found = Stack(plain)
    with built_layer(tmp_path_factory.mktemp("layer"), app_zip("pass")):
        yield found
    assert not deploy.destroy(plain, confirm=True, aws=found.aws).remains


def test_every_setting_is_deployed_changed_and_taken_back(stack: Stack) -> None:
    plain, switches = stack.config, [one for one in FEEDING if one.is_switch]
    # GIVEN a stack of defaults, WHEN every setting is another THEN all of it is deployed
    later = {KEPT_ON, *OF_A_LAYER}
    stack.apply(**stack.others([one for one in FEEDING if one.name not in later]))
    # WHEN the values change once more, in turn THEN each is changed where it is declared to
    for settings in rounds([one for one in FEEDING if one not in switches]):
        found = stack.apply(**stack.others(settings))
        for setting in settings:
            missing = [one for one in setting.feeds if not any(covers(one, it) for it in found)]
            assert not missing, setting.name
    # WHEN all go back to their defaults THEN what is not wanted any more is gone
    stack.apply(**plain.replace(**{KEPT_ON: False}).to_dict())
    stack.apply(**{KEPT_ON: True})
    assert stack.config == plain
