"""Groups and tags, as AWS's own client sees them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

ARN = "arn:aws:xray:us-east-1:123456789012:group/"
OFF = {"InsightsEnabled": False, "NotificationsEnabled": False}
ON = {"InsightsEnabled": True, "NotificationsEnabled": True}
TAGS = [{"Key": "team", "Value": "shop"}, {"Key": "empty", "Value": ""}]


def names(client: Any) -> list[str]:
    return [one["GroupName"] for one in client.get_groups()["Groups"]]


def test_a_group_that_is_made_is_found_by_name_and_by_arn(xray_lab: Any) -> None:
    client = xray_lab.client
    group = client.create_group(GroupName="slow", FilterExpression="responsetime > 1")["Group"]
    assert group["GroupARN"].startswith(ARN + "slow/")
    assert group["FilterExpression"] == "responsetime > 1"
    assert group["InsightsConfiguration"] == OFF
    assert client.get_group(GroupName="slow")["Group"] == group
    assert client.get_group(GroupARN=group["GroupARN"])["Group"] == group


def test_default_is_always_there_and_stays(xray_lab: Any) -> None:
    client = xray_lab.client
    (group,) = client.get_groups()["Groups"]
    assert group == {
        "GroupName": "Default",
        "GroupARN": ARN + "Default",
        "InsightsConfiguration": OFF,
    }
    refused = client.exceptions.InvalidRequestException
    with pytest.raises(refused, match="cannot be deleted"):
        client.delete_group(GroupName="Default")
    with pytest.raises(refused, match="FilterExpression"):
        client.update_group(GroupName="Default", FilterExpression="error")
    with pytest.raises(refused, match="named Default already"):
        client.create_group(GroupName="Default")
    changed = client.update_group(GroupName="Default", InsightsConfiguration=ON)["Group"]
    assert changed["InsightsConfiguration"] == ON
    assert client.get_groups()["Groups"] == [changed]


def test_an_update_changes_what_is_given(xray_lab: Any) -> None:
    client = xray_lab.client
    group = client.create_group(GroupName="g", FilterExpression="error")["Group"]
    client.update_group(GroupARN=group["GroupARN"], InsightsConfiguration=ON)
    expected = {**group, "InsightsConfiguration": ON}
    assert client.get_group(GroupName="g")["Group"] == expected
    client.update_group(GroupName="g", FilterExpression="fault")
    assert client.get_group(GroupName="g")["Group"] == expected | {"FilterExpression": "fault"}


def test_groups_and_tags_survive_a_restart_and_not_a_reset(make_xray: Callable[[], Any]) -> None:
    before = make_xray()
    group = before.client.create_group(GroupName="g", Tags=TAGS)["Group"]
    before.client.create_group(GroupName="gone", Tags=TAGS)
    before.client.delete_group(GroupName="gone")
    after = make_xray()
    assert names(after.client) == ["Default", "g"]
    assert after.client.list_tags_for_resource(ResourceARN=group["GroupARN"])["Tags"] == TAGS
    after.service.reset()
    assert names(after.client) == ["Default"]


def test_groups_come_in_pages_by_name(xray_lab: Any) -> None:
    made = {f"group-{number:02d}" for number in range(25)}
    for name in made:
        xray_lab.client.create_group(GroupName=name)
    assert names(xray_lab.client) == ["Default", *sorted(made)]
    with pytest.raises(xray_lab.client.exceptions.InvalidRequestException, match="25 groups"):
        xray_lab.client.create_group(GroupName="one-more")


@pytest.mark.parametrize(
    "path, members, says",
    [
        ("/CreateGroup", {}, "GroupName is missing"),
        ("/CreateGroup", {"GroupName": "g" * 33}, "GroupName must be a string of 1 to 32"),
        ("/CreateGroup", {"GroupName": "g", "FilterExpression": 1}, "FilterExpression"),
        ("/CreateGroup", {"GroupName": "g", "InsightsConfiguration": []}, "must be an object"),
        (
            "/CreateGroup",
            {"GroupName": "g", "InsightsConfiguration": {"NotificationsEnabled": True}},
            "NotificationsEnabled must be false while InsightsEnabled is",
        ),
        ("/CreateGroup", {"GroupName": "g", "Tags": [{"Key": "k"}]}, "Tags.Value"),
        ("/CreateGroup", {"GroupName": "g", "Tags": TAGS + TAGS}, "repeated keys; team"),
        ("/GetGroup", {}, "GroupName or GroupARN, exactly one"),
        ("/GetGroup", {"GroupName": "g", "GroupARN": "a"}, "exactly one"),
        ("/GetGroup", {"GroupName": "nobody"}, "GroupName: there is no group nobody"),
        ("/DeleteGroup", {"GroupARN": "arn:x"}, "GroupARN: there is no group arn:x"),
        ("/Groups", {"NextToken": "!"}, "NextToken must be a token"),
        ("/TagResource", {"ResourceARN": "arn:x"}, "Tags is missing"),
        ("/UntagResource", {"ResourceARN": "arn:x"}, "TagKeys must be a list"),
        ("/ListTagsForResource", {}, "ResourceARN is missing"),
    ],
)
def test_bad_requests_are_refused_with_the_name_of_the_member(
    xray_lab: Any, path: str, members: dict[str, Any], says: str
) -> None:
    status, code, message = xray_lab.refusal(path, members)
    assert (status, code) == (400, "InvalidRequestException")
    assert says in message
    assert names(xray_lab.client) == ["Default"]


def test_tags_are_added_replaced_and_taken_away(xray_lab: Any) -> None:
    client = xray_lab.client
    arn = client.create_group(GroupName="g", Tags=TAGS)["Group"]["GroupARN"]
    client.tag_resource(ResourceARN=arn, Tags=[{"Key": "team", "Value": "pay"}])
    client.untag_resource(ResourceARN=arn, TagKeys=["empty", "unknown"])
    tags = client.list_tags_for_resource(ResourceARN=arn)["Tags"]
    assert tags == [{"Key": "team", "Value": "pay"}]


def test_rules_have_tags_too_and_a_new_rule_of_the_name_has_none(xray_lab: Any) -> None:
    client = xray_lab.client
    patterns = ("ResourceARN", "ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath")
    rule = dict.fromkeys(patterns, "*") | {"RuleName": "r", "Version": 1}
    rule |= {"Priority": 1, "FixedRate": 0.0, "ReservoirSize": 0}
    answer = client.create_sampling_rule(SamplingRule=rule, Tags=TAGS)
    arn = answer["SamplingRuleRecord"]["SamplingRule"]["RuleARN"]
    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == TAGS
    client.delete_sampling_rule(RuleName="r")
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="ResourceARN"):
        client.list_tags_for_resource(ResourceARN=arn)
    client.create_sampling_rule(SamplingRule=rule)
    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == []


def test_a_resource_has_at_most_50_tags(xray_lab: Any) -> None:
    client = xray_lab.client
    arn = client.create_group(GroupName="g", Tags=TAGS)["Group"]["GroupARN"]
    with pytest.raises(client.exceptions.TooManyTagsException, match="51 tags"):
        client.tag_resource(
            ResourceARN=arn, Tags=[{"Key": str(number), "Value": ""} for number in range(49)]
        )
    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == TAGS


def test_a_filter_that_cannot_be_read_is_refused_before_anything_changes(xray_lab: Any) -> None:
    client = xray_lab.client
    refused = client.exceptions.InvalidRequestException
    with pytest.raises(refused, match=r"FilterExpression: .*column 9"):
        client.create_group(GroupName="g", FilterExpression="fault = maybe")
    client.create_group(GroupName="g", FilterExpression="fault")
    with pytest.raises(refused, match=r"FilterExpression: .*column"):
        client.update_group(GroupName="g", FilterExpression="service(")
    assert client.get_group(GroupName="g")["Group"]["FilterExpression"] == "fault"


def document(number: int, **members: object) -> str:
    trace_id = f"1-6b042ac0-{number:024x}"
    times = {"start_time": 1_795_435_200.0, "end_time": 1_795_435_201.0}
    return json.dumps({"id": f"{number:016x}", "name": "n", "trace_id": trace_id} | times | members)


def test_the_graph_of_a_group_has_the_traces_that_its_filter_holds_for(xray_lab: Any) -> None:
    client = xray_lab.client
    xray_lab.service.ingest([document(1), document(2), document(3, name="bad", fault=True)])
    arn = client.create_group(GroupName="bad", FilterExpression="fault")["Group"]["GroupARN"]
    client.create_group(GroupName="good", FilterExpression='!group.name = "bad"')
    client.create_group(GroupName="all")
    window: dict[str, Any] = {"StartTime": 1_795_435_000, "EndTime": 1_795_436_000}
    for selection, expected in [
        ({}, {("bad", 1), ("n", 2)}),
        ({"GroupName": "all"}, {("bad", 1), ("n", 2)}),
        ({"GroupARN": arn}, {("bad", 1)}),
        ({"GroupName": "good"}, {("n", 2)}),
    ]:
        services = client.get_service_graph(**window, **selection)["Services"]
        counts = {
            (one["Name"], one["SummaryStatistics"]["TotalCount"])
            for one in services
            if one.get("Type") != "client"
        }
        assert counts == expected


def test_summaries_know_groups_by_name_until_they_are_deleted(xray_lab: Any) -> None:
    client = xray_lab.client
    xray_lab.service.ingest([document(1), document(3, fault=True)])
    client.create_group(GroupName="bad", FilterExpression="fault")
    window: dict[str, Any] = {"StartTime": 1_795_435_000, "EndTime": 1_795_436_000}
    window |= {"FilterExpression": 'group.name = "bad"'}
    (found,) = client.get_trace_summaries(**window)["TraceSummaries"]
    assert found["HasFault"] is True
    client.delete_group(GroupName="bad")
    with pytest.raises(client.exceptions.InvalidRequestException, match="bad"):
        client.get_trace_summaries(**window)
