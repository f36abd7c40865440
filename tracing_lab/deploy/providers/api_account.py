"""The account's role that APIs log with."""

from collections.abc import Mapping

from tracing_lab.aws.gateway import Gateway
from tracing_lab.errors import AwsError, InUseError
from tracing_lab.stack import Observed, Resource

_DENIED = "AccessDeniedException"  # API Gateway's code
_MOST_NAMES = 4
_LATER = "Run destroy again when nothing logs by it, or when another role is set."


class AccountProvider:
    """Provider of ``AWS::ApiGateway::Account``: the role that all REST APIs log with.

    Only the stack's own role counts as existing, so that someone else's is never replaced or unset.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def observe(self, resource: Resource) -> Observed | None:
        """Read the account's log role, if it is the stack's."""
        arn = self._gateway.log_role_arn()
        if arn != resource.properties["CloudWatchRoleArn"]:
            return None
        return Observed(resource=resource, properties={"CloudWatchRoleArn": arn})

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Set the stack's role, unless another one was set since the plan was made."""
        if not self._gateway.existing_log_role_arn():
            self._gateway.set_log_role(resource.properties["CloudWatchRoleArn"])
        return {}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Do nothing: the only property decides whether the resource exists."""

    def delete(self, found: Observed) -> None:
        """Unset the role, unless another one was set since the plan was made.

        Raises
        ------
        InUseError
            If other APIs log by it, or the caller may not list them.
        """
        if self._gateway.log_role_arn() != found.properties["CloudWatchRoleArn"]:
            return
        if others := self._others_that_log():
            msg = f"API Gateway writes the logs of {others} with this role. {_LATER}"
            raise InUseError(msg)
        self._gateway.set_log_role("")

    def _others_that_log(self) -> str:
        try:
            names = self._gateway.apis_that_log()
        except AwsError as error:
            if error.code != _DENIED:
                raise
            return f"APIs that may not be listed ({error})"
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        return ", ".join(names[:_MOST_NAMES]) + more
