"""Searches over whole services: by tag, and by a part of the name."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tracing_lab.errors import AwsError

from .caller import Caller, Json


@dataclass(frozen=True)
class Listing:
    """An operation that lists what a service has.

    Parameters
    ----------
    operation
        Service and operation.
    key
        The member of each page that has the items.
    names
        The members of an item that lead to its name; none if the item is its name.
    paged
        Whether it comes in pages; otherwise in one answer.
    """

    operation: str
    key: str
    names: tuple[str, ...] = ()
    paged: bool = True


_LISTINGS = (
    Listing("apigateway:GetRestApis", "items", ("name",)),
    Listing("apigateway:GetApiKeys", "items", ("name",)),
    Listing("apigateway:GetUsagePlans", "items", ("name",)),
    Listing("cloudwatch:DescribeAlarms", "MetricAlarms", ("AlarmName",)),
    Listing("cloudwatch:ListDashboards", "DashboardEntries", ("DashboardName",)),
    # An account has at most 100 buses, and this gives as many (EventBridge quotas).
    Listing("events:ListEventBuses", "EventBuses", ("Name",), paged=False),
    Listing("iam:ListRoles", "Roles", ("RoleName",)),
    Listing("lambda:ListFunctions", "Functions", ("FunctionName",)),
    Listing("logs:DescribeLogGroups", "logGroups", ("logGroupName",)),
    Listing("sns:ListTopics", "Topics", ("TopicArn",)),
    Listing("sqs:ListQueues", "QueueUrls"),
    Listing("xray:GetGroups", "Groups", ("GroupName",)),
    Listing("xray:GetSamplingRules", "SamplingRuleRecords", ("SamplingRule", "RuleName")),
)


class Inventory:
    """Searches over all services that a stack can have something in."""

    def __init__(self, caller: Caller) -> None:
        self._call, self._pages, self._all_pages = caller.call, caller.pages, caller.all_pages

    def tagged(self, key: str, value: str) -> list[str]:
        """List the ARNs of everything in the region that carries a tag.

        Roles are not among them: the tagging service does not know roles.
        """
        filters = [{"Key": key, "Values": [value]}]
        found = self._pages(
            "resourcegroupstaggingapi:GetResources",
            f"tag {key}",
            "ResourceTagMappingList",
            TagFilters=filters,
        )
        return sorted(item["ResourceARN"] for item in found)

    def named(self, prefix: str, suffix: str) -> tuple[list[str], list[str]]:
        """List what has a name with these two parts, and what could not be asked for.

        Parameters
        ----------
        prefix
            What comes first in the name, maybe after a path.
        suffix
            What the name ends with.

        Returns
        -------
        tuple[list[str], list[str]]
            ``service name`` of each, and the messages of the listings that failed.
        """
        found, failures = [], []
        with ThreadPoolExecutor(len(_LISTINGS), thread_name_prefix="inventory") as pool:
            for listing, names in zip(_LISTINGS, pool.map(self._names, _LISTINGS), strict=True):
                service = listing.operation.partition(":")[0]
                if isinstance(names, AwsError):
                    failures.append(str(names))
                    continue
                found += [
                    f"{service} {name}"
                    for name in names
                    if prefix in name and name.endswith(suffix)
                ]
        return sorted(found), failures

    def _names(self, listing: Listing) -> list[str] | AwsError:
        try:
            pages = self._answers(listing)
        except AwsError as error:
            return error
        items = [item for page in pages for item in page.get(listing.key, [])]
        return [str(_down(item, listing.names)) for item in items]

    def _answers(self, listing: Listing) -> list[Json]:
        if listing.paged:
            return self._all_pages(listing.operation, "everything")
        return [self._call(listing.operation, "everything")]


def _down(item: Any, names: tuple[str, ...]) -> Any:
    for name in names:
        item = item.get(name, {})
    return item
