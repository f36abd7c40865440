"""Encryption, destination, indexing rules and resource policies of an account."""

import json
from collections.abc import Callable
from typing import Any

import pytest

ALLOW = {
    "Effect": "Allow",
    "Principal": {"Service": "sns.amazonaws.com"},
    "Action": ["xray:PutTraceSegments"],
    "Resource": "*",
}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [ALLOW]})
DENY_ALL = json.dumps({"Statement": {"Effect": "Deny", "Principal": "*", "Action": "xray:Put*"}})


def test_nothing_is_encrypted_until_a_key_is_named(xray_lab: Any) -> None:
    client = xray_lab.client
    assert client.get_encryption_config()["EncryptionConfig"] == {
        "Type": "NONE",
        "Status": "ACTIVE",
    }
    put = client.put_encryption_config(Type="KMS", KeyId="alias/aws/xray")["EncryptionConfig"]
    assert put == {"Type": "KMS", "KeyId": "alias/aws/xray", "Status": "UPDATING"}
    assert client.get_encryption_config()["EncryptionConfig"] == {**put, "Status": "ACTIVE"}
    client.put_encryption_config(Type="NONE")
    assert "KeyId" not in client.get_encryption_config()["EncryptionConfig"]


def test_segments_go_to_xray_until_another_destination_is_chosen(xray_lab: Any) -> None:
    client = xray_lab.client
    assert client.get_trace_segment_destination()["Destination"] == "XRay"
    changed = client.update_trace_segment_destination(Destination="CloudWatchLogs")
    assert (changed["Destination"], changed["Status"]) == ("CloudWatchLogs", "PENDING")
    found = client.get_trace_segment_destination()
    assert (found["Destination"], found["Status"]) == ("CloudWatchLogs", "ACTIVE")


def test_xray_has_to_be_allowed_to_write_spans(xray_lab: Any) -> None:
    xray_lab.may_write_spans = False
    members = {"Destination": "CloudWatchLogs"}
    status, code, message = xray_lab.refusal("/UpdateTraceSegmentDestination", members)
    assert (status, code) == (403, "AccessDeniedException")
    assert "does not have permission to call PutLogEvents on the aws/spans Log Group" in message
    client = xray_lab.client
    assert client.get_trace_segment_destination()["Destination"] == "XRay"
    client.update_trace_segment_destination(Destination="XRay")
    xray_lab.may_write_spans = True
    client.update_trace_segment_destination(**members)
    assert client.get_trace_segment_destination()["Destination"] == "CloudWatchLogs"


def test_there_is_one_indexing_rule_whose_share_can_change(xray_lab: Any) -> None:
    client = xray_lab.client
    (rule,) = client.get_indexing_rules()["IndexingRules"]
    assert rule["Rule"]["Probabilistic"]["DesiredSamplingPercentage"] == 1.0
    desired = {"Probabilistic": {"DesiredSamplingPercentage": 25}}
    changed = client.update_indexing_rule(Name="Default", Rule=desired)["IndexingRule"]
    assert changed["ModifiedAt"].timestamp() == xray_lab.now_s
    assert changed["Rule"]["Probabilistic"]["ActualSamplingPercentage"] == 25.0
    assert client.get_indexing_rules()["IndexingRules"] == [changed]
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="mine"):
        client.update_indexing_rule(Name="mine", Rule=desired)


def test_settings_survive_a_restart_and_not_a_reset(make_xray: Callable[[], Any]) -> None:
    before = make_xray().client
    before.put_encryption_config(Type="KMS", KeyId="k")
    before.update_trace_segment_destination(Destination="CloudWatchLogs")
    before.put_resource_policy(PolicyName="p", PolicyDocument=POLICY)
    after = make_xray()
    assert after.client.get_encryption_config()["EncryptionConfig"]["KeyId"] == "k"
    assert after.client.get_trace_segment_destination()["Destination"] == "CloudWatchLogs"
    assert len(after.client.list_resource_policies()["ResourcePolicies"]) == 1
    after.service.reset()
    assert after.client.get_encryption_config()["EncryptionConfig"]["Type"] == "NONE"
    assert after.client.list_resource_policies()["ResourcePolicies"] == []


