"""AWS X-Ray: groups of traces and sampling rules."""

from collections.abc import Callable, Mapping
from typing import Any

from tracing_lab.errors import AwsError, NotFoundError

from .calling.caller import Json, ServiceFacade
from .tags import tag_dict, tag_list

_INVALID = "InvalidRequestException"
_NO_SUCH_PAGE = "404"  # from emulators that lack the operation


class XRaySettings(ServiceFacade):
    """The calls to AWS X-Ray about groups and sampling rules."""

    def groups(self) -> list[Json]:
        """List the region's groups."""
        return self._listed("xray:GetGroups", "Groups")

    def create_group(self, name: str, expression: str, tags: Mapping[str, str]) -> str:
        """Create a group of the traces that match a filter expression, and return its ARN."""
        answer = self._change(
            "xray:CreateGroup",
            name,
            self._has_group(name),
            GroupName=name,
            FilterExpression=expression,
            Tags=tag_list(tags),
        )
        return str(answer["Group"]["GroupARN"])

    def update_group(self, arn: str, expression: str) -> None:
        """Change a group's filter expression."""
        there = self._has_group(arn)
        self._change("xray:UpdateGroup", arn, there, GroupARN=arn, FilterExpression=expression)

    def delete_group(self, arn: str) -> None:
        """Delete a group; its traces stay."""
        self._change("xray:DeleteGroup", arn, self._has_group(arn), GroupARN=arn)

    def sampling_rules(self) -> list[Json]:
        """List the region's sampling rules, the default one included."""
        records = self._listed("xray:GetSamplingRules", "SamplingRuleRecords")
        return [record["SamplingRule"] for record in records]

    def create_sampling_rule(self, rule: Mapping[str, Any], tags: Mapping[str, str]) -> None:
        """Create a sampling rule."""
        self._change(
            "xray:CreateSamplingRule",
            rule["RuleName"],
            self._has_rule(rule["RuleName"]),
            SamplingRule={**rule, "Version": 1},
            Tags=tag_list(tags),
        )

    def update_sampling_rule(self, rule: Mapping[str, Any]) -> None:
        """Change a sampling rule."""
        name = rule["RuleName"]
        there = self._has_rule(name)
        self._change("xray:UpdateSamplingRule", name, there, SamplingRuleUpdate=dict(rule))

    def delete_sampling_rule(self, name: str) -> None:
        """Delete a sampling rule."""
        self._change("xray:DeleteSamplingRule", name, self._has_rule(name), RuleName=name)

    def _has_group(self, name_or_arn: str) -> Callable[[], bool]:
        return lambda: any(
            name_or_arn in {group["GroupName"], group["GroupARN"]} for group in self.groups()
        )

    def _has_rule(self, name: str) -> Callable[[], bool]:
        return lambda: any(rule["RuleName"] == name for rule in self.sampling_rules())

    def _change(
        self, operation: str, about: str, is_there: Callable[[], bool], **params: Any
    ) -> Json:
        """Make a call whose one error code means existing, missing, or invalid."""
        try:
            return self._call(operation, about, **params)
        except AwsError as error:
            if error.code != _INVALID:
                raise
            creating, there = operation.startswith("xray:Create"), is_there()
            if creating and there:
                code = "ResourceAlreadyExistsException"
                raise AwsError(str(error), operation=operation, code=code) from error
            if not creating and not there:
                raise NotFoundError(str(error), operation=operation, code=_INVALID) from error
            raise

    def _listed(self, operation: str, key: str) -> list[Json]:
        try:
            return self._pages(operation, key, key)
        except AwsError as error:
            if error.code != _NO_SUCH_PAGE:
                raise
            return []

    def tags(self, arn: str) -> dict[str, str]:
        """Read the tags of a group or rule."""
        return tag_dict(self._call("xray:ListTagsForResource", arn, ResourceARN=arn)["Tags"])

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        """Add or change tags of a group or rule."""
        self._call("xray:TagResource", arn, ResourceARN=arn, Tags=tag_list(tags))

    def untag(self, arn: str, keys: list[str]) -> None:
        """Remove tags from a group or rule."""
        self._call("xray:UntagResource", arn, ResourceARN=arn, TagKeys=keys)
