"""X-Ray's groups and sampling rules.

Both are read from the list of all, because X-Ray returns the same error for a missing one as for an
invalid request.
"""

from collections.abc import Mapping

from tracing_lab.aws.xray_settings import XRaySettings
from tracing_lab.stack import Observed, Resource

from .base import observed, sync_tags

_RULE = (
    "Attributes",
    "FixedRate",
    "HTTPMethod",
    "Host",
    "Priority",
    "ReservoirSize",
    "ResourceARN",
    "RuleName",
    "ServiceName",
    "ServiceType",
    "URLPath",
)


class TraceGroupProvider:
    """Provider of ``AWS::XRay::Group``."""

    def __init__(self, xray: XRaySettings) -> None:
        self._xray = xray

    def observe(self, resource: Resource) -> Observed | None:
        """Read a group with its tags."""
        for group in self._xray.groups():
            if group["GroupName"] == resource.name:
                expression, arn = group.get("FilterExpression", ""), group["GroupARN"]
                properties = {"FilterExpression": expression, "GroupName": resource.name}
                return observed(resource, properties, self._xray.tags(arn), outputs={"Arn": arn})
        return None

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Create a group."""
        wanted = resource.properties
        return {
            "Arn": self._xray.create_group(
                resource.name, wanted["FilterExpression"], wanted["Tags"]
            )
        }

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Change the filter expression or tags."""
        if "FilterExpression" in changed:
            expression = resource.properties["FilterExpression"]
            self._xray.update_group(found.outputs["Arn"], expression)
        sync_tags(self._xray, found.outputs["Arn"], resource, found, changed)

    def delete(self, found: Observed) -> None:
        """Delete a group."""
        self._xray.delete_group(found.outputs["Arn"])


class SamplingRuleProvider:
    """Provider of ``AWS::XRay::SamplingRule``."""

    def __init__(self, xray: XRaySettings) -> None:
        self._xray = xray

    def observe(self, resource: Resource) -> Observed | None:
        """Read a rule with its tags."""
        for rule in self._xray.sampling_rules():
            if rule["RuleName"] == resource.name:
                properties = {
                    "Attributes": {},
                    **{name: rule[name] for name in _RULE if name in rule},
                }
                arn = rule["RuleARN"]
                return observed(resource, properties, self._xray.tags(arn), outputs={"Arn": arn})
        return None

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Create a rule."""
        wanted = resource.properties
        self._xray.create_sampling_rule({name: wanted[name] for name in _RULE}, wanted["Tags"])
        return {}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Update what a rule matches, its rate and reservoir, or its tags."""
        if changed - {"Tags"}:
            self._xray.update_sampling_rule({name: resource.properties[name] for name in _RULE})
        sync_tags(self._xray, found.outputs["Arn"], resource, found, changed)

    def delete(self, found: Observed) -> None:
        """Delete a rule."""
        self._xray.delete_sampling_rule(found.resource.name)
