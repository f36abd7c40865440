"""Who a function is, what its role may do, and what it did.

Each environment gets random credentials of its function's role, which end with it. Calls that carry
them are authorised against the role's policies, as on AWS, and so are calls with credentials that
STS gave out for a role; calls with any other credentials are the user's own and may do everything.
Each action that a role used is counted.
"""

import base64
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from tracing_lab.embedded.model import FunctionSpec

from .conditions import fits
from .policy import Decision, Document, Question, allowed_actions, decide
from .resource_policy import statements_about
from .usage import ActionBook

_KEPT = 1000  # questions a role; functions ask few different ones

SESSION_KEY_PREFIX = "ASIA"
"""How the access keys of temporary credentials begin: those of functions, for example."""

FUNCTION_KEY_PREFIX = SESSION_KEY_PREFIX + "LAMBDA"
"""How those of functions begin, so that one that has ended is not taken for a user's."""

RolePolicies = Callable[[str], Sequence[Document]]
"""Gives the policies of a role by its ARN; raises KeyError when there is no such role."""

AssumedRole = Callable[[str], tuple[str, str, float] | None]
"""Gives role, session name and end, in epoch seconds, of the session that a key of STS is for; None
for other keys."""

Trusts = Callable[[str, Sequence[str]], bool]
"""Whether a role, by its ARN, lets one of these principals assume it."""

ResourcePolicy = Callable[[str], Document | None]
"""Gives the policy of a resource by its ARN; None when it has none."""

_ASSUMING = "sts:AssumeRole"  # also with a web identity, or SAML
_SOURCE_IP = "127.0.0.1"
_TIME_KEYS = ("aws:currenttime", "aws:epochtime")


class AccessDeniedError(Exception):
    """A role may not do what it asked for; the message is AWS's."""


class InvalidKeyError(Exception):
    """An access key is not valid, or not for who uses it; the message is AWS's."""

    def __init__(self) -> None:
        super().__init__("The security token included in the request is invalid.")


class Principal(NamedTuple):
    """The session of a role; that of a function has its name."""

    role_arn: str
    session_name: str
    is_function: bool = True  # otherwise, somebody assumed the role

    @property
    def arn(self) -> str:
        """The session's ARN, as AWS's messages name it."""
        account_id, role_name = self.role_arn.split(":")[4], self.role_arn.rpartition("/")[2]
        return f"arn:aws:sts::{account_id}:assumed-role/{role_name}/{self.session_name}"


@dataclass(frozen=True)
class RoleUse:
    """What a role may do and what it did.

    Parameters
    ----------
    role_arn
        The role.
    used
        Action to the number of calls that were allowed.
    unused
        Actions that its policies allow and that nobody used.
    denied
        Action to the number of calls that were refused.
    """

    role_arn: str
    used: Mapping[str, int]
    unused: tuple[str, ...]
    denied: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON-able data."""
        return {
            "role_arn": self.role_arn,
            "used": dict(self.used),
            "unused": list(self.unused),
            "denied": dict(self.denied),
        }


@dataclass(frozen=True)
class _Decisions:
    """What a role's policies said, as long as they stay the same object."""

    documents: Sequence[Document]
    by_question: dict[tuple[Any, ...], tuple[Document | None, Decision]] = field(
        default_factory=dict
    )


