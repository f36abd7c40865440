"""Trust and permission of the roles that services assume."""

import pytest

from tracing_lab.embedded.iam.policy import AuthorizationRequest
from tracing_lab.embedded.region.roles import service_may


@pytest.mark.parametrize(
    "is_trusted, is_allowed", [(True, True), (True, False), (False, True), (False, False)]
)
def test_roles_need_trust_and_permission(*, is_trusted: bool, is_allowed: bool) -> None:
    needed = AuthorizationRequest("execute-api:Invoke", "arn:api")

    def assumable(role_arn: str, service: str) -> bool:
        assert (role_arn, service) == ("arn:role", "events.amazonaws.com")
        return is_trusted

    def role_may(role_arn: str, authorization: AuthorizationRequest, *, service: str) -> bool:
        assert (role_arn, authorization, service) == ("arn:role", needed, "events.amazonaws.com")
        return is_allowed

    may = service_may(assumable, role_may, "events.amazonaws.com")
    assert may("arn:role", needed) == (is_trusted and is_allowed)
