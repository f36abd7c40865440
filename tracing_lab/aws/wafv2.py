"""AWS WAF: which web ACL protects a resource."""

from .caller import Caller


class Wafv2:
    """The calls to AWS WAF."""

    def __init__(self, caller: Caller) -> None:
        self._call = caller.call

    def web_acl_arn(self, resource_arn: str) -> str:
        """Read the ARN of the web ACL that protects a resource; empty if there is none."""
        answer = self._call("wafv2:GetWebACLForResource", resource_arn, ResourceArn=resource_arn)
        return str((answer.get("WebACL") or {}).get("ARN", ""))

    def associate(self, resource_arn: str, web_acl_arn: str) -> None:
        """Have a web ACL protect a resource, in the place of another one."""
        self._call(
            "wafv2:AssociateWebACL",
            resource_arn,
            ResourceArn=resource_arn,
            WebACLArn=web_acl_arn,
        )

    def disassociate(self, resource_arn: str) -> None:
        """Have no web ACL protect a resource."""
        self._call("wafv2:DisassociateWebACL", resource_arn, ResourceArn=resource_arn)
