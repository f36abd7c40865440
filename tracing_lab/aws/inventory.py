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
    arns
        How the last part of an ARN begins that one of the listed resources, or a part of it, has.
    key
        The member of each page that has the items.
    names
        The members of an item that lead to its name; none if the item is its name.
    id_
        The member of an item with the id that stands in its ARN instead of its name.
    params
        The parameters without which the list would not be whole.
    """

    operation: str
    arns: tuple[str, ...]
    key: str
    names: tuple[str, ...] = ()
    id_: str = ""
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)


LISTINGS = (
    Listing("apigateway:GetRestApis", ("/restapis/",), "items", ("name",), "id"),
    Listing("apigateway:GetApiKeys", ("/apikeys/",), "items", ("name",), "id"),
    Listing("apigateway:GetUsagePlans", ("/usageplans/",), "items", ("name",), "id"),
    Listing("cloudwatch:DescribeAlarms", ("alarm:",), "MetricAlarms", ("AlarmName",)),
    Listing("cloudwatch:ListDashboards", ("dashboard/",), "DashboardEntries", ("DashboardName",)),
    Listing("events:ListEventBuses", ("event-bus/", "rule/"), "EventBuses", ("Name",)),
    Listing("iam:ListRoles", ("role/",), "Roles", ("RoleName",)),
    Listing("lambda:ListLayers", ("layer:",), "Layers", ("LayerName",)),
    Listing("lambda:ListFunctions", ("function:",), "Functions", ("FunctionName",)),
    Listing("logs:DescribeLogGroups", ("log-group:",), "logGroups", ("logGroupName",)),
    Listing("sns:ListTopics", ("",), "Topics", ("TopicArn",)),
    # Only with MaxResults does it say that there are more (API reference of ListQueues).
    Listing("sqs:ListQueues", ("",), "QueueUrls", params={"MaxResults": 1000}),
    Listing("xray:GetGroups", ("group/",), "Groups", ("GroupName",)),
    Listing(
        "xray:GetSamplingRules",
        ("sampling-rule/",),
        "SamplingRuleRecords",
        ("SamplingRule", "RuleName"),
    ),
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
            The names, and the ids that stand in ARNs instead, by the operation that lists them,
            and the messages of the listings that failed.
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
            pages = [*self._each_page(listing.operation, "everything", **listing.params)]
        except AwsError as error:
            return error
        items = [item for page in pages for item in page.get(listing.key, [])]
        ids = [str(item[listing.id_]) for item in items if listing.id_]
        return [*(str(_down(item, listing.names)) for item in items), *ids]


def _down(item: Any, names: tuple[str, ...]) -> Any:
    for name in names:
        item = item.get(name, {})
    return item
