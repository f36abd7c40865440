"""What services may do with the roles that they assume."""

from collections.abc import Callable
from typing import Protocol

from tracing_lab.embedded.iam.policy import AuthorizationRequest
from tracing_lab.embedded.protocol.api_call import ApiCall

Assumable = Callable[[str, str], bool]
"""Whether there is a role, by its ARN, that a service may assume."""

Denial = Callable[[str, ApiCall, str], str | None]
"""Returns why a role that a service has assumed may not make a call; None if it may."""


class RoleMay(Protocol):
    """Evaluates the policies of roles."""

    def __call__(self, role_arn: str, authorization: AuthorizationRequest, *, service: str) -> bool:
        """Return whether a role that a service has assumed may do something."""


def service_may(
    assumable: Assumable, role_may: RoleMay, service: str
) -> Callable[[str, AuthorizationRequest], bool]:
    """Return what evaluates whether a service may assume a role, and do something with it.

    Parameters
    ----------
    assumable
        Evaluates trust policies.
    role_may
        Evaluates the policies of roles.
    service
        For example ``events.amazonaws.com``.
    """

    def may(role_arn: str, authorization: AuthorizationRequest) -> bool:
        return assumable(role_arn, service) and role_may(role_arn, authorization, service=service)

    return may