class Iam:
    """Authorises the calls of functions. May be used from any thread.

    Parameters
    ----------
    policies
        Gives the policies of a role.
    resource_policy
        Gives the policy of a resource.
    session_policies
        Gives the policies of a role that somebody assumed; as for functions when None.
    assumed_role
        Gives the session of a key that STS gave out.
    trusts
        Whether a role lets another one assume it.
    book
        Counts what roles do.
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
        book: ActionBook | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._policies = policies
        self._session_policies = session_policies or policies
        self._resource_policy = resource_policy
        self._assumed_role = assumed_role
        self._trusts = trusts
        self._clock = clock
        self._lock = threading.Lock()
        self._principals: dict[str, Principal] = {}  # of the environments that there are
        self._roles: set[str] = set()
        self._assumed: dict[str, tuple[Principal, float]] = {}
        self._decisions: dict[tuple[str, bool], _Decisions] = {}
        self._book = book or ActionBook()

    def credentials(self, function: FunctionSpec) -> dict[str, str]:
        """Return new credentials for an environment, as variables; end them with `revoke`.

        Parameters
        ----------
        function
            What runs in it.
        """
        access_key = FUNCTION_KEY_PREFIX + base64.b32encode(secrets.token_bytes(10)).decode()[:10]
        with self._lock:
            self._principals[access_key] = Principal(function.role_arn, function.name)
            self._roles.add(function.role_arn)
        return {
            "AWS_ACCESS_KEY_ID": access_key,
            "AWS_SECRET_ACCESS_KEY": secrets.token_urlsafe(30),
            "AWS_SESSION_TOKEN": secrets.token_urlsafe(60),
        }

    def revoke(self, access_key: str) -> None:
        """End an environment's credentials.

        Parameters
        ----------
        access_key
            Theirs.
        """
        with self._lock:
            self._principals.pop(access_key, None)

    def principal(self, access_key: str) -> Principal | None:
        """Return the session that a key belongs to; None for a key that is the user's own.

        Raises
        ------
        InvalidKeyError
            It is of an environment that has ended, or in another case than it was given out.
        """
        upper = access_key.upper()
        if not upper.startswith(SESSION_KEY_PREFIX):
            return None
        found = self._principals.get(access_key) or self._session(access_key)
        if found is not None:
            return found
        if upper.startswith(FUNCTION_KEY_PREFIX) or self._session(upper) is not None:
            raise InvalidKeyError
        return None

    def _session(self, access_key: str) -> Principal | None:
        """Return the session of a key that STS gave out.

        Raises
        ------
        InvalidKeyError
            It has expired.
        """
        if access_key not in self._assumed:
            found = self._assumed_role(access_key)
            if found is None:
                return None
            self._assumed[access_key] = (Principal(*found[:2], is_function=False), found[2])
        principal, end_s = self._assumed[access_key]
        if end_s <= self._clock():
            raise InvalidKeyError
        return principal

    def authorise(self, access_key: str, question: Question) -> None:
        """Return when a call may pass.

        Raises
        ------
        AccessDeniedError
            The credentials are a role's, and its policies do not allow the call.
        InvalidKeyError
            As `principal` raises it.
        """
        principal = self.principal(access_key)
        if principal is None:
            return
        decision = self.ask(principal.role_arn, question, principal)
        if decision is not Decision.ALLOWED:
            raise AccessDeniedError(_refusal(principal, question, self._reason(question, decision)))
        if question.action.startswith(_ASSUMING) and not self._is_trusted(principal, question):
            reason = "because the role's trust policy does not allow it"
            raise AccessDeniedError(_refusal(principal, question, reason))

    def _is_trusted(self, principal: Principal, question: Question) -> bool:
        account_id = principal.role_arn.split(":")[4]
        root = f"arn:aws:iam::{account_id}:root"
        return self._trusts(
            question.resource, (principal.role_arn, principal.arn, account_id, root)
        )

    def ask(
        self, role_arn: str, question: Question, principal: Principal | None = None
    ) -> Decision:
        """Decide for a role, and count it.

        Parameters
        ----------
        role_arn
            The role.
        question
            What it wants to do.
        principal
            The session that asks; without one, the service that runs the role's functions does.
        """
        who = principal or Principal(role_arn, "lambda")
        policies = self._policies if who.is_function else self._session_policies
        try:
            documents = policies(role_arn)
        except KeyError:
            documents = ()  # the role is gone, and its permissions with it
        decision = self._decide(who, documents, question)
        self._book.note(role_arn, question.action, allowed=decision is Decision.ALLOWED)
        return decision

    def _decide(
        self, who: Principal, documents: Sequence[Document], question: Question
    ) -> Decision:
        """Decide as last time when neither the policies nor the question are new."""
        role_arn, policy = who.role_arn, self._resource_policy(question.resource)
        known = self._decisions.get((role_arn, who.is_function))
        if known is None or known.documents is not documents or len(known.by_question) > _KEPT:
            known = self._decisions[role_arn, who.is_function] = _Decisions(documents)
        key = (who, question.action, question.resource, *question.context.items())
        found_policy, found = known.by_question.get(key, (None, None))
        if found is not None and found_policy is policy:
            return found
        context = {**_context_of(who, question.resource, self._clock()), **question.context}
        found = _combined(who, documents, policy, question._replace(context=context))
        if not _depends_on_time(documents, policy):
            known.by_question[key] = (policy, found)
        return found

    def _reason(self, question: Question, decision: Decision) -> str:
        if decision is Decision.NOT_ALLOWED:
            return f"because no identity-based policy allows the {question.action} action"
        policy = self._resource_policy(question.resource)
        kind = "an identity-based" if policy is None else "an identity-based or resource-based"
        return f"with an explicit deny in {kind} policy"

    def save(self) -> None:
        """Write down what roles did so far."""
        self._book.save()

    def report(self) -> list[RoleUse]:
        """Give what each role used, left unused and was refused."""
        used, denied = self._book.counts()
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
        unused = (one for one in written if not any(fits(did.lower(), one.lower()) for did in used))
        return RoleUse(role_arn, used, tuple(sorted(unused)), denied)


def _combined(
    who: Principal, documents: Sequence[Document], policy: Document | None, question: Question
) -> Decision:
    """Decide by the role's policies and the resource's, either of which may allow it.

    That holds within one account. A resource's statement about the whole account leaves the
    decision to the policies of its roles, but may deny.
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
    """
    own = decide(documents, question)
    if policy is None or own is Decision.DENIED:
        return own
    account_id = who.role_arn.split(":")[4]
    itself, account = [who.role_arn, who.arn], [account_id, f"arn:aws:iam::{account_id}:root"]
    theirs = decide([{"Statement": statements_about(policy, identities=itself)}], question)
    of_account = statements_about(policy, identities=account)
    if Decision.DENIED in {theirs, decide([{"Statement": of_account}], question)}:
        return Decision.DENIED
    return Decision.ALLOWED if Decision.ALLOWED in {own, theirs} else own


def _context_of(who: Principal, resource: str, now_s: float) -> dict[str, str]:
    """Give the condition keys that every request has."""
    account_id = who.role_arn.split(":")[4]
    parts = resource.split(":")
    return {
        "aws:PrincipalArn": who.role_arn,
        "aws:PrincipalAccount": account_id,
        "aws:PrincipalType": "AssumedRole",
        "aws:ResourceAccount": account_id,
        "aws:SourceIp": _SOURCE_IP,
        "aws:SecureTransport": "false",
        "aws:CurrentTime": datetime.fromtimestamp(now_s, UTC).isoformat(),
        "aws:EpochTime": str(int(now_s)),
        **({"aws:RequestedRegion": parts[3]} if len(parts) > 3 and parts[3] else {}),  # noqa: PLR2004 - where ARNs have it
    }


def _depends_on_time(documents: Sequence[Document], policy: Document | None) -> bool:
    text = repr((documents, policy)).lower()
    return any(key in text for key in _TIME_KEYS)


def _of(book: Mapping[tuple[str, str], int], role_arn: str) -> dict[str, int]:
    return {action: count for (role, action), count in sorted(book.items()) if role == role_arn}


def _refusal(principal: Principal, question: Question, reason: str) -> str:
    return (
        f"User: {principal.arn} is not authorized to perform: {question.action} "
        f"on resource: {question.resource} {reason}"
    )
