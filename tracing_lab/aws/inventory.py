"""Search all services by tag, and list the names of their resources."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tracing_lab.errors import AwsError

from .calling.caller import ServiceFacade
from .tags import tag_dict

_VALUES_A_CALL = 20  # GetResources accepts no more values of a key


@dataclass(frozen=True)
class Listing:
    """An operation that lists the resources of a service.

    Parameters
    ----------
    operation
        Service and operation.
    key
        The member of each page that has the items.
    names
        The members of an item that lead to its name; none if the item is its name.
    params
        The parameters without which the list would not be whole.
    """

    operation: str
    key: str
    names: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)


LISTINGS = (
    Listing("apigateway:GetRestApis", "items", ("name",)),
    Listing("apigateway:GetApiKeys", "items", ("name",)),
    Listing("apigateway:GetUsagePlans", "items", ("name",)),
    Listing("cloudwatch:DescribeAlarms", "MetricAlarms", ("AlarmName",)),
    Listing("cloudwatch:ListDashboards", "DashboardEntries", ("DashboardName",)),
    Listing("events:ListEventBuses", "EventBuses", ("Name",)),
    Listing("iam:ListRoles", "Roles", ("RoleName",)),
    Listing("lambda:ListLayers", "Layers", ("LayerName",)),
    Listing("lambda:ListFunctions", "Functions", ("FunctionName",)),
    Listing("logs:DescribeLogGroups", "logGroups", ("logGroupName",)),
    Listing("sns:ListTopics", "Topics", ("TopicArn",)),
    # Only with MaxResults does it say that there are more (API reference of ListQueues).
    Listing("sqs:ListQueues", "QueueUrls", params={"MaxResults": 1000}),
    Listing("xray:GetGroups", "Groups", ("GroupName",)),
    Listing("xray:GetSamplingRules", "SamplingRuleRecords", ("SamplingRule", "RuleName")),
)
"""What a stack can have something of, under a name."""


class Inventory(ServiceFacade):
    """Searches all services in which a stack can have resources."""

    def tagged(self, key: str, values: Sequence[str]) -> dict[str, list[str]]:
        """Return the ARNs of the region's resources that have a tag with one of some values.

        Roles are not among them: the tagging service does not know roles.

        Returns
        -------
        dict[str, list[str]]
            The ARNs by value of the tag, for all values.
        """
        tagged: dict[str, list[str]] = {value: [] for value in values}
        for start in range(0, len(values), _VALUES_A_CALL):
            filters = [{"Key": key, "Values": list(values[start : start + _VALUES_A_CALL])}]
            for item in self._pages(
                "resourcegroupstaggingapi:GetResources",
                f"tag {key}",
                "ResourceTagMappingList",
                TagFilters=filters,
            ):
                value = tag_dict(item["Tags"]).get(key, "")
                tagged.setdefault(value, []).append(str(item["ResourceARN"]))
        return {value: sorted(arns) for value, arns in tagged.items()}

    def names(self) -> tuple[dict[str, list[str]], list[str]]:
        """Return the names of all resources of the types that a stack can have.

        Returns
        -------
        tuple[dict[str, list[str]], list[str]]
            The names by the operation that lists them, and the messages of the listings that
            failed.
        """
        listed, failures = {}, []
        with ThreadPoolExecutor(len(LISTINGS), thread_name_prefix="inventory") as pool:
            for listing, names in zip(LISTINGS, pool.map(self._names, LISTINGS), strict=True):
                if isinstance(names, AwsError):
                    failures.append(str(names))
                else:
                    listed[listing.operation] = names
        return listed, failures

    def _names(self, listing: Listing) -> list[str] | AwsError:
        try:
            pages = self._all_pages(listing.operation, "everything", **listing.params)
        except AwsError as error:
            return error
        items = [item for page in pages for item in page.get(listing.key, [])]
        return [str(_down(item, listing.names)) for item in items]


def _down(item: Any, names: tuple[str, ...]) -> Any:
    for name in names:
        item = item.get(name, {})
    return item
