"""Saved queries: kept, changed, listed and deleted."""

import pytest
from botocore.exceptions import ClientError
from control_planes import client_of

from tracing_lab.embedded.moto.plane import ControlPlane


def test_queries_are_saved(control: ControlPlane) -> None:
    logs = client_of(control, "logs")
    first = logs.put_query_definition(name="errors", queryString="fields @message")
    logs.put_query_definition(name="slow", queryString="fields @duration", logGroupNames=["g"])
    logs.put_query_definition(
        name="errors/all", queryString="limit 5", queryDefinitionId=first["queryDefinitionId"]
    )
    found = logs.describe_query_definitions(queryDefinitionNamePrefix="err")["queryDefinitions"]
    assert [(item["name"], item["queryString"]) for item in found] == [("errors/all", "limit 5")]
    page = logs.describe_query_definitions(maxResults=1)
    rest = logs.describe_query_definitions(maxResults=1, nextToken=page["nextToken"])
    assert [item["name"] for item in rest["queryDefinitions"]] == ["slow"]
    assert logs.delete_query_definition(queryDefinitionId=first["queryDefinitionId"])["success"]
    assert len(logs.describe_query_definitions()["queryDefinitions"]) == 1


def test_a_token_of_no_page_is_rejected(control: ControlPlane) -> None:
    with pytest.raises(ClientError, match="nextToken is invalid"):
        client_of(control, "logs").describe_query_definitions(nextToken="*")


def test_a_query_that_is_not_there_is_not_changed(control: ControlPlane) -> None:
    logs = client_of(control, "logs")
    with pytest.raises(ClientError, match="cannot be found"):
        logs.put_query_definition(name="a", queryString="b", queryDefinitionId="c")
    with pytest.raises(ClientError, match="cannot be found"):
        logs.delete_query_definition(queryDefinitionId="c")
