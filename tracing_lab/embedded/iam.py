"""Who a function is, what its role may do, and what it did.

A function's process gets credentials of its own role. Calls that carry them are authorised against
the role's policies, as on AWS; calls with any other credentials are the user's own and may do
everything. Each action that a role used is counted.
"""

import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .iam_conditions import fits
from .iam_policy import Decision, Document, Question, allowed_actions, decide
from .model import FunctionSpec

_KEPT = 1000  # questions a role; functions ask few different ones

RolePolicies = Callable[[str], Sequence[Document]]
"""Gives the policies of a role by its ARN; raises KeyError when there is no such role."""


class AccessDeniedError(Exception):
    """A role may not do what it asked for; the message is AWS's."""


@dataclass(frozen=True)
class Principal:
    """The session of a role in which a function runs."""

    role_arn: str
    function_name: str

    @property
    def arn(self) -> str:
        """The session's ARN, as AWS's messages name it."""
        account_id, role_name = self.role_arn.split(":")[4], self.role_arn.rpartition("/")[2]
        return f"arn:aws:sts::{account_id}:assumed-role/{role_name}/{self.function_name}"


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
    by_question: dict[tuple[Any, ...], Decision] = field(default_factory=dict)


class Iam:
    """Authorises the calls of functions. May be used from any thread.

    Parameters
    ----------
    policies
        Gives the policies of a role.
    """

    def __init__(self, policies: RolePolicies) -> None:
        self._policies = policies
        self._lock = threading.Lock()
        self._principals: dict[str, Principal] = {}
        self._decisions: dict[str, _Decisions] = {}
        self._used: Counter[tuple[str, str]] = Counter()
        self._denied: Counter[tuple[str, str]] = Counter()

    def credentials(self, function: FunctionSpec) -> dict[str, str]:
        """Give the credentials that a function's process finds in its environment."""
        principal = Principal(function.role_arn, function.name)
        digest = hashlib.sha256(repr(principal).encode()).hexdigest()
        access_key = "ASIA" + digest[:16].upper()
        with self._lock:
            self._principals[access_key] = principal
        return {
            "AWS_ACCESS_KEY_ID": access_key,
            "AWS_SECRET_ACCESS_KEY": digest[16:56],
            "AWS_SESSION_TOKEN": digest,
        }

    def authorise(self, access_key: str, question: Question) -> None:
        """Let a call pass or refuse it.

        Raises
        ------
        AccessDeniedError
            The credentials are a role's, and its policies do not allow the call.
        """
        principal = self._principals.get(access_key)
        if principal is None:
            return
        decision = self.ask(principal.role_arn, question)
        if decision is not Decision.ALLOWED:
            raise AccessDeniedError(_refusal(principal, question, decision))

    def ask(self, role_arn: str, question: Question) -> Decision:
        """Decide for a role, and count it."""
        try:
            documents = self._policies(role_arn)
        except KeyError:
            documents = ()  # the role is gone, and its permissions with it
        decision = self._decide(role_arn, documents, question)
        book = self._used if decision is Decision.ALLOWED else self._denied
        with self._lock:
            book[role_arn, question.action] += 1
        return decision

    def _decide(self, role_arn: str, documents: Sequence[Document], question: Question) -> Decision:
        """Decide as last time when neither the policies nor the question are new."""
        known = self._decisions.get(role_arn)
        if known is None or known.documents is not documents or len(known.by_question) > _KEPT:
            known = self._decisions[role_arn] = _Decisions(documents)
        key = (question.action, question.resource, *question.context.items())
        if key not in known.by_question:
            known.by_question[key] = decide(documents, question)
        return known.by_question[key]

    def report(self) -> list[RoleUse]:
        """Give what each role used, left unused and was refused."""
        with self._lock:
            used, denied = Counter(self._used), Counter(self._denied)
            roles = {principal.role_arn for principal in self._principals.values()}
        return [
            self._role_use(role_arn, _of(used, role_arn), _of(denied, role_arn))
            for role_arn in sorted(roles | {role_arn for role_arn, _ in [*used, *denied]})
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


def _of(book: Mapping[tuple[str, str], int], role_arn: str) -> dict[str, int]:
    return {action: count for (role, action), count in sorted(book.items()) if role == role_arn}


def _refusal(principal: Principal, question: Question, decision: Decision) -> str:
    what = (
        f"User: {principal.arn} is not authorized to perform: {question.action} "
        f"on resource: {question.resource}"
    )
    if decision is Decision.DENIED:
        return f"{what} with an explicit deny in an identity-based policy"
    return f"{what} because no identity-based policy allows the {question.action} action"
