"""Who signed a request, and what they may do."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tracing_lab.embedded.apigateway.admission.authorization import access_key, is_signed
from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.iam.policy import AuthorizationRequest


class Signers(NamedTuple):
    """Evaluates the policies of the signers of requests.

    Parameters
    ----------
    account_id
        The account of all of them.
    denial
        Returns why an action is denied to the owner of an access key; None if it is allowed.
    user_arn
        Returns the identity of the owner of an access key.
    """

    account_id: str
    denial: Callable[[str, AuthorizationRequest], str | None]
    user_arn: Callable[[str], str]

    def problem(self, request: HttpRequest, *authorizations: AuthorizationRequest) -> str | None:
        """Return why the signer of a request may not do something; None if it may."""
        if not is_signed(request):
            return "the request is not signed"
        key = access_key(request)
        found = (self.denial(key, authorization) for authorization in authorizations)
        return next((reason for reason in found if reason is not None), None)

    def shown(self, request: HttpRequest) -> dict[str, Any]:
        """Return ``requestContext.authorizer.iam`` of a signed request's event."""
        key = access_key(request)
        arn = self.user_arn(key)
        return {
            "accessKey": key,
            "accountId": self.account_id,
            "callerId": key,
            "cognitoIdentity": None,
            "principalOrgId": None,
            "userArn": arn,
            "userId": key,
        }
