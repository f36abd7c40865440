"""AWS WAF: which web ACL protects a resource."""

from .calling.caller import ServiceFacade


class Wafv2(ServiceFacade):
    """The calls to AWS WAF."""

    def web_acl_arn(self, resource_arn: str) -> str:
        """Return the ARN of the web ACL that protects a resource; empty if there is none."""
        answer = self._call("wafv2:GetWebACLForResource", resource_arn, ResourceArn=resource_arn)
        return str((answer.get("WebACL") or {}).get("ARN", ""))

    def associate(self, resource_arn: str, web_acl_arn: str) -> None:
        """Associate a web ACL with a resource; this replaces an earlier association."""
        self._call(
            "wafv2:AssociateWebACL",
            resource_arn,
            ResourceArn=resource_arn,
            WebACLArn=web_acl_arn,
        )

    def disassociate(self, resource_arn: str) -> None:
        """Remove the association of a web ACL with a resource."""
        self._call("wafv2:DisassociateWebACL", resource_arn, ResourceArn=resource_arn)
