"""Authorizes the calls of functions and assumed roles, and counts the actions of each role.

Each environment gets random credentials of its function's role, valid as long as it exists. Calls
signed with them are authorized by the role's policies, as on AWS, and so are calls with credentials
that STS issued for a role. Calls with any other credentials are the user's own and always allowed.
"""

import time
from collections.abc import Callable, Mapping, Sequence

from tracing_lab.embedded.model import FunctionSpec

from .conditions import fits
from .credentials import AssumedRole, Principal, SessionKeys
from .evaluation import Evaluator, ResourcePolicy
from .policy import AuthorizationRequest, Decision, Document, allowed_actions
from .usage import ActionUsage, RoleUse

RolePolicies = Callable[[str], Sequence[Document]]
"""Returns the policies of a role by its ARN; raises KeyError when there is no such role."""


Trusts = Callable[[str, Sequence[str]], bool]
"""Whether a role, by its ARN, lets one of these principals assume it."""


_ASSUMING = "sts:AssumeRole"  # also with a web identity, or SAML


class AccessDeniedError(Exception):
    """A role's policies do not allow a call; the message is AWS's."""


class CallAuthorizer:
    """Authorizes the calls of functions. Thread-safe.

    Parameters
    ----------
    policies
        Returns the policies of a role.
    resource_policy
        Returns the policy of a resource.
    session_policies
        Returns the policies of an assumed role; by default as for functions.
    assumed_role
        Returns the session of a key that STS issued.
    trusts
        Returns whether a role may be assumed by another one.
    usage
        Counts the actions of roles.
    clock
        Epoch seconds.
    """

    def __init__(
        self,
        policies: RolePolicies,
        resource_policy: ResourcePolicy = lambda _arn: None,
        *,
        session_policies: RolePolicies | None = None,
        assumed_role: AssumedRole = lambda _access_key: None,
        trusts: Trusts = lambda _role_arn, _principals: False,
        usage: ActionUsage | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._policies = policies
        self._session_policies = session_policies or policies
        self._trusts = trusts
        self._evaluator = Evaluator(resource_policy, clock)
        self._keys = SessionKeys(assumed_role, clock)
        self._roles: set[str] = set()
        self._usage = usage or ActionUsage()
        self.revoke, self.principal = self._keys.revoke, self._keys.principal

    def credentials(self, function: FunctionSpec) -> dict[str, str]:
        """Return new credentials for an environment, as variables; end them with `revoke`."""
        self._roles.add(function.role_arn)
        return self._keys.issue(function)

    def authorize(self, access_key: str, authorization: AuthorizationRequest) -> None:
        """Return if a call is allowed, and raise otherwise.

        Raises
        ------
        AccessDeniedError
            The credentials are a role's, and its policies do not allow the call.
        InvalidKeyError
            The key is not valid.
        """
        principal = self.principal(access_key)
        if principal is None:
            return
        decision = self.evaluate(principal.role_arn, authorization, principal)
        if decision is not Decision.ALLOWED:
            raise AccessDeniedError(
                _denial_message(
                    principal, authorization, self._evaluator.reason(authorization, decision)
                )
            )
        if authorization.action.startswith(_ASSUMING) and not self._is_trusted(
            principal, authorization
        ):
            reason = "because the role's trust policy does not allow it"
            raise AccessDeniedError(_denial_message(principal, authorization, reason))

    def _is_trusted(self, principal: Principal, authorization: AuthorizationRequest) -> bool:
        names = (principal.role_arn, principal.arn, principal.account_id, principal.account_arn)
        return self._trusts(authorization.resource, names)

    def evaluate(
        self, role_arn: str, authorization: AuthorizationRequest, principal: Principal | None = None
    ) -> Decision:
        """Return the decision for a role, and count the call.

        Parameters
        ----------
        role_arn
            The role.
        authorization
            The action and resource.
        principal
            The session of the call; by default that of the service that runs the role's functions.
        """
        who = principal or Principal(role_arn, "lambda")
        policies = self._policies if who.is_function else self._session_policies
        try:
            documents = policies(role_arn)
        except KeyError:
            documents = ()  # the role was deleted, and its permissions with it
        decision = self._evaluator.decide(who, documents, authorization)
        self._usage.note(role_arn, authorization.action, allowed=decision is Decision.ALLOWED)
        return decision

    def role_denial(self, principal: Principal, authorization: AuthorizationRequest) -> str | None:
        """Return why a session may not do something, in AWS's words; None if it may."""
        decision = self.evaluate(principal.role_arn, authorization, principal)
        if decision is Decision.ALLOWED:
            return None
        reason = self._evaluator.reason(authorization, decision)
        return _denial_message(principal, authorization, reason)

    def save(self) -> None:
        """Write the counts of used actions."""
        self._usage.save()

    def report(self) -> list[RoleUse]:
        """Return the actions that each role used, did not use, and was denied."""
        used, denied = self._usage.counts()
        return [
            self._role_use(role_arn, _of(used, role_arn), _of(denied, role_arn))
            for role_arn in sorted(self._roles | {role_arn for role_arn, _ in [*used, *denied]})
        ]

    def _role_use(
        self, role_arn: str, used: Mapping[str, int], denied: Mapping[str, int]
    ) -> RoleUse:
        try:
            written = allowed_actions(self._policies(role_arn))
        except KeyError:
            written = set()
        unused = (
            allowed
            for allowed in written
            if not any(fits(did.lower(), allowed.lower()) for did in used)
        )
        return RoleUse(role_arn, used, tuple(sorted(unused)), denied)


def _of(counts: Mapping[tuple[str, str], int], role_arn: str) -> dict[str, int]:
    return {action: count for (role, action), count in sorted(counts.items()) if role == role_arn}


def _denial_message(principal: Principal, authorization: AuthorizationRequest, reason: str) -> str:
    return (
        f"User: {principal.arn} is not authorized to perform: {authorization.action} "
        f"on resource: {authorization.resource} {reason}"
    )