def test_a_policy_gets_a_new_revision_with_each_change(xray_lab: Any) -> None:
    client = xray_lab.client
    first = client.put_resource_policy(PolicyName="p", PolicyDocument=POLICY)["ResourcePolicy"]
    assert (first["PolicyRevisionId"], first["PolicyDocument"]) == ("1", POLICY)
    second = client.put_resource_policy(
        PolicyName="p", PolicyDocument=POLICY, PolicyRevisionId="1"
    )["ResourcePolicy"]
    assert second["PolicyRevisionId"] == "2"
    assert client.list_resource_policies()["ResourcePolicies"] == [second]
    client.delete_resource_policy(PolicyName="p", PolicyRevisionId="2")
    assert client.list_resource_policies()["ResourcePolicies"] == []


def test_a_change_of_another_revision_is_refused(xray_lab: Any) -> None:
    client = xray_lab.client
    refused = client.exceptions.InvalidPolicyRevisionIdException
    with pytest.raises(refused, match="does not exist"):
        client.put_resource_policy(PolicyName="p", PolicyDocument=POLICY, PolicyRevisionId="1")
    client.put_resource_policy(PolicyName="p", PolicyDocument=POLICY, PolicyRevisionId="0")
    for revision in ("0", "2"):
        with pytest.raises(refused, match="is at revision 1"):
            client.put_resource_policy(
                PolicyName="p", PolicyDocument=POLICY, PolicyRevisionId=revision
            )
    with pytest.raises(refused, match="PolicyRevisionId"):
        client.delete_resource_policy(PolicyName="p", PolicyRevisionId="7")


def test_policies_are_limited_in_number_and_size(xray_lab: Any) -> None:
    client = xray_lab.client
    for number in range(5):
        client.put_resource_policy(PolicyName=f"p{number}", PolicyDocument=POLICY)
    client.put_resource_policy(PolicyName="p0", PolicyDocument=POLICY)
    with pytest.raises(client.exceptions.PolicyCountLimitExceededException):
        client.put_resource_policy(PolicyName="p5", PolicyDocument=POLICY)
    with pytest.raises(client.exceptions.PolicySizeLimitExceededException, match="5120"):
        client.put_resource_policy(PolicyName="p0", PolicyDocument=POLICY + " " * 5120)


@pytest.mark.parametrize(
    "document", ["{", "[]", "{}", '{"Statement": []}', '{"Statement": [1]}', '{"Statement": {}}']
)
def test_what_is_no_policy_is_malformed(xray_lab: Any, document: str) -> None:
    with pytest.raises(xray_lab.client.exceptions.MalformedPolicyDocumentException):
        xray_lab.client.put_resource_policy(PolicyName="p", PolicyDocument=document)


def test_nobody_locks_themselves_out_by_mistake(xray_lab: Any) -> None:
    client = xray_lab.client
    with pytest.raises(client.exceptions.LockoutPreventionException, match="Bypass"):
        client.put_resource_policy(PolicyName="p", PolicyDocument=DENY_ALL)
    client.put_resource_policy(
        PolicyName="p", PolicyDocument=DENY_ALL, BypassPolicyLockoutCheck=True
    )


@pytest.mark.parametrize(
    "path, members, says",
    [
        ("/PutEncryptionConfig", {}, "Type is missing"),
        ("/PutEncryptionConfig", {"Type": "AES"}, "Type must be one of NONE, KMS"),
        ("/PutEncryptionConfig", {"Type": "KMS"}, "KeyId is missing"),
        ("/PutEncryptionConfig", {"Type": "NONE", "KeyId": "k"}, "KeyId must be absent"),
        ("/UpdateTraceSegmentDestination", {}, "Destination is missing"),
        ("/UpdateTraceSegmentDestination", {"Destination": "S3"}, "one of XRay, CloudWatchLogs"),
        ("/UpdateIndexingRule", {"Name": "Default"}, "Rule is missing"),
        ("/UpdateIndexingRule", {"Name": "Default", "Rule": {}}, "Rule.Probabilistic is missing"),
        (
            "/UpdateIndexingRule",
            {"Name": "Default", "Rule": {"Probabilistic": {"DesiredSamplingPercentage": 101}}},
            "DesiredSamplingPercentage must be a number from 0 to 100",
        ),
        ("/PutResourcePolicy", {"PolicyName": "a b", "PolicyDocument": POLICY}, "PolicyName"),
        ("/PutResourcePolicy", {"PolicyName": "p"}, "PolicyDocument is missing"),
        ("/DeleteResourcePolicy", {"PolicyName": "p"}, "no resource policy p"),
    ],
)
def test_bad_requests_are_refused_with_the_name_of_the_member(
    xray_lab: Any, path: str, members: dict[str, Any], says: str
) -> None:
    status, code, message = xray_lab.refusal(path, members)
    assert (status, code) == (400, "InvalidRequestException")
    assert says in message
