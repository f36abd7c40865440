"""Resource policies, which let others send traces on AWS. Here they are stored without effect.

AWS X-Ray API reference (``PutResourcePolicy``): at most five policies of at most 5 KB; a revision
id makes concurrent changes fail.
"""

import fnmatch
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from tracing_lab.embedded.xray import undocumented

from . import requests
from .errors import (
    InvalidPolicyRevision,
    LockoutPrevention,
    MalformedPolicy,
    PolicyCountExceeded,
    PolicySizeExceeded,
)
from .paging import page_of
from .records import RecordChange, Records
from .requests import InvalidRequest, Members, Operation

MAX_POLICIES: Final = 5
MAX_POLICY_BYTES: Final = 5 * 1024
_MAX_NAME: Final = 128
_KIND: Final = "resource-policy"
_NAME: Final = re.compile(r"[\w+=,.@-]+", re.ASCII)
_NO_REVISION: Final = "0"
_ACTION: Final = "xray:putresourcepolicy"


class ResourcePolicies:
    """Stores the policies. Thread-safe.

    Parameters
    ----------
    records
        Stores them.
    clock
        Returns the time in epoch seconds.
    """

    def __init__(self, records: Records, *, clock: Callable[[], float]) -> None:
        self._records = records
        self._clock = clock
        self._lock = threading.Lock()

    def operations(self) -> Mapping[str, Operation]:
        """Return the operations by name."""
        return {
            "PutResourcePolicy": self.put,
            "DeleteResourcePolicy": self.delete,
            "ListResourcePolicies": self.list_all,
        }

    def put(self, members: Members) -> dict[str, Any]:
        """Respond to PutResourcePolicy: create a policy or a new revision of it."""
        name = _name(members)
        document = requests.required(requests.text(members, "PolicyDocument"), "PolicyDocument")
        expected = requests.text(members, "PolicyRevisionId")
        bypass = requests.boolean(members, "BypassPolicyLockoutCheck")
        _check_document(document, bypass=bypass)
        with self._lock:
            policies = self._records.all(_KIND)
            before = policies.get(name)
            _check_revision(name, before, expected)
            if before is None and len(policies) >= MAX_POLICIES:
                msg = f"There are {MAX_POLICIES} resource policies, no more are possible."
                raise PolicyCountExceeded(msg)
            policy = {
                "PolicyName": name,
                "PolicyDocument": document,
                "PolicyRevisionId": str(int(before["PolicyRevisionId"]) + 1 if before else 1),
                "LastUpdatedTime": self._clock(),
            }
            self._records.write(RecordChange(_KIND, name, policy))
        return {"ResourcePolicy": policy}

    def delete(self, members: Members) -> dict[str, Any]:
        """Respond to DeleteResourcePolicy."""
        name = _name(members)
        expected = requests.text(members, "PolicyRevisionId")
        with self._lock:
            before = self._records.get(_KIND, name)
            if before is None:
                msg = f"PolicyName: there is no resource policy {name}."
                raise InvalidRequest(msg)
            _check_revision(name, before, expected)
            self._records.write(RecordChange(_KIND, name, None))
        return {}

    def list_all(self, members: Members) -> dict[str, Any]:
        """Respond to ListResourcePolicies, in the order of the names."""
        policies = sorted(self._records.all(_KIND).values(), key=_by_name)
        page, more = page_of(policies, members, size=undocumented.LIST_PAGE_SIZE, key=_by_name)
        return {"ResourcePolicies": page, **more}


def _by_name(policy: Mapping[str, str]) -> str:
    return policy["PolicyName"]


def _name(members: Members) -> str:
    name = requests.text(members, "PolicyName", longest=_MAX_NAME)
    name = requests.required(name, "PolicyName")
    if _NAME.fullmatch(name) is None:
        requests.reject("PolicyName", "made of letters, digits and +=,.@-_")
    return name


def _check_revision(name: str, before: Mapping[str, str] | None, expected: str | None) -> None:
    found = _NO_REVISION if before is None else before["PolicyRevisionId"]
    if expected is not None and expected != found:
        is_at = "does not exist" if before is None else f"is at revision {found}"
        msg = f"PolicyRevisionId: the policy {name} {is_at}, not at {expected}."
        raise InvalidPolicyRevision(msg)


def _check_document(text: str, *, bypass: bool) -> None:
    if len(text.encode()) > MAX_POLICY_BYTES:
        msg = f"PolicyDocument: it has {len(text.encode())} bytes, at most {MAX_POLICY_BYTES} fit."
        raise PolicySizeExceeded(msg)
    statements = _statements(text)
    if not bypass and any(_locks_out(statement) for statement in statements):
        msg = (
            "PolicyDocument: it denies xray:PutResourcePolicy to everybody, so nobody could change "
            "it again. Set BypassPolicyLockoutCheck if that is meant."
        )
        raise LockoutPrevention(msg)


def _statements(text: str) -> list[Mapping[str, Any]]:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        msg = f"PolicyDocument: it is not JSON: {error}."
        raise MalformedPolicy(msg) from error
    found = document.get("Statement") if isinstance(document, dict) else None
    statements = _as_list(found)
    if not statements or not all(isinstance(statement, dict) for statement in statements):
        msg = "PolicyDocument: it must be an object with a Statement, an object or a list of them."
        raise MalformedPolicy(msg)
    for statement in statements:
        if statement.get("Effect") not in ("Allow", "Deny"):
            msg = "PolicyDocument: Effect of each Statement must be Allow or Deny."
            raise MalformedPolicy(msg)
        if not ("Action" in statement or "NotAction" in statement):
            msg = "PolicyDocument: each Statement must have an Action."
            raise MalformedPolicy(msg)
    return statements


def _locks_out(statement: Mapping[str, Any]) -> bool:
    """Return whether a statement unconditionally denies everybody to change the policy."""
    principal = statement.get("Principal")
    everybody = principal == "*" or (
        isinstance(principal, dict) and "*" in _as_list(principal.get("AWS"))
    )
    if statement["Effect"] != "Deny" or not everybody or "Condition" in statement:
        return False
    actions = [action for action in _as_list(statement.get("Action")) if isinstance(action, str)]
    return any(fnmatch.fnmatchcase(_ACTION, action.lower()) for action in actions)


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
