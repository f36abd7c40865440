"""Saved queries of CloudWatch Logs, which moto does not have.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutQueryDefinition.html
"""

from typing import Any

from moto.moto_api._internal import mock_random

from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.replaying.call_clock import CLOCK
from tracing_lab.embedded.protocol.errors import ApiError

from .calls import Members
from .paging import page_of

_KEPT = ("name", "queryString", "logGroupNames", "queryLanguage", "parameters")
_MISSING = "ResourceNotFoundException"
_PAGE = 1000


def put_query_definition(members: Members, region: str) -> dict[str, Any]:
    """Respond to PutQueryDefinition: save a query, or change a saved one."""
    known = _definitions(region)
    given = members.get("queryDefinitionId")
    if given is not None and given not in known:
        message = f"The query definition with ID {given} cannot be found."
        raise ApiError(_MISSING, message)
    definition_id = str(given or mock_random.uuid4())
    known[definition_id] = {
        "queryDefinitionId": definition_id,
        "lastModified": int(CLOCK.time_s() * 1000),
        **{name: members[name] for name in _KEPT if name in members},
    }
    return {"queryDefinitionId": definition_id}


def describe_query_definitions(members: Members, region: str) -> dict[str, Any]:
    """Respond to DescribeQueryDefinitions."""
    prefix = str(members.get("queryDefinitionNamePrefix", ""))
    found = [item for item in _definitions(region).values() if item["name"].startswith(prefix)]
    return page_of("queryDefinitions", found, members, most=_PAGE)


def delete_query_definition(members: Members, region: str) -> dict[str, Any]:
    """Respond to DeleteQueryDefinition."""
    definition_id = members["queryDefinitionId"]
    if _definitions(region).pop(definition_id, None) is None:
        message = f"The query definition with ID {definition_id} cannot be found."
        raise ApiError(_MISSING, message)
    return {"success": True}


def _definitions(region: str) -> dict[str, dict[str, Any]]:
    """Return the saved queries of a region, which moto's state holds, so that a reset clears it."""
    found: dict[str, dict[str, Any]] = backend("logs", region).__dict__.setdefault(
        "query_definitions", {}
    )
    return found
