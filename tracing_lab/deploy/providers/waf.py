"""The association of the user's web ACL with the API's stage."""

from collections.abc import Mapping

from tracing_lab.aws.gateway import Gateway
from tracing_lab.aws.wafv2 import Wafv2
from tracing_lab.errors import NotFoundError
from tracing_lab.stack import Observed, Resource

from .base import WEB_ACL_TAG


class WebAclAssociationProvider:
    """Provider of ``AWS::WAFv2::WebACLAssociation``.

    An association carries no tags, and an administrator may protect the stage, too. So a tag of the
    stage marks the stack's own association: it is set before and removed after, so that an
    interruption never leaves an unmarked one behind.
    """

    def __init__(self, wafv2: Wafv2, gateway: Gateway) -> None:
        self._wafv2, self._gateway = wafv2, gateway

    def observe(self, resource: Resource) -> Observed | None:
        """Read which web ACL protects the stage, if the stack has associated one."""
        stage_arn = resource.properties["ResourceArn"]
        try:
            if WEB_ACL_TAG not in self._gateway.tags(stage_arn):
                return None
            found = self._wafv2.web_acl_arn(stage_arn)
        except NotFoundError:
            return None
        properties = {"ResourceArn": stage_arn, "WebACLArn": found}
        return Observed(resource=resource, properties=properties)

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Associate the web ACL with the stage."""
        wanted = resource.properties
        self._gateway.tag(wanted["ResourceArn"], {WEB_ACL_TAG: "true"})
        self._wafv2.associate(wanted["ResourceArn"], wanted["WebACLArn"])
        return {}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Associate another web ACL with the stage."""
        if "WebACLArn" in changed:
            stage_arn = found.properties["ResourceArn"]
            self._wafv2.associate(stage_arn, resource.properties["WebACLArn"])

    def delete(self, found: Observed) -> None:
        """Remove the association."""
        stage_arn = found.properties["ResourceArn"]
        if found.properties["WebACLArn"]:
            self._wafv2.disassociate(stage_arn)
        self._gateway.untag(stage_arn, [WEB_ACL_TAG])
