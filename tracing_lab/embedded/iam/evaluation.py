"""Evaluates calls by the role's policies and the resource's, and caches the decisions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tracing_lab.arns import as_arn

from .credentials import Principal
from .policy import AuthorizationRequest, Decision, Document, decide
from .resource_policy import statements_about

_MAX_CACHED = 1000  # authorization requests a role; functions make few different ones
_SOURCE_IP = "127.0.0.1"
_TIME_KEYS = ("aws:currenttime", "aws:epochtime")

ResourcePolicy = Callable[[str], Document | None]
"""Returns the policy of a resource by its ARN; None when it has none."""


@dataclass(frozen=True)
class _Decisions:
    """The cached decisions of a role, valid while its policies are the same object."""

    documents: Sequence[Document]
    by_request: dict[tuple[Any, ...], tuple[Document | None, Decision]] = field(
        default_factory=dict
    )


class Evaluator:
    """Evaluates authorization requests; caches decisions as long as no policy changes.

    Parameters
    ----------
    resource_policy
        Returns the policy of a resource.
    clock
        Epoch seconds.
    """

    def __init__(self, resource_policy: ResourcePolicy, clock: Callable[[], float]) -> None:
        self._resource_policy = resource_policy
        self._clock = clock
        self._decisions: dict[tuple[str, bool], _Decisions] = {}

    def decide(
        self, who: Principal, documents: Sequence[Document], authorization: AuthorizationRequest
    ) -> Decision:
        """Return the decision, from the cache if neither policies nor request have changed."""
        role_arn, policy = who.role_arn, self._resource_policy(authorization.resource)
        known = self._decisions.get((role_arn, who.is_function))
        if known is None or known.documents is not documents or len(known.by_request) > _MAX_CACHED:
            known = self._decisions[role_arn, who.is_function] = _Decisions(documents)
        key = (who, authorization.action, authorization.resource, *authorization.context.items())
        found_policy, found = known.by_request.get(key, (None, None))
        if found is not None and found_policy is policy:
            return found
        context = {
            **_context_of(who, authorization.resource, self._clock()),
            **authorization.context,
        }
        found = _combined(who, documents, policy, authorization._replace(context=context))
        if not _depends_on_time(documents, policy):
            known.by_request[key] = (policy, found)
        return found

    def reason(self, authorization: AuthorizationRequest, decision: Decision) -> str:
        """Return the reason for a denial, as in AWS's messages."""
        if decision is Decision.NOT_ALLOWED:
            return f"because no identity-based policy allows the {authorization.action} action"
        policy = self._resource_policy(authorization.resource)
        kind = "an identity-based" if policy is None else "an identity-based or resource-based"
        return f"with an explicit deny in {kind} policy"


def _combined(
    who: Principal,
    documents: Sequence[Document],
    policy: Document | None,
    authorization: AuthorizationRequest,
) -> Decision:
    """Return the decision by the role's policies and the resource's, either of which may allow.

    That holds within one account. A resource's statement about the whole account leaves the
    decision to the policies of its roles, but may deny.
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
    """
    own = decide(documents, authorization)
    if policy is None or own is Decision.DENIED:
        return own
    itself, account = [who.role_arn, who.arn], [who.account_id, who.account_arn]
    theirs = decide([{"Statement": statements_about(policy, identities=itself)}], authorization)
    of_account = statements_about(policy, identities=account)
    if Decision.DENIED in {theirs, decide([{"Statement": of_account}], authorization)}:
        return Decision.DENIED
    return Decision.ALLOWED if Decision.ALLOWED in {own, theirs} else own


def _context_of(who: Principal, resource: str, now_s: float) -> dict[str, str]:
    """Return the condition keys that every request has."""
    arn = as_arn(resource)
    return {
        "aws:PrincipalArn": who.role_arn,
        "aws:PrincipalAccount": who.account_id,
        "aws:PrincipalType": "AssumedRole",
        "aws:ResourceAccount": who.account_id,
        "aws:SourceIp": _SOURCE_IP,
        "aws:SecureTransport": "false",
        "aws:CurrentTime": datetime.fromtimestamp(now_s, UTC).isoformat(),
        "aws:EpochTime": str(int(now_s)),
        **({"aws:RequestedRegion": arn.region} if arn is not None and arn.region else {}),
    }


def _depends_on_time(documents: Sequence[Document], policy: Document | None) -> bool:
    text = repr((documents, policy)).lower()
    return any(key in text for key in _TIME_KEYS)
